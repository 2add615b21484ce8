"""Which files of a table may have rows with given keys, by the bounds in their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

KeyValue: TypeAlias = int | str


@final
@dataclass(frozen=True, slots=True)
class Range:
    """Values from *low* to *high*, both included; None if that end is not known."""

    low: KeyValue | None
    high: KeyValue | None

    def overlaps(self, other: Range) -> bool:
        """Whether some value may be in both."""
        return _starts_before_end(self, other) and _starts_before_end(other, self)


def _starts_before_end(one: Range, other: Range) -> bool:
    """Whether *one* may start before *other* ends; true if the values' types differ, because then it is not known."""
    match one.low, other.high:
        case (int() as low, int() as high):
            return low <= high
        case (str() as first, str() as last):
            return first <= last
        case _:
            return True


def may_hold(bounds: Sequence[Range], keys: Sequence[Sequence[Range]]) -> bool:
    """Whether a file with these *bounds*, one for each column of the key, may have a row with one of the *keys*.

    For each column, *keys* has ranges that contain all of the column's values.
    """
    return all(
        any(within.overlaps(values) for values in column) for within, column in zip(bounds, keys, strict=True)
    )
