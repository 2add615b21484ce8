"""The source port on a database that SQLAlchemy knows."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal, final

import sqlalchemy as sa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.sources.cursors import with_position
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.connection import check_file
from floe_ingestion_dlt.adapters.sources.sql_database.cursor_order import in_order
from floe_ingestion_dlt.adapters.sources.sql_database.parallel_reading import read_in_parallel
from floe_ingestion_dlt.adapters.sources.sql_database.pools import (
    ConnectionPool,
    ConnectionPools,
    given_back,
)
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.rows import (
    declared_types,
)
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.slicing import NO_KEY, ranges_of
from floe_ingestion_dlt.adapters.sources.sql_database.snapshots import held_snapshot
from floe_ingestion_dlt.adapters.sources.sql_database.tables import (
    named_types,
    reflected,
    tables_by,
)
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.schema import Column
from floe_ingestion_dlt.domain.slices import Rows
from floe_ingestion_dlt.library_errors.causes import causes
from floe_ingestion_dlt.library_errors.databases import sql_category
from floe_ingestion_dlt.library_errors.source_errors import cause_of, fault_of
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.source import (
    Message,
    Position,
    Reading,
    Snapshot,
    Source,
)

_DENIED: Final = "Check user, password and grants of the connection."


@final
@dataclass(frozen=True, slots=True)
class SqlDatabaseSource(Source):
    """Each table, or the query, as a unit; the database is queried when the unit is read."""

    orders_texts: ClassVar[Literal[True]] = True

    settings: SqlDatabase
    pools: ConnectionPools

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether the database takes the connection and answers a trivial statement within *timeout* seconds."""
        return within(timeout, lambda: self._ask(timeout), "the database")

    def units(self) -> Result[tuple[str, ...], Fault]:
        """The tables; if patterns name them, those that the database has now."""
        patterns = self.settings.patterns
        if patterns is None:
            return Success(self.settings.resources)
        session = Session(", ".join(patterns.wanted), self.settings.limits)
        try:
            with session.opened(self._pool()) as connection, session.answered():
                return tables_by(patterns, self.settings.schema, connection)
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(session.fault_of(error))

    def columns(self, unit: str) -> Result[tuple[Column, ...] | None, Fault]:
        """The columns of a table whose types the database reports; None for a query."""
        if self.settings.query is not None:
            return Success(None)
        session = Session(unit, self.settings.limits)
        try:
            with session.opened(self._pool()) as connection:
                types = declared_types(reflected(self.settings, unit, connection)).all()
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(session.fault_of(error))
        types |= {name: kind for name, kind in named_types(self.settings).items() if name in types}
        return Success(tuple(Column(name, from_arrow(kind)) for name, kind in types.items()))

    def slices(
        self,
        unit: str,
        count: int,
        by: str | None,
        reading: Reading = Reading(),  # noqa: ARG002, B008 - all rows are read, and it is immutable
    ) -> Result[tuple[Rows, ...], Fault]:
        """Ranges of a key of the table: the column *by*, else the first column of its primary key."""
        if self.settings.query is not None:
            return Failure(NO_KEY)
        session = Session(unit, self.settings.limits)
        try:
            with session.opened(self._pool()) as connection:
                return ranges_of(reflected(self.settings, unit, connection), by, count, connection)
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(session.fault_of(error))

    def hold_snapshot(self, unit: str) -> Result[Snapshot | None, Fault]:
        """The snapshot of a transaction that stays open, of a database that has such; of others None."""
        session = Session(unit, self.settings.limits)
        try:
            return Success(held_snapshot(session, self._pool()))
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(session.fault_of(error))

    def place(self) -> str:
        schema = f"#{self.settings.schema}" if self.settings.schema else ""
        return f"{self._pool().engine.url.render_as_string(hide_password=True)}{schema}"

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        """The rows whose cursor is at least *since*, or null; or those of a window."""
        source, left = self.settings, reading.retries.left()
        session = Session(unit, source.limits, left, reading.report, source.query or "", source.where or "")
        wanted = Wanted.by(reading, since)
        # New rows by a cursor are few, and the database finds them by an index.
        read = read_in_parallel if source.parallel > 1 and wanted.is_everything else read_rows
        rows = read(source, wanted, Expected.by(reading), session, self._pool)
        # Rows that are appended are compared with those of the table, also if they are before the last value here.
        checked = rows if reading.is_appended else in_order(rows, reading.cursor, wanted.since)
        return with_position(checked, reading.cursor)

    def keys(self, unit: str, is_key: Callable[[str], bool], reading: Reading) -> Iterator[ArrowStream]:
        """The columns of the key, by one statement for all rows; in the types of the rows that were read."""
        source, left = self.settings, reading.retries.left()
        session = Session(unit, source.limits, left, reading.report, source.query or "", source.where or "")
        expected = Expected.by(replace(reading, types=dict(reading.types)))
        return read_rows(source, Wanted(is_key=is_key), expected, session, self._pool)

    def _pool(self) -> ConnectionPool:
        pool = self.pools.pool_of(self.settings)
        check_file(pool.engine.url)
        return pool

    def _ask(self, timeout: float) -> Result[None, Fault]:
        try:
            pool = self._pool()
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(fault_of(error))
        try:
            with given_back(connection := pool.connect()):
                connection.execute(sa.select(sa.literal(1)))
            return Success(None)
        except Exception as error:  # noqa: BLE001 - this is the edge
            if _is_refusal(error, pool.engine.url, timeout):
                return Failure(SourceFailed(cause_of(error), Category.PERMANENT, _DENIED))
            return Failure(fault_of(error))


@final
class SqlDatabaseSources:
    """Opens sources that share the connections to their databases."""

    def __init__(self) -> None:
        self._pools = ConnectionPools()

    def open(self, settings: SqlDatabase) -> Source:
        return SqlDatabaseSource(settings, self._pools)

    def close(self) -> None:
        self._pools.close()


def _is_refusal(error: BaseException, url: sa.URL, timeout: float) -> bool:
    """Whether the server refused the login, for a driver without error codes: it accepted the connection or a password."""
    if any(sql_category(link) is not None for link in causes(error)):
        return False
    if not any(isinstance(link, sa.exc.OperationalError) for link in causes(error)):
        return False
    if any(getattr(getattr(link, "pgconn", None), "used_password", False) for link in causes(error)):
        return True
    if url.host is None or url.port is None:
        return False
    try:
        with closing(socket.create_connection((url.host, url.port), timeout)):
            return True
    except OSError:
        return False
