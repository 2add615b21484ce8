"""Reading the rows of a table or a query, in the fastest way that the database and its driver have."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.copied_rows import (
    DIALECT,
    copied_tables,
    obstacle_to_copy,
)
from floe_ingestion_dlt.adapters.sources.sql_database.descriptions import description_of, names_in
from floe_ingestion_dlt.adapters.sources.sql_database.fetched_rows import fetched_tables, result_of
from floe_ingestion_dlt.adapters.sources.sql_database.mysql_rows import (
    obstacle_to_columns,
    sent_result,
    sent_tables,
)
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPool
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.statements import statement
from floe_ingestion_dlt.adapters.sources.sql_database.tables import check_named, named_types
from floe_ingestion_dlt.domain.database_sessions import MYSQL
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.table_reads import ReadBy, TableRead
from floe_ingestion_dlt.ports.source import SourceError, unreadable


def read_rows(
    source: SqlDatabase,
    wanted: Wanted,
    expected: Expected,
    session: Session,
    pool_of: Callable[[], ConnectionPool],
) -> Generator[pa.Table, None, None]:
    """The rows that are *wanted*, in batches, by a server-side cursor if there is one.

    An error is raised as a fault only: the library's own error has the statement in it, and may have values.
    """
    with closing(_batches(source, wanted, expected, session, pool_of)) as batches:
        while True:
            try:
                batch = next(batches, None)
            except Exception as error:  # noqa: BLE001 - this is the edge
                fault = session.fault_of(error)
                break
            if batch is None:
                return
            yield batch
    raise SourceError(fault)


def _batches(
    source: SqlDatabase,
    wanted: Wanted,
    expected: Expected,
    session: Session,
    pool_of: Callable[[], ConnectionPool],
) -> Generator[pa.Table, None, None]:
    with session.opened(pool_of(), wanted.snapshot) as connection:
        with session.answered():
            select, declared = statement(source, session.resource, connection, wanted)
        make = partial(
            Batches, session.resource, declared=declared, expected=expected, named=named_types(source)
        )
        with _read(source, connection, select, make, session) as (made, tables), closing(tables):
            _check_columns(made.names, session.resource)
            check_cursor(wanted.column, made.names, f"the result of {session.resource}")
            if wanted.is_key is None:
                check_named(source, made.names, session.resource)
            first = next(tables, None)
            if first is not None:
                yield first
                yield from tables
            elif wanted.is_everything:
                yield from made.without_rows()


@contextmanager
def _read(
    source: SqlDatabase,
    connection: sa.Connection,
    select: sa.Select[Any] | str,
    make: Callable[..., Batches],
    session: Session,
) -> Iterator[tuple[Batches, Generator[pa.Table, None, None]]]:
    """The rows of the statement, read in the fastest way that the database and its driver have."""
    by = _way(source, connection, select, session)
    if by is ReadBy.COPY and not isinstance(select, str):
        made = make([column.name for column in select.selected_columns])
        yield made, copied_tables(connection, select, made, session, source)
    elif by is ReadBy.COLUMNS:
        with sent_result(connection, select, session) as cursor:
            made = make(names_in(cursor), description=description_of(cursor, connection.dialect))
            yield made, sent_tables(cursor, select, made, (connection, session), source.chunk_rows)
    else:
        result = result_of(source, select, connection, session)
        names = list(result.keys()) if result.returns_rows else []
        made = make(names, description=description_of(result.cursor, result.dialect))
        yield made, fetched_tables(result, select, made, session, source.chunk_rows)


def _way(
    source: SqlDatabase, connection: sa.Connection, select: sa.Select[Any] | str, session: Session
) -> ReadBy:
    """How the rows are read, which is reported for databases that have a faster way than a cursor."""
    dialect = connection.dialect
    if dialect.name == DIALECT and source.query is None and not isinstance(select, str):
        fastest, obstacle = ReadBy.COPY, obstacle_to_copy(connection, select)
    elif dialect.name in MYSQL:
        fastest, obstacle = ReadBy.COLUMNS, obstacle_to_columns(dialect)
    else:
        return ReadBy.CURSOR
    by = fastest if obstacle is None else ReadBy.CURSOR
    session.report(TableRead(session.resource, by, obstacle))
    return by


def _check_columns(names: Sequence[str], resource: str) -> None:
    """Refuse a statement that returns no rows, such as SET, and rows without columns, which databases can have."""
    if not names:
        raise unreadable(
            f"{resource} has no columns",
            "Load a table with columns, or a query that returns some, such as a SELECT.",
            Category.CONFIGURATION,
        )
