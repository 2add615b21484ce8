"""Reading a table of PostgreSQL by several connections at once, all of which see it as it was at one moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import pyarrow as pa
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Share, Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPool
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.rows import is_typed
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.snapshots import EXPORT, HeldSnapshot, held_snapshot
from floe_ingestion_dlt.adapters.sources.sql_database.tables import reflected
from floe_ingestion_dlt.adapters.system.merged import merged
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.page_ranges import TableSize
from floe_ingestion_dlt.domain.table_reads import TableReadInParts
from floe_ingestion_dlt.ports.source import SourceError, unreported

# Before it, a range of pages is found by reading all of them.
_SINCE: Final = (14,)
# What has pages of its own: ordinary tables and materialized views.
_HAVE_PAGES: Final = frozenset({"r", "m"})
_PAGES: Final = sa.text(
    "SELECT relkind, has_table_privilege(oid, 'SELECT'), pg_relation_size(oid) / size, pg_table_size(oid) / size"
    " FROM pg_class, (SELECT CAST(current_setting('block_size') AS bigint) AS size) s WHERE oid = CAST(:table AS regclass)"
)


def read_in_parallel(
    source: SqlDatabase,
    wanted: Wanted,
    expected: Expected,
    session: Session,
    pool_of: Callable[[], ConnectionPool],
) -> Generator[pa.Table, None, None]:
    """The rows that are *wanted*, in any order; one connection reads all of them if there cannot be several.

    An error is raised as a fault only.
    """
    fault: Fault | None = None
    try:
        with _shares(source, session, pool_of()) as shares:
            if len(shares) > 1:
                sessions = [replace(session, report=unreported) for _ in shares]
                readers = [
                    partial(read_rows, source, replace(wanted, share=share), expected, own, pool_of)
                    for share, own in zip(shares, sessions, strict=True)
                ]
                yield from merged(readers, partial(_cut, sessions))
                return
    except Exception as error:  # noqa: BLE001 - this is the edge
        fault = session.fault_of(error)
    if fault is not None:
        raise SourceError(_advised(fault, source.parallel + 1))
    yield from read_rows(source, wanted, expected, replace(session), pool_of)


def _advised(fault: Fault, connections: int) -> Fault:
    """The fault, which may be that the server takes no more connections: there is no code for it when one is refused."""
    if not isinstance(fault, SourceFailed) or fault.category is not Category.TRANSIENT:
        return fault
    step = f"{fault.next_step} If the server takes fewer than {connections} connections of this user at once, set a smaller parallel."
    return replace(fault, next_step=step)


@contextmanager
def _shares(source: SqlDatabase, session: Session, pool: ConnectionPool) -> Iterator[Sequence[Share]]:
    """The parts of the table for each connection, in a snapshot that is held in the block; none if one connection has to read all.

    The table cannot be rewritten in the block, which would move rows to other pages.
    """
    held = _held(session, pool)
    if held is None:
        no_snapshots = "the database has no snapshots that several connections can read"
        session.report(TableReadInParts(session.resource, 1, no_snapshots))
        yield ()
        return
    with closing(held):
        table = reflected(source, session.resource, held.connection)
        size = _size(held.connection, table)
        ranges = size.in_ranges(source.parallel) if isinstance(size, TableSize) else ()
        obstacle = None if isinstance(size, TableSize) else size
        session.report(TableReadInParts(session.resource, max(1, len(ranges)), obstacle))
        yield [Share(part, held.name) for part in ranges]


def _held(session: Session, pool: ConnectionPool) -> HeldSnapshot | None:
    """The snapshot; None if the database has none, although it speaks PostgreSQL's protocol."""
    try:
        return held_snapshot(session, pool)
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated or error.statement != EXPORT:
            raise
        return None


def _size(connection: sa.Connection, table: sa.Table) -> TableSize | str:
    """The pages of the table, or why it cannot be read in parts. It is locked against being rewritten."""
    connection.execute(sa.select(sa.literal(1)).select_from(table).limit(0))
    if (connection.dialect.server_version_info or ()) < _SINCE:
        return "the server is too old"
    if loose := [column.name for column in table.columns if not is_typed(column.type)]:
        return f"the type of the column {loose[0]} depends on its values"
    quoted = [part.replace('"', '""') for part in (table.schema, table.name) if part is not None]
    name = ".".join(f'"{part}"' for part in quoted)
    kind, is_allowed, pages, with_large_values = connection.execute(_PAGES, {"table": name}).one()
    if kind not in _HAVE_PAGES:
        return "it is no ordinary table"
    if not is_allowed:
        return "only some of its columns may be read, and not the places of its rows"
    return TableSize(int(pages), int(with_large_values))


def _cut(sessions: Sequence[Session]) -> None:
    for session in sessions:
        session.cut()
