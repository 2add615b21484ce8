"""The sources of floe-ingestion-dlt as Dagster assets: each load once, and what Dagster shows is what was committed."""

from __future__ import annotations

from floe_ingestion_dagster.assets import create_ingestion_assets
from floe_ingestion_dagster.component import FloeIngestionComponent
from floe_ingestion_dagster.definitions import build_ingestion_definitions
from floe_ingestion_dagster.executor import forkserver_executor
from floe_ingestion_dagster.partitions import KeyPartitions
from floe_ingestion_dagster.resource import (
    FloeIngestionResource,
    ingestion_resource,
    try_create_ingestion_resources,
)
from floe_ingestion_dagster.slices import Slices
from floe_ingestion_dagster.translator import FloeIngestionTranslator

__all__ = [
    "FloeIngestionComponent",
    "FloeIngestionResource",
    "FloeIngestionTranslator",
    "KeyPartitions",
    "Slices",
    "build_ingestion_definitions",
    "create_ingestion_assets",
    "forkserver_executor",
    "ingestion_resource",
    "try_create_ingestion_resources",
]
