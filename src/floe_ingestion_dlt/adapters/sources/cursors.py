"""The cursor of a reading: the column by which new rows are recognised."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.library_errors.source_errors import missing_cursor
from floe_ingestion_dlt.ports.source import ArrowBatch, Message, ParquetCopy, Position, SourceError

# What is raised for values that cannot be compared, or that Python does not have.
_NO_ORDER: Final = (pa.ArrowException, ArithmeticError, LookupError, TypeError, ValueError)


def check_cursor(cursor: str | None, columns: list[str], place: str) -> None:
    """Raise for a cursor that is not among the *columns*."""
    if cursor is not None and cursor not in columns:
        raise SourceError(missing_cursor(cursor, tuple(columns), place))


def with_position(
    tables: Generator[pa.Table | ParquetCopy, None, None], cursor: str | None
) -> Iterator[Message]:
    """The tables, then the highest value of the *cursor*: rows have no order, so only the position at the end holds.

    Files are copied only without a cursor.
    """
    highest = Highest(cursor)
    with closing(tables):
        for table in tables:
            if isinstance(table, ParquetCopy):
                yield table
                continue
            yield ArrowBatch(table)
            highest.look_at(partial(_highest_in, table))
    yield from highest.position()


def _highest_in(table: pa.Table, column: str) -> list[Any]:
    return [pc.max(table[column]).as_py()]


@final
@dataclass(slots=True)
class Highest:
    """The highest value of the *cursor*, as long as all values can be compared."""

    cursor: str | None
    value: Any = None

    def look_at(self, values_of: Callable[[str], Iterable[object]]) -> None:
        """Compare the values that some rows have in the cursor."""
        if self.cursor is None:
            return
        try:
            found = [value for value in (self.value, *values_of(self.cursor)) if value is not None]
            self.value = max(found, default=None)
        except _NO_ORDER:
            self.cursor = self.value = None

    def position(self) -> Iterator[Position]:
        """The position after all rows, if there is one."""
        if self.value is not None:
            yield Position(self.value)
