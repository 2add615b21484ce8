"""Windows: the rows of a table whose value in one column lies in a range."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.schema import ColumnType, TableSchema
from floe_ingestion_dlt.domain.window_bounds import (
    Bound,
    Value,
    is_comparable,
    kind_of,
    lowest_from,
    moment_in_utc,
    plain,
)

_KINDS_WANTED: Final = (
    "a start and an end of one kind: int, Decimal, date, datetime (both with a zone, or both without) or text"
)
_RANGE_WANTED: Final = (
    "bounds that a column may have: numbers of at most 38 digits, years from 1 to 9999, text in Unicode"
)

# No text lies between a text and the same one followed by this.
_FIRST_CHARACTER: Final = "\0"


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """A window in the type of its column: values from *start* on and before *end*.

    A limit is None if all values of the type are below it.
    """

    start: Value | None
    end: Value | None

    def hold(self, value: Value | None) -> bool:
        """Whether a value of the column lies in the window; null and nan do not."""
        return value is not None and _is_from(value, self.start) and _is_before(value, self.end)

    def overlap(self, other: Limits) -> bool:
        """Whether some value may be in both windows."""
        return _starts_before_end(self, other) and _starts_before_end(other, self)


def _is_from(value: Value, start: Value | None) -> bool:
    return start is not None and bool(value >= start)  # type: ignore[operator]  # they are of one type


def _is_before(value: Value, end: Value | None) -> bool:
    return bool(value == value if end is None else value < end)  # type: ignore[operator]  # noqa: PLR0124 - nan


def _starts_before_end(one: Limits, other: Limits) -> bool:
    return one.start is not None and _is_before(one.start, other.end)


@final
@dataclass(frozen=True, slots=True)
class Window:
    """The rows with `start <= column < end`; rows with null in the column are in no window.

    A date in the column is compared with the calendar day of a bound, whatever the bound's zone is. Bounds and moments without a zone
    are in UTC. Raises ValueError for bounds that make no window.
    """

    column: str
    start: Bound
    end: Bound

    def __post_init__(self) -> None:
        refused = _refusal(self.column, self.start, self.end)
        if refused is not None:
            raise ValueError(f"{refused.message}. {refused.next_step}")
        for name in ("start", "end"):
            object.__setattr__(self, name, plain(getattr(self, name)))

    @classmethod
    def of(cls, column: str, start: Bound, end: Bound) -> Result[Window, Invalid]:
        """The window with these bounds."""
        refused = _refusal(column, start, end)
        return Success(cls(column, start, end)) if refused is None else Failure(refused)

    @classmethod
    def of_value(cls, column: str, value: int | date | str) -> Window:
        """The rows with this value in the column: a text, a day, or a number and its fractions, up to the next whole number.

        Raises ValueError for values that make no window.
        """
        match value:
            case str():
                return cls(column, value, value + _FIRST_CHARACTER)
            case int() if not isinstance(value, bool):
                return cls(column, value, value + 1)
            case date() if not isinstance(value, datetime) and value < date.max:
                return cls(column, value, value + timedelta(days=1))
            case _:
                raise ValueError(
                    f"{value!r} of {_type(value)} is no value of a window. Use an int, a date or text."
                )

    @property
    def text(self) -> str | None:
        """The text that all rows of the window have in the column; None if they may have several values."""
        is_one = isinstance(self.start, str) and self.end == self.start + _FIRST_CHARACTER
        return str(self.start) if is_one else None

    def __str__(self) -> str:
        one = self.text
        return f"{self.start} <= {self.column} < {self.end}" if one is None else f"{self.column} = {one!r}"

    def in_table(self, table: TableSchema) -> Result[Limits, Invalid]:
        """The bounds in the type of the table's column; refused if the table has no such column."""
        kind = table.type_of(self.column)
        if kind is not None:
            return self.in_type(kind)
        known = ", ".join(column.name for column in table.columns)
        return Failure(Invalid("window.column", self.column, f"one of the table's columns: {known}"))

    def in_type(self, kind: ColumnType) -> Result[Limits, Invalid]:
        """The bounds in the type of the column; values of the column lie in these limits exactly if they lie in the window."""
        if not (is_comparable(self.start, kind) and is_comparable(self.end, kind)):
            wanted = f"bounds that can be compared with {self.column}, which is of type {kind}"
            return Failure(Invalid("window", str(self), wanted))
        return Success(Limits(lowest_from(self.start, kind), lowest_from(self.end, kind)))

    def ends_by(self, position: object, kind: ColumnType) -> bool:
        """Whether it is known that all rows of the window are before the *position* of a cursor in a column of this type."""
        found, reached = (
            self.in_type(kind),
            plain(Decimal(position) if isinstance(position, float) else position),
        )
        if isinstance(found, Failure) or reached is None or not is_comparable(reached, kind):
            return False
        end, value = found.unwrap().end, lowest_from(reached, kind)
        return end is not None and value is not None and bool(end <= value)  # type: ignore[operator]  # of one type


def _refusal(column: object, start: object, end: object) -> Invalid | None:
    if not isinstance(column, str) or not column.strip():
        return Invalid(
            "window.column", column if isinstance(column, str) else _type(column), "a column's name"
        )
    if not (_is_of_a_kind(start) and _is_of_a_kind(end)):
        return Invalid("window", f"{_type(start)} to {_type(end)}", _KINDS_WANTED)
    first, last = plain(start), plain(end)
    if first is None or last is None:
        return Invalid("window", f"{_type(start)} to {_type(end)}", _RANGE_WANTED)
    if kind_of(first) != kind_of(last):
        return Invalid("window", f"{_type(start)} to {_type(end)}", _KINDS_WANTED)
    if not _in_order(first, last):
        return Invalid("window", f"{start} to {end}", "a start that is before the end")
    return None


def _is_of_a_kind(bound: object) -> bool:
    return isinstance(bound, int | Decimal | date | str) and not isinstance(bound, bool)


def _in_order(first: Bound, last: Bound) -> bool:
    if isinstance(first, date) and isinstance(last, date):
        return moment_in_utc(first) < moment_in_utc(last)
    return first < last  # type: ignore[operator]  # they are of one kind


def _type(value: object) -> str:
    return type(value).__name__
