"""The cursor in a stored pipeline state, and a table with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.state import decoded
from floe_ingestion_dlt.adapters.dlt_api.internals import SnakeCase
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Destination

# A column as it is, quoted if it is no identifier, or one in a struct; other paths lead to no column of the table.
PLAIN_PATH: Final = re.compile(r"\w+(\.\w+)*")
QUOTED_PATH: Final = re.compile(r"\['(.*)'\]")
# Between the names of a struct and of what is in it, in the name of a column.
SEPARATOR: Final = "__"


def cursor_in(text: str) -> Result[StateCursor | None, str]:
    """The cursor of the state, if it has just one that has moved."""
    try:
        cursors = list(_cursors(decoded(text)))
    except Exception as error:  # noqa: BLE001 - whatever dlt's decoders say of bytes that are not theirs
        return Failure(f"{type(error).__name__} in dlt's state of {len(text)} characters")
    if len(cursors) != 1:
        return Success(None)
    ((path, value),) = cursors
    column = _column(path)
    return Success(None if column is None or value is None else StateCursor(column, value))


def view_of(table: TableName, port: Destination) -> Result[TableView | None, Fault]:
    """The table as it is now; of a state that cannot be read, no cursor is known."""
    described = port.describe(table)
    if isinstance(described, Failure) or (known := described.unwrap()) is None:
        return described.map(lambda _: None)
    return port.read_state(table).map(lambda text: TableView(known.schema, known.rows, _known_cursor(text)))


def _known_cursor(text: str | None) -> StateCursor | None:
    found = Success(None) if text is None else cursor_in(text)
    return None if isinstance(found, Failure) else found.unwrap()


def _cursors(state: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for source in state.get("sources", {}).values():
        for resource in source.get("resources", {}).values():
            for path, incremental in resource.get("incremental", {}).items():
                yield path, incremental.get("last_value")


def _column(path: str) -> str | None:
    """The column that the path of a cursor leads to."""
    if quoted := QUOTED_PATH.fullmatch(path):
        parts = [quoted[1]]
    elif PLAIN_PATH.fullmatch(path):
        parts = path.split(".")
    else:
        return None
    return SEPARATOR.join(map(SnakeCase().normalize_identifier, parts))
