"""The sources of floe.yaml as Dagster assets; `make ui` shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dagster import Definitions
from examples.demo import declared

from floe_ingestion_dagster import create_ingestion_assets, forkserver_executor, ingestion_resource
from floe_ingestion_dlt import DltIngestionConfig


def definitions(places: Mapping[str, str]) -> Definitions:
    """The assets of the sources, with the demo's folder and the address of its API in *places*."""
    config = declared("embedded", places)["config"]
    settings = DltIngestionConfig(**config, pipelines_dir=str(Path(places["DEMO"], "pipelines")))
    return Definitions(
        assets=create_ingestion_assets(settings),
        resources={"ingestion": ingestion_resource(settings)},
        executor=forkserver_executor,
    )


DEFAULTS = {"DEMO": str(Path(".demo").resolve()), "FLIGHTS_API": "http://127.0.0.1:8000/"}

defs = definitions(DEFAULTS | dict(os.environ))
