"""The pages with all settings and all commands, written from the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click
import typer
from pydantic import BaseModel

from floe_ingestion_dlt.adapters.sources.filesystem.kind import Files
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import (
    AvroOptions,
    CsvOptions,
    ExcelOptions,
    JsonlOptions,
    ParquetOptions,
)
from floe_ingestion_dlt.adapters.sources.options import Options
from floe_ingestion_dlt.adapters.sources.rest_api.client_options import Client
from floe_ingestion_dlt.adapters.sources.rest_api.kind import DeclaredApi, OneEndpoint
from floe_ingestion_dlt.adapters.sources.sql_database.kind import Database
from floe_ingestion_dlt.cli.app import app
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig, RetryConfig
from floe_ingestion_dlt.config.json_schema import json_schema

# The models of settings, by the headings of their sections.
SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "The whole": DltIngestionConfig,
    "A source": IngestionSourceConfig,
    "Retries": RetryConfig,
    "Every source_config": Options,
    "source_config of files": Files,
    "reader_options of CSV": CsvOptions,
    "reader_options of Excel": ExcelOptions,
    "reader_options of JSON and JSON lines": JsonlOptions,
    "reader_options of Parquet": ParquetOptions,
    "reader_options of Avro": AvroOptions,
    "source_config of databases": Database,
    "source_config of one endpoint of an API": OneEndpoint,
    "source_config of an API in dlt's form": DeclaredApi,
    "client of an API": Client,
}
_SHOWN: Final = 60


def configuration() -> str:
    """The page of all settings."""
    parts = [
        "# Configuration\n\n",
        "All settings, in a file for `floe-ingest`, in `plugins.ingestion.config` of a manifest, or as a `DltIngestionConfig`. ",
        "An unknown setting is an error. `floe-ingest schema floe.schema.json` writes the same as a JSON schema, with which editors complete and check the file.\n",
    ]
    for heading, model in SECTIONS.items():
        parts += _section(heading, model)
    return "".join(parts)


def models() -> frozenset[str]:
    """The models with settings that the schema has."""
    found = json_schema()["$defs"]
    forms = {model.__name__ for model in Files.__subclasses__()}
    return frozenset(name for name, model in found.items() if model.get("properties")) - forms


def _section(heading: str, model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    of_all = Options.model_json_schema()["properties"].keys()
    yield f"\n## {heading}\n\n| setting | meaning | default |\n| --- | --- | --- |\n"
    required = schema.get("required", [])
    for name in sorted(schema["properties"], key=lambda name: name not in required):
        if issubclass(model, Options) and model is not Options and name in of_all:
            continue
        field = schema["properties"][name]
        default = "needed" if name in required else _default(field)
        meaning = f"{_cell(field['description'])}{_choices(field, schema.get('$defs', {}))}"
        yield f"| `{name}` | {meaning} | {default} |\n"


def _choices(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    named = definitions.get(str(field.get("$ref", "")).rpartition("/")[2], {})
    values = [value for value in field.get("enum", named.get("enum", ())) if value is not None]
    return f" One of {', '.join(f'`{value}`' for value in values)}." if len(values) > 1 else ""


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    if value in (None, [], {}):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{_cell(text)}`" if len(text) <= _SHOWN else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands() -> str:
    """The page of all commands."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    parts = [
        f"# Commands\n\n{group.help}\n\n",
        "Exit codes: 0 all landed, 1 some failed, 2 the declaration is wrong, 75 a later run may succeed. Variables in a file `.env` count, too.\n",
    ]
    for name, command in group.commands.items():
        parts += _command(name, command)
    return "".join(parts)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"floe-ingest {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n## {name}\n\n{command.help}\n\n    floe-ingest {name} {usage}\n"
    shown = [parameter for parameter in command.params if getattr(parameter, "help", None)]
    if shown:
        yield "\n| argument | meaning |\n| --- | --- |\n"
    for parameter in shown:
        if parameter.name != "help":
            names = parameter.opts if parameter.opts[0].startswith("-") else [str(parameter.name).upper()]
            yield f"| {', '.join(f'`{each}`' for each in names)} | {_cell(str(getattr(parameter, 'help', '')))} |\n"
