"""Settings in YAML, as pages show them: whole files, or the part of a file that a page is about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml
from dagster import DagsterInstance, Definitions, define_asset_job, validate_run_config
from dagster.components.testing import create_defs_folder_sandbox

from floe_ingestion_dagster import FloeIngestionComponent, create_ingestion_assets, ingestion_resource
from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.config.json_schema import json_schema
from tests.dagster_assets.products import artifacts

CATALOG: Final = {"type": "rest", "uri": "https://catalog.example", "warehouse": "lake"}
ORDERS: Final = {
    "name": "orders",
    "source_type": "filesystem",
    "source_config": {"path": "data", "format": "csv"},
    "destination_table": "bronze.orders",
}
DAGSTER_FILE: Final = {"run_monitoring", "run_retries", "concurrency", "telemetry"}


def check_settings(text: str, folder: Path) -> None:
    """Raise what is wrong with the settings; unset variables are filled in."""
    settings: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+)\}", r"https://\1.example", text))
    match settings:
        case {"plugins": {"ingestion": {"type": "dlt", "config": config}}}:
            _configure(config)
        case {"sources": _} | {"catalog_config": _}:
            _configure(settings)
        case {"source_config": source}:
            _check_source(source)
        case {"write_mode": _}:
            _configure({"sources": [ORDERS | settings]})
        case {"type": "floe_ingestion_dagster.FloeIngestionComponent", "attributes": attributes}:
            _load_component(attributes)
        case {"slices": _}:
            _load_component({"artifacts": "compiled_artifacts.json", **settings})
        case {"ops": _}:
            _check_run(settings)
        case _ if settings.keys() <= DAGSTER_FILE:
            (folder / "dagster.yaml").write_text(text)
            with DagsterInstance.from_config(str(folder)):
                pass
        case _ if all(str(key).startswith(("s3.", "header.")) for key in settings):
            _configure({"catalog_config": CATALOG | settings})
        case _:
            raise AssertionError(f"say how to check settings with {', '.join(settings)}")


def _check_source(source: Mapping[str, Any]) -> None:
    match source:
        case {"client": _}:
            _configure({"sources": [ORDERS | {"source_type": "rest_api", "source_config": source}]})
        case {"tables": _}:
            parse_source(SQL_DATABASE, source, None)
        case _:
            files = {"path": "data", "format": "csv", **source}
            _configure({"sources": [ORDERS | {"source_config": files}]})


def _check_run(config: Mapping[str, Any]) -> None:
    settings = DltIngestionConfig.model_validate({"sources": [ORDERS]})
    made = Definitions(
        create_ingestion_assets(settings),
        jobs=[define_asset_job("load")],
        resources={"ingestion": ingestion_resource(settings)},
    )
    validate_run_config(made.resolve_job_def("load"), dict(config))


def _configure(config: Mapping[str, Any]) -> None:
    jsonschema.validate(config, json_schema())
    parsed = DltIngestionConfig.model_validate(config)
    plugin = DltIngestionPlugin()
    plugin.configure(parsed)
    if "catalog_config" in config:
        plugin.get_destination_config(config["catalog_config"])
    for source in parsed.sources:
        plugin.units(source.name)


def _load_component(attributes: Mapping[str, Any]) -> None:
    events = {
        "name": "events",
        "source_type": "sql_database",
        "source_config": {"connection_string": "sqlite:///shop.db", "table": "events"},
        "destination_table": "bronze.events",
    }
    sources = [ORDERS | {"write_mode": "replace"}, events]
    ingestion = {"type": "dlt", "version": "0.1.0", "config": {"sources": sources}}
    with create_defs_folder_sandbox() as sandbox:
        place = sandbox.scaffold_component(
            component_cls=FloeIngestionComponent,
            defs_yaml_contents={
                "type": "floe_ingestion_dagster.FloeIngestionComponent",
                "attributes": attributes,
            },
        )
        Path(place, "compiled_artifacts.json").write_text(json.dumps(artifacts(ingestion)))
        with sandbox.load_component_and_build_defs(defs_path=place) as (_, made):
            assert made.resolve_all_asset_specs()
