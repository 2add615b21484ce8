"""The cursor in a stored pipeline state, and a table with it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt.state import MOVED_BACK, cursors_in, decoded
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Destination, TableState

# A column, quoted if it is no identifier, or a field of a struct; other paths lead to no column of the table.
PLAIN_PATH: Final = re.compile(r"\w+(\.\w+)*")
QUOTED_PATH: Final = re.compile(r"\['(.*)'\]")
# Between the names of a struct and of its field, in the name of a column.
SEPARATOR: Final = "__"


def cursor_in(text: str) -> Result[StateCursor | None, str]:
    """The cursor of the state, if it has exactly one, with a value."""
    try:
        cursors = [(path, cursor.get("last_value")) for path, cursor in cursors_in(decoded(text))]
    except Exception as error:  # noqa: BLE001 - dlt's decoders raise anything for other bytes
        return Failure(f"{type(error).__name__} in dlt's state of {len(text)} characters")
    if len(cursors) != 1:
        return Success(None)
    ((path, value),) = cursors
    column = column_of(path)
    return Success(None if column is None or value is None else StateCursor(column, value))


def cursor_to_verify(text: str) -> Result[StateCursor | None, str]:
    """The cursor that the rows of a table must not be beyond; None also if it was moved back, because then they may be."""
    found = cursor_in(text)
    is_moved = isinstance(found, Success) and MOVED_BACK in decoded(text)
    return Success(None) if is_moved else found


def view_of(table: TableName, port: Destination) -> Result[TableView | None, Fault]:
    """The table as it is now; of a state that cannot be read, no cursor is known."""
    described = port.describe(table)
    if isinstance(described, Failure) or (known := described.unwrap()) is None:
        return described.map(lambda _: None)
    return port.read_state(table).map(
        lambda text: TableView(known.schema, known.rows, _known_cursor(text, known))
    )


def _known_cursor(text: str | None, table: TableState) -> StateCursor | None:
    """The cursor of the state, with the name of the table's column."""
    found = Success(None) if text is None else cursor_in(text)
    cursor = None if isinstance(found, Failure) else found.unwrap()
    names = ColumnNames.of(
        (column.name for column in table.schema.columns), snake=NamingConvention().snake_path
    )
    return cursor and replace(cursor, column=names.in_table(cursor.column))


def column_of(path: str) -> str | None:
    """The table's column at the path of a cursor; None if the path is no column."""
    if quoted := QUOTED_PATH.fullmatch(path):
        parts = [quoted[1]]
    elif PLAIN_PATH.fullmatch(path):
        parts = path.split(".")
    else:
        return None
    return SEPARATOR.join(map(NamingConvention().snake_identifier, parts))
