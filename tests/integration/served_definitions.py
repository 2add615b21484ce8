"""Definitions of the sources in the file that SERVED_SETTINGS names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from dagster import Definitions

from floe_ingestion_dagster import create_ingestion_assets, forkserver_executor, ingestion_resource
from floe_ingestion_dlt import DltIngestionConfig

SETTINGS = DltIngestionConfig(**json.loads(Path(os.environ["SERVED_SETTINGS"]).read_text()))
defs = Definitions(
    assets=create_ingestion_assets(SETTINGS),
    resources={"ingestion": ingestion_resource(SETTINGS)},
    executor=forkserver_executor,
)
