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
from floe_ingestion_dlt.adapters.sources.sql_database.snapshots import HeldSnapshot, held_snapshot
from floe_ingestion_dlt.adapters.sources.sql_database.tables import reflected
from floe_ingestion_dlt.adapters.system.merged import merged
from floe_ingestion_dlt.domain.page_ranges import page_ranges
from floe_ingestion_dlt.domain.table_reads import TableReadInParts
from floe_ingestion_dlt.ports.source import SourceError, unreported

# Before it, a range of pages is found by reading all of them.
_SINCE: Final = (14,)
# What has pages of its own: ordinary tables and materialized views.
_HAVE_PAGES: Final = frozenset({"r", "m"})
_PAGES: Final = sa.text(
    "SELECT relkind, pg_relation_size(oid) / CAST(current_setting('block_size') AS bigint)"
    " FROM pg_class WHERE oid = CAST(:table AS regclass)"
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
    has_rows = False
    try:
        with _shares(source, session, pool_of()) as shares:
            if len(shares) > 1:
                sessions = [replace(session, report=unreported) for _ in shares]
                readers = [
                    partial(read_rows, source, replace(wanted, share=share), expected, own, pool_of)
                    for share, own in zip(shares, sessions, strict=True)
                ]
                with closing(merged(readers, partial(_cut, sessions))) as tables:
                    for table in tables:
                        has_rows = True
                        yield table
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 - this is the edge
        fault = session.fault_of(error)
    else:
        if not has_rows:
            yield from read_rows(source, wanted, expected, replace(session), pool_of)
        return
    raise SourceError(fault)


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
        obstacle, pages = _obstacle(held.connection, table)
        ranges = page_ranges(pages, source.parallel)
        session.report(TableReadInParts(session.resource, len(ranges), obstacle))
        yield [Share(part, held.name) for part in ranges]


def _held(session: Session, pool: ConnectionPool) -> HeldSnapshot | None:
    """The snapshot; None if the database has none, although it speaks PostgreSQL's protocol."""
    try:
        return held_snapshot(session, pool)
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None


def _obstacle(connection: sa.Connection, table: sa.Table) -> tuple[str | None, int]:
    """Why the table cannot be read in parts, or None and its number of pages. It is locked against being rewritten."""
    connection.execute(sa.select(sa.literal(1)).select_from(table).limit(0))
    if (connection.dialect.server_version_info or ()) < _SINCE:
        return "the server is too old", 0
    if loose := [column.name for column in table.columns if not is_typed(column.type)]:
        return f"the type of the column {loose[0]} depends on its values", 0
    quoted = [part.replace('"', '""') for part in (table.schema, table.name) if part is not None]
    name = ".".join(f'"{part}"' for part in quoted)
    kind, pages = connection.execute(_PAGES, {"table": name}).one()
    return (None, int(pages)) if kind in _HAVE_PAGES else ("it is no ordinary table", 0)


def _cut(sessions: Sequence[Session]) -> None:
    for session in sessions:
        session.cut()
