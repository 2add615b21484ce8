"""Reading the rows of a table or a query: by COPY if the database has it, else by a cursor."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
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
from floe_ingestion_dlt.adapters.sources.sql_database.descriptions import description_of
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPool
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.statements import executed, statement
from floe_ingestion_dlt.adapters.sources.sql_database.tables import check_named, named_types
from floe_ingestion_dlt.adapters.sources.sql_database.times import times_of
from floe_ingestion_dlt.domain.table_reads import TableRead
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
    resource = session.resource
    with session.opened(pool_of(), wanted.snapshot) as connection:
        with session.answered():
            select, declared = statement(source, resource, connection, wanted)
        batches = partial(Batches, resource, declared=declared, expected=expected, named=named_types(source))
        if not isinstance(select, str) and _is_copied(source, connection, select, session):
            made = batches([column.name for column in select.selected_columns])
            tables = copied_tables(connection, select, made, session, source)
        else:
            result = _result(source, select, connection, session)
            made = batches(list(result.keys()), description=description_of(result))
            tables = _fetched_tables(result, select, made, session, source.chunk_rows)
        check_cursor(wanted.column, made.names, f"the result of {resource}")
        if wanted.is_key is None:
            check_named(source, made.names, resource)
        with closing(tables):
            first = next(tables, None)
            if first is not None:
                yield first
                yield from tables
            elif wanted.is_everything:
                yield from made.without_rows()


def _is_copied(
    source: SqlDatabase, connection: sa.Connection, select: sa.Select[Any], session: Session
) -> bool:
    """Whether the rows are read by COPY, which is reported for tables of PostgreSQL."""
    if source.query is not None or connection.dialect.name != DIALECT:
        return False
    obstacle = obstacle_to_copy(connection, select)
    session.report(TableRead(session.resource, obstacle))
    return obstacle is None


def _result(
    source: SqlDatabase, select: sa.Select[Any] | str, connection: sa.Connection, session: Session
) -> sa.CursorResult[object]:
    """The result of a statement that is read by a server-side cursor if there is one."""
    connection.execution_options(**times_of(source, session.resource))
    streaming = connection.execution_options(stream_results=True, yield_per=source.chunk_rows)
    with session.answered():
        return executed(streaming, select)


def _fetched_tables(
    result: sa.CursorResult[object],
    select: sa.Select[Any] | str,
    batches: Batches,
    session: Session,
    size: int,
) -> Generator[pa.Table, None, None]:
    """The rows in tables of *size*; the connection is given back before the last one is processed."""
    while True:
        with session.answered():
            rows = _fetched(result, size, session.resource, select)
        if is_last := len(rows) < size:
            # the transaction ends before the rows are processed, so that its locks are held no longer
            session.give_back(result.connection)
        if rows:
            yield batches.table(rows)
        if is_last:
            return


def _fetched(
    result: sa.CursorResult[object], size: int, resource: str, select: sa.Select[object] | str
) -> Sequence[sa.Row[object]]:
    """The next rows, up to *size*; in SQLite, a column may have values that are not of its type."""
    try:
        return result.fetchmany(size)
    except (ArithmeticError, TypeError, ValueError) as error:
        suspects = [] if isinstance(select, str) else _converted(select, result.dialect)
        place = f"column {' or '.join(suspects)}" if suspects else "a column"
        raise unreadable(
            f"{resource}, {place}: a value does not match the column's type ({type(error).__name__})",
            "Load a query instead of the table, and CAST the column in it to text, or fix the value.",
        ) from error


def _converted(select: sa.Select[object], dialect: sa.Dialect) -> list[str]:
    """The columns whose values SQLAlchemy converts."""
    kinds = ((column.name, column.type.dialect_impl(dialect)) for column in select.selected_columns)
    return [name for name, kind in kinds if kind.result_processor(dialect, None)]
