"""The cursor of a reading: the column by which new rows are recognised."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.library_errors.source_errors import missing_cursor
from floe_ingestion_dlt.ports.source import ArrowBatch, Message, Position, SourceError

# What is raised for values that cannot be compared, or that Python does not have.
_NO_ORDER: Final = (pa.ArrowException, ArithmeticError, LookupError, TypeError, ValueError)


def check_cursor(cursor: str | None, columns: list[str], place: str) -> None:
    """Raise for a cursor that is not among the *columns*."""
    if cursor is not None and cursor not in columns:
        raise SourceError(missing_cursor(cursor, tuple(columns), place))


def with_position(tables: Generator[pa.Table, None, None], cursor: str | None) -> Iterator[Message]:
    """The tables, then the highest value of the *cursor*: rows have no order, so only the position at the end holds."""
    highest: Any = None
    ordered_by = cursor
    with closing(tables):
        for table in tables:
            yield ArrowBatch(table)
            if ordered_by is not None:
                try:
                    highest = _higher(highest, table[ordered_by])
                except _NO_ORDER:
                    ordered_by, highest = None, None
    if highest is not None:
        yield Position(highest)


def _higher(highest: Any, column: pa.ChunkedArray[Any]) -> Any:
    found = pc.max(column).as_py()
    known = [value for value in (highest, found) if value is not None]
    return max(known, default=None)
