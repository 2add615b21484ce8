"""One of many pipelines, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import dlt
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig

PIPELINES: Final = 20


def load_one(folder: Path, catalog: dict[str, Any], number: int) -> None:
    """Load one row into the table of that number; raises what the run had to say if it failed."""
    plugin = DltIngestionPlugin()
    plugin.configure(DltIngestionConfig(catalog_config=catalog, pipelines_dir=str(folder / "many")))
    plugin.startup()
    config = IngestionConfig(
        "filesystem", {"path": ".", "format": "csv"}, destination_table=f"bronze.orders_{number}"
    )
    rows = dlt.resource([{"id": number}], name=f"orders_{number}")
    result = plugin.run(plugin.create_pipeline(config), source=rows)
    if not result.success:
        raise RuntimeError(*result.errors)
