"""A `source_config`, parsed strictly and once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from pydantic import ValidationError

from floe_ingestion_dlt.adapters.sources.kinds import AnyKind
from floe_ingestion_dlt.boundary.validation import refusal, suggestion
from floe_ingestion_dlt.domain.column_names import NameStyle
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES, SourceColumns
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.table_settings import TableSettings


@final
@dataclass(frozen=True, slots=True)
class ParsedSource:
    """The settings of a source, its options for the table, and the one *resource* to load, if it names one."""

    source: SourceSettings
    table: TableSettings = TableSettings()  # noqa: RUF009 - it is frozen
    resource: str | None = None
    names: NameStyle = NameStyle.SNAKE_CASE
    columns: SourceColumns = NO_CHANGES


def parse_source(
    kind: AnyKind, source_config: Mapping[str, object], credentials: Secret | None
) -> ParsedSource:
    """Parse a `source_config`; raises a `pydantic.ValidationError` that names the wrong field.

    *credentials* depend on the source's type: a token, key or password for the `auth` of a REST API; the connection
    string of a database, or its password if the configuration has the rest; for files, a JSON object of dlt's names
    (`aws_access_key_id`, `endpoint_url`, ...).
    """
    options = kind.parse(dict(source_config))
    source = options.source(credentials)
    if options.resource is not None and options.resource not in source.resources:
        raise _unknown_resource(options.resource, source.resources)
    return ParsedSource(
        source,
        options.table_settings,
        options.resource,
        NameStyle(options.column_names),
        options.changed_columns,
    )


def _unknown_resource(given: str, known: Sequence[str]) -> ValidationError:
    text = f"{given!r} is not a resource of the source; {suggestion(given, known)}"
    return refusal("source_config", "unknown_resource", "resource", text)
