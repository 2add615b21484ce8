"""Rows of PostgreSQL by COPY, which costs a fraction of a cursor whose rows become Python values."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.copied_blocks import (
    CopiedColumns,
    UnreadableTimesError,
    as_copied,
    is_whole,
    may_be_copied,
)
from floe_ingestion_dlt.adapters.sources.sql_database.driver_errors import driver_of, errors_of
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import BLOCK_BYTES, SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.statements import bound
from floe_ingestion_dlt.adapters.sources.sql_database.times import unreadable_times
from floe_ingestion_dlt.ports.source import unreadable

DIALECT: Final = "postgresql"
_DRIVER, _TIMEOUT = "psycopg", "statement_timeout"
# Redshift says that it is version 8.
_SINCE: Final = (10,)
# The forms of texts that are read; a session can have others.
_FORMS: Final = {"client_encoding": "UTF8", "DateStyle": "ISO"}


def obstacle_to_copy(connection: sa.Connection, select: sa.Select[Any]) -> str | None:
    """Why the rows of a table of PostgreSQL cannot be read by COPY; None if they can.

    COPY is one statement, so a time limit for statements in the connection's own options would be for the whole table.
    """
    dialect = connection.dialect
    if dialect.driver != _DRIVER:
        return f"the driver is not {_DRIVER}"
    if (dialect.server_version_info or ()) < _SINCE:
        return "the server is too old"
    if _TIMEOUT in str(dict(connection.engine.url.query)):
        return f"the connection has a {_TIMEOUT} of its own"
    for name, form in _FORMS.items():
        if not (driver_of(connection).info.parameter_status(name) or "").startswith(form):
            return f"{name} is not {form}"
    others = [column for column in select.selected_columns if not may_be_copied(column.type)]
    return f"the column {others[0].name} has a type that COPY may write in another form" if others else None


def copied_tables(
    connection: sa.Connection, select: sa.Select[Any], batches: Batches, session: Session, source: SqlDatabase
) -> Generator[pa.Table, None, None]:
    """The rows in tables of `chunk_rows` or about `BLOCK_BYTES`; the connection is given back before the last one is processed."""
    columns = CopiedColumns(batches.names, [column.type for column in select.selected_columns])
    copied: Any = select.with_only_columns(*map(as_copied, select.selected_columns))
    most = source.chunk_rows, BLOCK_BYTES // source.parallel
    with closing(_blocks(connection, copied, session, most)) as blocks:
        for block in blocks:
            yield _table(columns, block, batches, session.resource, source)


def _table(
    columns: CopiedColumns, block: bytearray, batches: Batches, resource: str, source: SqlDatabase
) -> pa.Table:
    try:
        return batches.table(columns.read(block))
    except UnreadableTimesError as error:
        raise unreadable_times(source, resource, error.columns) from None
    except pa.ArrowInvalid:  # its text quotes the row
        raise unreadable(
            f"the database sent rows of {resource} that do not have the columns of the table",
            "Run again; if it goes on, load a query instead of the table.",
        ) from None


def _blocks(
    connection: sa.Connection, select: sa.Select[Any], session: Session, most: tuple[int, int]
) -> Generator[bytearray, None, None]:
    """The rows as CSV, in blocks of whole rows; the driver hands over a row at a time, and the *most* rows or bytes end a block."""
    driver = driver_of(connection)
    with session.answered():
        # The session waits for each block instead.
        connection.exec_driver_sql(f"SET LOCAL {_TIMEOUT} = 0")
    text, values = _statement(select, connection.dialect)
    with errors_of(connection), ExitStack() as opened:
        cursor = opened.enter_context(driver.cursor())
        with session.answered():
            copy = opened.enter_context(cursor.copy(text, values))
        try:
            rows, is_last = iter(copy), False
            while not is_last:
                with session.answered():
                    block, is_last = _block(rows, *most)
                if not is_last:
                    yield block
        except connection.dialect.loaded_dbapi.Error:
            raise
        except BaseException:
            driver.close()  # else the driver would read the remaining rows
            raise
    # the transaction ends before the rows are processed, so that its locks are held no longer
    session.give_back(connection)
    if block:
        yield block


def _block(rows: Iterator[bytes], most_rows: int, most_bytes: int) -> tuple[bytearray, bool]:
    """The next rows, and whether they are the last ones."""
    # A list of the driver's views would be searched for garbage again and again.
    block = bytearray()
    for number, row in enumerate(rows, 1):
        block += row
        if (len(block) >= most_bytes or number >= most_rows) and is_whole(block):
            return block, False
    return block, True


def _statement(select: sa.Select[Any], dialect: sa.Dialect) -> tuple[str, dict[str, object]]:
    """The statement that copies the rows, and the values of its parameters as the driver takes them."""
    text, values = bound(select, dialect)
    # The driver writes values into the statement, in which -9223372036854775808::BIGINT is the negative of too high a number.
    written = {
        name: str(value) if isinstance(value, int | Decimal) else value for name, value in values.items()
    }
    return f"COPY ({text}) TO STDOUT (FORMAT csv)", written
