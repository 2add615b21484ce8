"""The boundary of `source_config`: read strictly, once, into a source of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never, final

from floe_ingestion_dlt.boundary.source_options.common import Options
from floe_ingestion_dlt.boundary.source_options.filesystem import CsvFiles, Files, JsonlFiles, ParquetFiles
from floe_ingestion_dlt.boundary.source_options.rest_api import DeclaredApi, OneEndpoint
from floe_ingestion_dlt.boundary.source_options.sql_database import Database
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import Source, SourceType


@final
@dataclass(frozen=True, slots=True)
class ParsedSource:
    """A source, and what its configuration says of cursor, key and merge beside it."""

    source: Source
    cursor_field: str | None = None
    primary_key: tuple[str, ...] = ()
    merge_strategy: str | None = None
    hard_delete: str | None = None
    dedup_sort: dict[str, str] | None = None


def parse_source(
    source_type: SourceType, source_config: Mapping[str, object], credentials: Secret | None
) -> ParsedSource:
    """Read a `source_config`; what cannot be used raises a `pydantic.ValidationError` that names the field.

    *credentials* are what the source's type needs: a token, key or password for the `auth` of a REST API; the connection
    string of a database, or its password if the configuration has the rest; for files, a JSON object of dlt's names
    (`aws_access_key_id`, `endpoint_url`, ...).
    """
    options = _model_of(source_type, source_config).model_validate(dict(source_config))
    return ParsedSource(
        options.source(credentials),
        options.cursor_field,
        options.primary_key,
        options.merge_strategy,
        options.hard_delete,
        options.dedup_sort,
    )


def _model_of(source_type: SourceType, config: Mapping[str, object]) -> type[Options]:
    match source_type:
        case SourceType.REST_API:
            return OneEndpoint if "url" in config else DeclaredApi
        case SourceType.SQL_DATABASE:
            return Database
        case SourceType.FILESYSTEM:
            return _FORMATS.get(str(config.get("format")), Files)
        case _:
            assert_never(source_type)


_FORMATS: Final[Mapping[str, type[Files]]] = {
    "csv": CsvFiles,
    "jsonl": JsonlFiles,
    "parquet": ParquetFiles,
}


__all__ = ["ParsedSource", "parse_source"]
