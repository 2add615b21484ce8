"""Tables, or one query, of a database."""

from __future__ import annotations

from typing import Annotated, Final, Self, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AliasChoices, Field, SecretStr, model_validator

from floe_ingestion_dlt.adapters.sources.column_types import TypeName
from floe_ingestion_dlt.adapters.sources.kinds import Opener, SourceKind
from floe_ingestion_dlt.adapters.sources.options import Names, Options, Text
from floe_ingestion_dlt.adapters.sources.sql_database.settings import NAME, SqlDatabase
from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.repeated_names import repeated
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_patterns import TablePatterns, is_pattern
from floe_ingestion_dlt.ports.source import Source

# Databases count milliseconds in 31 bits.
Seconds: TypeAlias = Annotated[float, Field(ge=0.001, le=2_000_000, allow_inf_nan=False, strict=True)]
_LIMITS: Final = SessionLimits()


class Database(Options):
    """A connection, and a table, several tables or one query."""

    connection_string: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("connection_string", "credentials"),
        description="A URL of SQLAlchemy, such as postgresql://user:password@host/database.",
    )
    table: Text | None = Field(None, description="The table or view.")
    tables: Names = Field((), description="Several tables; patterns such as sales_* or * are possible.")
    exclude_tables: Names = Field((), description="Tables that a pattern in tables passes over.")
    include_views: bool = Field(
        default=False, strict=True, description="Whether a pattern in tables finds views, too."
    )
    query: Text | None = Field(None, repr=False, description="A SELECT in place of a table.")
    where: Text | None = Field(
        None,
        repr=False,
        description="A condition in SQL; only rows of a table for which it is true are read.",
    )
    schema_: Text | None = Field(
        None, alias="schema", description="The schema of the tables; without it, the connection's."
    )
    chunk_rows: int = Field(100_000, ge=1, description="How many rows are read at once.")
    column_types: dict[str, TypeName] = Field(
        default_factory=dict, description="Types of columns, in place of the database's."
    )
    parallel: int = Field(
        1, ge=1, le=16, strict=True, description="How many connections read a table of PostgreSQL at once."
    )
    read_only: bool = Field(
        _LIMITS.read_only, strict=True, description="Whether the database refuses to write for this session."
    )
    lock_timeout_seconds: Seconds | None = Field(
        _LIMITS.lock_timeout, description="How long the database waits for a lock."
    )
    statement_timeout_seconds: Seconds | None = Field(
        _LIMITS.statement_timeout, description="How long a statement may take in the database."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [name for name in ("table", "tables", "query") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of table, tables, query (given: {', '.join(given) or 'none'})"
            )
        if twice := repeated(self.tables):
            raise ValueError(f"tables: {twice}: name each table once")
        if (self.exclude_tables or self.include_views) and not any(map(is_pattern, self.tables)):
            raise ValueError(
                "exclude_tables and include_views: go with a pattern in tables, such as tables: '*'"
            )
        if self.query and self.schema_:
            raise ValueError("schema: goes with table or tables; a query names its schemas itself")
        if self.query and self.parallel > 1:
            raise ValueError("parallel: goes with table or tables; a query has no parts")
        if self.query and self.where:
            raise ValueError("where: goes with table or tables; write the condition into the query")
        url = self.connection_string
        if url is not None and "://" not in url.get_secret_value():
            raise ValueError(
                "connection_string: a URL such as postgresql://user:password@host/database is needed"
            )
        return self

    def source(self, credentials: Secret | None) -> SqlDatabase:
        tables, patterns = (self.table,) if self.table else self.tables, self._patterns
        if patterns is not None and self.resource is not None and patterns.matches(self.resource):
            tables, patterns = (self.resource,), None
        limits = SessionLimits(self.read_only, self.lock_timeout_seconds, self.statement_timeout_seconds)
        return SqlDatabase(
            self._connection(credentials),
            tables,
            self.query,
            self.schema_,
            self.chunk_rows,
            limits,
            self.column_types,
            patterns,
            self.where,
            self.parallel,
        )

    @property
    def _patterns(self) -> TablePatterns | None:
        """What tables names, if there are patterns in it: the database says which tables match."""
        has_patterns = any(map(is_pattern, self.tables))
        return TablePatterns(self.tables, self.exclude_tables, self.include_views) if has_patterns else None

    def _connection(self, credentials: Secret | None) -> Secret | None:
        if self.connection_string is None:
            return credentials
        url = self.connection_string.get_secret_value()
        return Secret(url if credentials is None else _with_password(url, credentials.reveal()))


def _with_password(url: str, password: str) -> str:
    """The URL with a password, unless it has one."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at or ":" in user:
        return url
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _opener() -> Opener[SqlDatabase]:
    from floe_ingestion_dlt.adapters.sources.sql_database.source import SqlDatabaseSources

    return SqlDatabaseSources()


def _open(settings: SqlDatabase) -> Source:
    return _opener().open(settings)


def _patterns_of(settings: SqlDatabase) -> TablePatterns | None:
    return settings.patterns


SQL_DATABASE: Final = SourceKind(
    NAME,
    Database.model_validate,
    _open,
    ("sqlalchemy", "pyarrow"),
    patterns_of=_patterns_of,
    opener=_opener,
    options=(Database,),
)
