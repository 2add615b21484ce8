"""Dates and times of Postgres that Python has no value for: infinity, years before 1 and after 9999, and 24:00."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.library_errors.databases import sql_code
from floe_ingestion_dlt.ports.source import SourceError, unreadable

_READ: Final = "floe_read"
# Postgres' numbers of its types of dates and times, and of arrays of them.
_TIMES: Final = frozenset({1082, 1083, 1114, 1184, 1266, 1115, 1182, 1183, 1185, 1270})


def times_of(source: SqlDatabase, resource: str) -> dict[str, object]:
    """The execution options by which `refuse_unreadable_times` knows what is read."""
    return {_READ: (source, resource)}


def refuse_unreadable_times(context: sa.engine.ExceptionContext) -> None:
    """Report a date or time that the driver cannot read by its column, and never by its value."""
    execution, error = context.execution_context, context.original_exception
    cursor = getattr(execution, "cursor", None)
    read = None if execution is None else execution.execution_options.get(_READ)
    is_drivers = type(error).__module__.partition(".")[0] == "psycopg" and sql_code(error) is None
    if not is_drivers or type(error).__name__ != "DataError" or cursor is None or read is None:
        return
    if columns := list(_unreadable(cursor, type(error))):
        source, resource = read
        raise unreadable_times(source, resource, columns) from None


def unreadable_times(source: SqlDatabase, resource: str, columns: Sequence[str]) -> SourceError:
    """The error of columns with dates or times that Python has no value for."""
    casts = ", ".join(f"CAST({name} AS text) AS {name}" for name in columns)
    table = f"set column_types: {{{', '.join(f'{name}: string' for name in columns)}}}; or load a query with"
    return unreadable(
        f"{resource}, column {' or '.join(columns)}: a date or time is infinite, outside the years 1 to 9999, or the hour after the last one of a day",
        f"To load it as text, {'write in the query' if source.query else table} {casts}. Or fix the value.",
    )


def _unreadable(cursor: Any, error: type[BaseException]) -> Iterator[str]:
    """The columns with values that the driver cannot read; all columns of dates and times if their values are not at hand."""
    names = [
        (place, column[0]) for place, column in enumerate(cursor.description or ()) if column[1] in _TIMES
    ]
    # psycopg has no public way to the values that it has just failed to read.
    reader = getattr(cursor, "_tx", None)
    found = [name for place, name in names if reader is not None and _fails(reader, place, error)]
    yield from found or (name for _, name in names)


def _fails(reader: Any, place: int, error: type[BaseException]) -> bool:
    rows = reader.pgresult
    if rows is None:
        return False
    load = reader.get_loader(rows.ftype(place), rows.fformat(place)).load
    values = (rows.get_value(row, place) for row in range(rows.ntuples))
    try:
        for value in values:
            if value is not None:
                load(value)
    except error:
        return True
    return False
