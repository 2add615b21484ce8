"""The file in which sources are declared: a manifest or artifacts of floe, or the plugin's configuration alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.cli import findings
from floe_ingestion_dlt.cli.findings import Finding, field_at
from floe_ingestion_dlt.cli.yaml_places import Document, parsed
from floe_ingestion_dlt.config import DltIngestionConfig

# Where floe has the configuration of its ingestion plugin, in a manifest as in compiled artifacts.
SECTION: Final = ("plugins", "ingestion", "config")
PLUGIN: Final = "dlt"
WANTED: Final = (
    "plugins.ingestion.config with catalog_config and sources, as in a manifest of floe, or these two alone"
)


@final
@dataclass(frozen=True, slots=True)
class Declaration:
    """The plugin's *settings* in a *file*; *section* is the path in the *document* at which they are."""

    file: Path
    document: Document
    section: findings.Path
    settings: DltIngestionConfig

    def found(self, refused: ValidationError, place: findings.Path = ()) -> tuple[Finding, ...]:
        """What is wrong in the settings at the *place*, with lines."""
        return findings_of(refused, self.document, (*self.section, *place))


def read(file: Path) -> Result[Declaration, tuple[Finding, ...]]:
    """The declaration in a file; the failure has all that is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Failure(
            (Finding("there is no such file. Name another with --file, or write one with floe-ingest init."),)
        )
    except (OSError, UnicodeDecodeError) as error:
        return Failure((Finding(f"it cannot be read: {error}. Give a YAML or JSON file in UTF-8."),))
    return parsed(text).bind(lambda document: _declared(file, document))


def _declared(file: Path, document: Document) -> Result[Declaration, tuple[Finding, ...]]:
    section = _section(document)
    if isinstance(section, Failure):
        return section
    path, given = section.unwrap()
    try:
        return Success(Declaration(file, document, path, DltIngestionConfig.model_validate(given)))
    except ValidationError as refused:
        return Failure(findings_of(refused, document, path))


def _section(document: Document) -> Result[tuple[findings.Path, object], tuple[Finding, ...]]:
    """The plugin's configuration, and the path at which it is."""
    value = document.value
    if not isinstance(value, Mapping):
        return Failure((Finding(f"there is no mapping in the file. Write {WANTED}.", line=1),))
    if value.keys() & DltIngestionConfig.model_fields.keys() and "plugins" not in value:
        return Success(((), value))
    here: object = value
    for depth, part in enumerate(SECTION):
        if not isinstance(here, Mapping) or part not in here:
            return Failure((_without(document, here, SECTION[:depth], part),))
        here = here[part]
    plugin = value["plugins"]["ingestion"].get("type", PLUGIN)
    if plugin != PLUGIN:
        text = f"{plugin!r} is another plugin. Set it to {PLUGIN}."
        place = (*SECTION[:-1], "type")
        return Failure((Finding(text, field_at(place), document.line_of(place)),))
    return Success((SECTION, here))


def _without(document: Document, here: object, path: findings.Path, part: str) -> Finding:
    keys = [str(key) for key in here] if isinstance(here, Mapping) else []
    near = get_close_matches(part, keys, n=1)
    hint = f" Did you mean {part} by {near[0]}?" if near else ""
    text = f"there is no {part} here.{hint} Write {WANTED}."
    return Finding(text, field_at(path), document.line_of(path))


def _field_of(error: ErrorDetails) -> tuple[str, ...]:
    """The field that mends an error of a whole model, unless its place has it."""
    field = str(error.get("ctx", {}).get("field", ""))
    return () if not field or "." in field or field in error["loc"] else (field,)


def findings_of(refused: ValidationError, document: Document, section: findings.Path) -> tuple[Finding, ...]:
    """Each error with the field as it is in the file, and its line."""
    errors = refused.errors(include_url=False, include_input=False)
    places = [(*section, *error["loc"], *_field_of(error)) for error in errors]
    return tuple(
        Finding(error["msg"].removeprefix(f"{place[-1]}: "), field_at(place), document.line_of(place))
        for error, place in zip(errors, places, strict=True)
    )
