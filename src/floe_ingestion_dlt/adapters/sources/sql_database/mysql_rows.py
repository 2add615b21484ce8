"""Rows of MySQL and MariaDB by column, which costs a quarter of a cursor that makes each value in Python."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.sources.sql_database.driver_errors import errors_of
from floe_ingestion_dlt.adapters.sources.sql_database.fetched_rows import mismatch
from floe_ingestion_dlt.adapters.sources.sql_database.mysql_columns import SentColumn
from floe_ingestion_dlt.adapters.sources.sql_database.mysql_packets import (
    Sent,
    UnreadableRowError,
    next_columns,
)
from floe_ingestion_dlt.adapters.sources.sql_database.pymysql_results import (
    has_another_result,
    sent_fields,
    sent_rows,
    streaming_cursor,
)
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import BLOCK_BYTES
from floe_ingestion_dlt.adapters.sources.sql_database.statements import bound, processes_of
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.ports.source import unreadable

_DRIVER: Final = "pymysql"
# Types whose values SQLAlchemy hands over as the driver has read them.
_AS_READ: Final = (sa.Float, sa.LargeBinary, sa.Enum)


def obstacle_to_columns(dialect: sa.Dialect) -> str | None:
    """Why the rows of MySQL or MariaDB cannot be read by column; None if they can."""
    return None if dialect.driver == _DRIVER else f"the driver is not {_DRIVER}"


@contextmanager
def sent_result(connection: sa.Connection, select: sa.Select[Any] | str, session: Session) -> Iterator[Any]:
    """The driver's cursor of the statement, whose rows are read in the block."""
    text, values = _statement(select, connection.dialect)
    with streaming_cursor(connection) as cursor:
        with errors_of(connection), session.answered():
            cursor.execute(text, values)
        yield cursor


def sent_tables(
    cursor: Any,
    select: sa.Select[Any] | str,
    batches: Batches,
    opened: tuple[sa.Connection, Session],
    most_rows: int,
) -> Generator[pa.Table, None, None]:
    """The rows in tables of *most_rows* or about `BLOCK_BYTES`; the connection is given back before the last one is processed."""
    connection, session = opened
    processes = processes_of(select, connection.dialect, cursor, _AS_READ)
    columns = list(map(SentColumn, sent_fields(cursor), processes))
    with closing(_blocks(connection, cursor, session, most_rows)) as blocks:
        for block in blocks:
            yield batches.table(_read(columns, block, batches, session.resource))


def _read(
    columns: Sequence[SentColumn], block: Sequence[Sent], batches: Batches, resource: str
) -> list[Array | list[object]]:
    found = []
    for name, column, sent in zip(batches.names, columns, block, strict=True):
        try:
            found.append(column.read(sent, batches.types.get(name)))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise mismatch(resource, [name], error) from error
    return found


def _blocks(
    connection: sa.Connection, cursor: Any, session: Session, most_rows: int
) -> Generator[list[Sent], None, None]:
    with errors_of(connection):
        rows, is_last, count = sent_rows(cursor), False, len(cursor.description)
        while not is_last:
            with session.answered():
                try:
                    block, is_last = next_columns(rows, count, most_rows, BLOCK_BYTES)
                except UnreadableRowError:
                    raise unreadable(
                        f"the database sent rows of {session.resource} that do not have the columns of the result",
                        "Run again; if it goes on, ask whoever runs the server or the proxy before it.",
                    ) from None
            if not is_last:
                yield block
        with session.answered():
            if has_another_result(cursor):
                raise unreadable(
                    f"{session.resource} returns more than one result",
                    "Load a query that returns one: rows of the others would be lost.",
                    Category.CONFIGURATION,
                )
            cursor.close()
    # the transaction ends before the rows are processed, so that its locks are held no longer
    session.give_back(connection)
    if block and block[0]:
        yield block


def _statement(select: sa.Select[Any] | str, dialect: sa.Dialect) -> tuple[str, dict[str, object] | None]:
    """The statement, and the values of its parameters as the driver takes them; a query is sent as it is."""
    if isinstance(select, str):
        return select, None
    text, values = bound(select, dialect)
    return text, values or None
