"""Definitions with a sensor for the files in the folder of SENSOR_HOME; runs are queued, and nobody starts them."""

from __future__ import annotations

import os
from pathlib import Path

from floe_ingestion_dagster import build_ingestion_definitions
from tests.dagster_assets.products import artifacts

HOME = Path(os.environ["SENSOR_HOME"])
ORDERS = {
    "name": "orders",
    "source_type": "filesystem",
    "source_config": {"path": str(HOME / "data"), "format": "csv"},
    "destination_table": "bronze.orders",
    "write_mode": "replace",
}
CONFIG = {
    "catalog_config": {
        "type": "sql",
        "uri": f"sqlite:///{HOME}/catalog.db",
        "warehouse": f"file://{HOME}/warehouse",
    },
    "sources": [ORDERS],
}
defs = build_ingestion_definitions(
    artifacts({"type": "dlt", "version": "0.1.0", "config": CONFIG}), file_sensors={"orders": 1}
)
