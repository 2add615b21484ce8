"""Where data comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn, TypeAlias, assert_never, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


class SourceType(Enum):
    """The kinds of source; the names are dlt's."""

    REST_API = "rest_api"
    SQL_DATABASE = "sql_database"
    FILESYSTEM = "filesystem"

    @classmethod
    def parse(cls, text: str) -> Result[SourceType, Invalid]:
        known = {kind.value: kind for kind in cls}
        if text in known:
            return Success(known[text])
        return Failure(Invalid("source_type", text, f"one of {', '.join(known)}"))


class FileFormat(Enum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def _not_pickled(_source: object) -> NoReturn:
    message = "a source cannot be pickled, because it may hold credentials: make it anew of its configuration"
    raise TypeError(message)


@final
@dataclass(frozen=True, slots=True)
class RestApi:
    """An HTTP API, described in dlt's declarative terms (`client`, `resource_defaults`, `resources`)."""

    config: Mapping[str, Json] = field(repr=False)
    resources: tuple[str, ...]
    credentials: Secret | None = None
    limits: ApiLimits = field(default_factory=ApiLimits)

    __reduce__ = _not_pickled

    @property
    def type(self) -> SourceType:
        return SourceType.REST_API


@final
@dataclass(frozen=True, slots=True)
class SqlDatabase:
    """Tables, or one query, of a database that SQLAlchemy knows; without a connection dlt's configuration has it."""

    connection: Secret | None
    tables: tuple[str, ...] = ()
    query: str | None = field(default=None, repr=False)
    schema: str | None = None
    chunk_rows: int = 100_000
    limits: SessionLimits = SessionLimits()  # noqa: RUF009 - it is frozen

    __reduce__ = _not_pickled

    @property
    def type(self) -> SourceType:
        return SourceType.SQL_DATABASE

    @property
    def resources(self) -> tuple[str, ...]:
        return self.tables or ("query",)


@final
@dataclass(frozen=True, slots=True)
class Filesystem:
    """Files of one format below a folder or bucket, chosen by a glob, and in order of their paths."""

    url: str = field(repr=False)
    format: FileFormat
    glob: str
    reader_options: Mapping[str, Json] = field(default_factory=dict)
    credentials: Secret | None = None

    __reduce__ = _not_pickled

    @property
    def type(self) -> SourceType:
        return SourceType.FILESYSTEM

    @property
    def resources(self) -> tuple[str, ...]:
        return ("files",)


Source: TypeAlias = RestApi | SqlDatabase | Filesystem


def is_read_from(source: Source, place: str) -> bool:
    """Whether *place*, a path or an address, is where *source* reads; the place of a database is its connection."""
    match source:
        case Filesystem():
            return place.startswith(source.url)
        case RestApi():
            client = source.config.get("client")
            url = client.get("base_url") if isinstance(client, Mapping) else None
            return isinstance(url, str) and place.startswith(url.rstrip("/"))
        case SqlDatabase():
            return False
        case _:
            assert_never(source)


def may_nest(source: Source) -> bool:
    """Whether rows of *source* may have lists, which dlt puts into tables of their own: those of files and databases never have."""
    if not isinstance(source, RestApi):
        return False
    listed = source.config.get("resources")
    resources = listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
    defaults = source.config.get("resource_defaults")
    selected = (r if isinstance(r, Mapping) else {"name": r} for r in resources)
    depths = (_nesting(defaults) | _nesting(r) for r in selected if r.get("name") in source.resources)
    return any(depth.get("max_table_nesting") != 0 for depth in depths) or not resources


def _nesting(settings: Json) -> dict[str, Json]:
    held = settings.get("max_table_nesting") if isinstance(settings, Mapping) else None
    return {} if held is None else {"max_table_nesting": held}
