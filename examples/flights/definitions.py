"""The sources of floe.yaml as Dagster assets, and flights once more in months that can be loaded again; `make ui` shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dagster import AssetSelection, Definitions, MonthlyPartitionsDefinition, define_asset_job
from examples.demo import declared

from floe_ingestion_dagster import (
    FloeIngestionTranslator,
    create_ingestion_assets,
    forkserver_executor,
    ingestion_resource,
)
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig

ALL_SOURCES: Final = "all_sources"
BY_MONTH: Final = "flights_by_month"
MONTHS: Final = MonthlyPartitionsDefinition("2013-01-01", end_date="2014-01-01")
DEFAULTS: Final = {"DEMO": str(Path(".demo").resolve()), "FLIGHTS_API": "http://127.0.0.1:8000/"}


def definitions(places: Mapping[str, str]) -> Definitions:
    """The assets of the sources, with the demo's folder and the address of its API in *places*."""
    config = declared("embedded", places)["config"]
    settings = DltIngestionConfig(**config, pipelines_dir=str(Path(places["DEMO"], "pipelines")))
    months = in_months(settings)
    return Definitions(
        assets=[
            *create_ingestion_assets(settings),
            *create_ingestion_assets(
                months, partitions={BY_MONTH: MONTHS}, translator=FloeIngestionTranslator(BY_MONTH)
            ),
        ],
        jobs=[define_asset_job(ALL_SOURCES, AssetSelection.groups("ingestion"))],
        resources={"ingestion": ingestion_resource(with_sources(settings, months.sources))},
        executor=forkserver_executor,
    )


def in_months(settings: DltIngestionConfig) -> DltIngestionConfig:
    """The files of flights as a source of its own, with a table of its own."""
    (flights,) = (source for source in settings.sources if source.name == "flights")
    own = {"name": BY_MONTH, "destination_table": f"flights.{BY_MONTH}"}
    return settings.model_copy(update={"sources": [flights.model_copy(update=own)]})


def with_sources(settings: DltIngestionConfig, more: Sequence[IngestionSourceConfig]) -> DltIngestionConfig:
    """The configuration of the resource, which knows every source that is loaded."""
    return settings.model_copy(update={"sources": [*settings.sources, *more]})


defs = definitions(DEFAULTS | dict(os.environ))
