"""Which tables, or which query, a plan reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import not_pickled
from floe_ingestion_dlt.domain.table_patterns import TablePatterns

NAME: Final = "sql_database"
# The size at which a block of rows ends, if it has not `chunk_rows` rows before; a larger row is a block of its own.
BLOCK_BYTES: Final = 32 << 20
# What each value of Python takes besides its text.
VALUE_BYTES: Final = 48


@final
@dataclass(frozen=True, slots=True)
class SqlDatabase:
    """Tables, or one query, of a database that SQLAlchemy supports; without a connection, that of dlt's configuration is used."""

    connection: Secret | None
    tables: tuple[str, ...] = ()
    query: str | None = field(default=None, repr=False)
    schema: str | None = None
    chunk_rows: int = 100_000
    limits: SessionLimits = SessionLimits()  # noqa: RUF009 - it is frozen
    # The names of the types that columns have whatever the database declares.
    column_types: Mapping[str, str] = field(default_factory=dict)
    # If there are any, *tables* are not the names of tables yet.
    patterns: TablePatterns | None = None
    # A condition in SQL on the rows of each table.
    where: str | None = field(default=None, repr=False)
    # How many connections read a table at once.
    parallel: int = 1

    __reduce__ = not_pickled

    @property
    def type(self) -> str:
        return NAME

    @property
    def resources(self) -> tuple[str, ...]:
        return self.tables or ("query",)

    @property
    def may_nest(self) -> bool:
        return False

    def is_read_from(self, _place: str) -> bool:
        """False: the place of a database is its connection, which no option of a run has."""
        return False
