"""The boundary of `source_config`: read strictly, once, into a source of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, final
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import (
    FileFormat,
    Filesystem,
    Json,
    RestApi,
    Source,
    SourceType,
    SqlDatabase,
)
from floe_ingestion_dlt.domain.write_modes import MergeStrategy
from floe_ingestion_dlt.file_options import CsvOptions, JsonlOptions, ParquetOptions, ReaderOptions
from floe_ingestion_dlt.strict import Strict, accepted


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


def _listed(value: object) -> object:
    """One name stands for a list of it; None for none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _without_nones(value: object) -> object:
    """None stands for an option, or for all of them, that is not given."""
    given = value if isinstance(value, Mapping) else {} if value is None else value
    return {k: v for k, v in given.items() if v is not None} if isinstance(given, Mapping) else given


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not empty is needed")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_not_blank)]
Strategy: TypeAlias = Annotated[str, AfterValidator(lambda text: accepted(MergeStrategy.parse(text)).value)]
Names: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_listed)]


class _Options(Strict):
    """What every source's configuration may say."""

    model_config = ConfigDict(title="source_config", arbitrary_types_allowed=True, populate_by_name=True)

    cursor_field: Text | None = None
    primary_key: Names = ()
    merge_strategy: Strategy | None = None
    hard_delete: Text | None = None
    dedup_sort: dict[str, str] | None = None

    def source(self, credentials: Secret | None) -> Source:
        raise NotImplementedError


class _DeclaredApi(_Options):
    """dlt's declarative REST configuration, as it is."""

    client: dict[str, Any]
    resources: tuple[Any, ...] = Field(min_length=1)
    resource_defaults: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        url = self.client.get("base_url")
        if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("client.base_url: an http:// or https:// URL is needed")
        names = [_resource_name(resource) for resource in self.resources]
        for position, name in enumerate(names):
            if not name:
                raise ValueError(f"resources[{position}]: a name, or an object with a `name`, is needed")
        if len(set(names)) < len(names):
            raise ValueError("resources: every resource needs a name of its own")
        if not self._selected():
            raise ValueError("resources: at least one must be selected")
        return self

    def _selected(self) -> tuple[str, ...]:
        return tuple(
            _resource_name(resource)
            for resource in self.resources
            if not isinstance(resource, Mapping) or resource.get("selected") is not False
        )

    def source(self, credentials: Secret | None) -> Source:
        config: dict[str, Json] = {"client": self.client, "resources": self.resources}
        if self.resource_defaults is not None:
            config["resource_defaults"] = self.resource_defaults
        return RestApi(config, self._selected(), credentials)


class _OneEndpoint(_Options):
    """The short form: one URL, one resource."""

    url: Text
    method: Literal["GET", "POST"] = "GET"
    data_selector: Text | None = None
    params: dict[str, Any] | None = None
    headers: dict[str, str] | None = None
    paginator: str | dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_http(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise ValueError("url: an http:// or https:// URL is needed")
        return self

    def source(self, credentials: Secret | None) -> Source:
        address = urlsplit(self.url)
        base_url = urlunsplit((address.scheme, address.netloc, "/", "", ""))
        path = urlunsplit(("", "", address.path.lstrip("/"), address.query, ""))
        name = address.path.rstrip("/").rpartition("/")[2] or "data"
        endpoint = {"path": path, "method": self.method, **self._details()}
        resource: dict[str, Json] = {"name": name, "endpoint": endpoint}
        return RestApi({"client": {"base_url": base_url}, "resources": (resource,)}, (name,), credentials)

    def _details(self) -> dict[str, Json]:
        given = self.model_dump(
            include={"data_selector", "params", "headers", "paginator"}, exclude_none=True
        )
        return dict(given)


class _Database(_Options):
    """A connection, and a table, several tables or one query."""

    connection_string: SecretStr | None = Field(
        None, validation_alias=AliasChoices("connection_string", "credentials")
    )
    table: Text | None = None
    tables: Names = ()
    query: Text | None = None
    schema_: Text | None = Field(None, alias="schema")
    chunk_rows: int = Field(100_000, ge=1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [name for name in ("table", "tables", "query") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of table, tables, query (given: {', '.join(given) or 'none'})"
            )
        if len(set(self.tables)) < len(self.tables):
            raise ValueError("tables: a table is named twice")
        if self.query and self.schema_:
            raise ValueError("schema: goes with table or tables; a query names its schemas itself")
        url = self.connection_string
        if url is not None and "://" not in url.get_secret_value():
            raise ValueError(
                "connection_string: a URL such as postgresql://user:password@host/database is needed"
            )
        return self

    def source(self, credentials: Secret | None) -> Source:
        tables = (self.table,) if self.table else self.tables
        return SqlDatabase(self._connection(credentials), tables, self.query, self.schema_, self.chunk_rows)

    def _connection(self, credentials: Secret | None) -> Secret | None:
        if self.connection_string is None:
            return credentials
        url = self.connection_string.get_secret_value()
        return Secret(url if credentials is None else _with_password(url, credentials.reveal()))


class _Files(_Options):
    """Files of one format in a folder or bucket."""

    path: Text | None = None
    bucket_url: Text | None = None
    format: FileFormat
    file_glob: Text | None = None
    include_glob: Text | None = None
    reader_options: ReaderOptions = ReaderOptions()

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        given = [name for name in ("path", "bucket_url") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"give exactly one of path, bucket_url (given: {', '.join(given) or 'none'})")
        globs = {glob for glob in (self.file_glob, self.include_glob) if glob}
        if len(globs) > 1:
            raise ValueError("give one of include_glob, file_glob: they differ")
        if globs and "*" in self._place():
            raise ValueError(f"{given[0]}: has a * in it, so include_glob and file_glob must be left out")
        return self

    def _place(self) -> str:
        return self.path or self.bucket_url or ""

    def source(self, credentials: Secret | None) -> Source:
        url, glob = _folder_and_glob(self._place(), self.include_glob or self.file_glob)
        return Filesystem(url, self.format, glob or f"**/*.{self.format.value}", self._details(), credentials)

    def _details(self) -> dict[str, Json]:
        return self.reader_options.model_dump(exclude_none=True)


class _CsvFiles(_Files):
    reader_options: Annotated[CsvOptions, BeforeValidator(_without_nones)] = CsvOptions()


class _JsonlFiles(_Files):
    reader_options: Annotated[JsonlOptions, BeforeValidator(_without_nones)] = JsonlOptions()


class _ParquetFiles(_Files):
    reader_options: Annotated[ParquetOptions, BeforeValidator(_without_nones)] = ParquetOptions()


def _model_of(source_type: SourceType, config: Mapping[str, object]) -> type[_Options]:
    match source_type:
        case SourceType.REST_API:
            return _OneEndpoint if "url" in config else _DeclaredApi
        case SourceType.SQL_DATABASE:
            return _Database
        case SourceType.FILESYSTEM:
            return _FORMATS.get(str(config.get("format")), _Files)


_FORMATS: Final[Mapping[str, type[_Files]]] = {
    "csv": _CsvFiles,
    "jsonl": _JsonlFiles,
    "parquet": _ParquetFiles,
}


def _resource_name(resource: object) -> str:
    name = resource.get("name") if isinstance(resource, Mapping) else resource
    return name if isinstance(name, str) else ""


def _folder_and_glob(path: str, glob: str | None) -> tuple[str, str | None]:
    """Split `folder/*.csv` where its pattern begins; other paths are as they are."""
    if "*" not in path:
        return path, glob
    folder, _, _ = path.partition("*")
    folder = folder[: folder.rfind("/") + 1]
    return folder.rstrip("/") or folder or ".", path[len(folder) :]


def _with_password(url: str, password: str) -> str:
    """The URL with a password, unless it has one."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at or ":" in user:
        return url
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


__all__ = ["ParsedSource", "parse_source"]
