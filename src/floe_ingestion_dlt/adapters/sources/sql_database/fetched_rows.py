"""Rows by a database cursor, as values of Python, for databases and drivers without a faster way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import pyarrow as pa
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.driver_errors import errors_of
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import (
    BLOCK_BYTES,
    VALUE_BYTES,
    SqlDatabase,
)
from floe_ingestion_dlt.adapters.sources.sql_database.statements import Process, executed, processes_of
from floe_ingestion_dlt.adapters.sources.sql_database.times import times_of
from floe_ingestion_dlt.ports.source import SourceError, unreadable

# Fetches so many rows, or fewer if there are no more, as columns; none if there is no row.
Fetch: TypeAlias = "Callable[[int], Sequence[Sequence[object]]]"
_SQLITE: Final = "pysqlite"
_FIRST_ROWS, _GROWTH = 100, 4
# Rows may be much larger than those before, and a server far away.
_MOST_ROWS: Final = 10_000


def result_of(
    source: SqlDatabase, select: sa.Select[Any] | str, connection: sa.Connection, session: Session
) -> sa.CursorResult[object]:
    """The result of a statement that is read by a server-side cursor if there is one."""
    connection.execution_options(**times_of(source, session.resource))
    can_stream = connection.dialect.supports_server_side_cursors
    streaming = connection.execution_options(stream_results=can_stream, max_row_buffer=_FIRST_ROWS)
    with session.answered():
        return executed(streaming, select)


def fetched_tables(
    result: sa.CursorResult[object],
    select: sa.Select[Any] | str,
    batches: Batches,
    session: Session,
    most_rows: int,
) -> Generator[pa.Table, None, None]:
    """The rows in tables of *most_rows* or about `BLOCK_BYTES`; the connection is given back before the last one is processed."""
    fetch, is_last = _fetch_of(result, select, batches.names, session.resource), False
    while not is_last:
        with session.answered():
            columns, is_last = next_columns(fetch, most_rows, BLOCK_BYTES)
        if is_last:
            # the transaction ends before the rows are processed, so that its locks are held no longer
            result.close()
            session.give_back(result.connection)
        if columns:
            yield batches.table(columns)


def next_columns(fetch: Fetch, most_rows: int, most_bytes: int) -> tuple[list[list[object]], bool]:
    """The columns of the next rows, and whether they are the last ones; the *most* rows or about as many bytes in memory end them.

    Few rows are fetched first, and then as many as will fill the block if they are like those before.
    """
    columns: list[list[object]] = []
    count, size, wanted = 0, 0, min(_FIRST_ROWS, most_rows)
    while True:
        found = fetch(wanted)
        columns = columns or [[] for _ in found]
        for column, values in zip(columns, found, strict=False):
            column.extend(values)
        rows = len(found[0]) if found else 0
        count, size = count + rows, size + sum(map(_bytes_of, found))
        if rows < wanted:
            return columns, True
        if count >= most_rows or size >= most_bytes:
            return columns, False
        fitting = (most_bytes - size) * count // max(size, 1) + 1
        wanted = min(fitting, wanted * _GROWTH, _MOST_ROWS, most_rows - count)


def _bytes_of(column: Sequence[object]) -> int:
    """About the memory that its values take."""
    size = VALUE_BYTES * len(column)
    if not set(map(type, column)) & {str, bytes}:
        return size
    return size + sum([len(value) for value in column if isinstance(value, str | bytes)])


def mismatch(resource: str, columns: Sequence[str], error: Exception) -> SourceError:
    """The error of a value that is not of its column's type, as SQLite and old versions of MySQL may have; it may be in any of the *columns*."""
    place = f"column {' or '.join(columns)}" if columns else "a column"
    return unreadable(
        f"{resource}, {place}: a value does not match the column's type ({type(error).__name__})",
        "Load a query instead of the table, and CAST the column in it to text, or fix the value.",
    )


def _fetch_of(
    result: sa.CursorResult[object], select: sa.Select[Any] | str, names: Sequence[str], resource: str
) -> Fetch:
    processes = zip(names, processes_of(select, result.dialect, result.cursor), strict=True)
    if result.dialect.driver == _SQLITE:
        return partial(_from_driver, result, dict(processes), resource)
    return partial(_from_sqlalchemy, result, [name for name, process in processes if process], resource)


def _from_driver(
    result: sa.CursorResult[object], processes: Mapping[str, Process | None], resource: str, size: int
) -> list[Sequence[object]]:
    """Columns of the driver's own rows, which are tuples: SQLAlchemy would make an object of each."""
    cursor: Any = result.cursor
    try:
        with errors_of(result.connection):
            rows = cursor.fetchmany(size)
    except sa.exc.OperationalError as error:
        if hasattr(error.orig, "sqlite_errorcode"):
            raise
        # Of the driver itself, whose text quotes the value.
        raise unreadable(
            f"{resource}: a text is not in UTF-8",
            "Load a query instead of the table, with CAST(... AS BLOB) for the columns that may have such texts, or fix the value.",
        ) from None
    columns: list[Sequence[object]] = []
    for values, (name, process) in zip(zip(*rows, strict=True), processes.items(), strict=False):
        try:
            columns.append(values if process is None else list(map(process, values)))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise mismatch(resource, [name], error) from error
    return columns


def _from_sqlalchemy(
    result: sa.CursorResult[object], converted: Sequence[str], resource: str, size: int
) -> list[Sequence[object]]:
    try:
        return list(zip(*result.fetchmany(size), strict=True))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise mismatch(resource, converted, error) from error
