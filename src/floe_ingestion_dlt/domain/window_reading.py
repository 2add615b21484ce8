"""Which rows of a window's source may be left out when it is read.

A value may change on its way into the table: a number is rounded, a text becomes a moment, a moment gets another zone. The limits
here are further apart than the window, so that no row of it is left out. The types of the table decide which rows are in it.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, TypeGuard

from floe_ingestion_dlt.domain import schema
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar
from floe_ingestion_dlt.domain.window_bounds import Bound, moment_in_utc, parsed
from floe_ingestion_dlt.domain.windows import Limits, Window

_LONG: Final = 2**63
# A float has 24 bits.
_FLOAT: Final = 2**22
# A clock is turned back by at most this.
_CLOCK_CHANGE: Final = timedelta(hours=2)
# Dates in two zones differ by at most one day, and a moment is rounded to at most a day.
_DAYS: Final = 2


def read_limits(window: Window, kind: ColumnType) -> Limits | None:
    """Limits in which every row of the window is, in the type that its column has where it is read; None if it may be any row."""
    return _limits(window.start, window.end, kind)


def around(bound: Bound, kind: ColumnType) -> Limits | None:
    """Limits around the bound in the type of its column: rows before them are before the bound, and rows beyond them after it."""
    has_times = kind in {Scalar.DATE, Scalar.TIMESTAMP, Scalar.TIMESTAMPTZ}
    near = (parsed(bound) or bound) if has_times and isinstance(bound, str) else bound
    return _limits(near, near, kind)


def _limits(first: Bound, last: Bound, kind: ColumnType) -> Limits | None:
    match first, last, kind:
        case (int() | Decimal() as start, int() | Decimal() as end, Scalar.INT | Scalar.LONG):
            low, high = _numbers(start, end)
            return Limits(min(max(low, -_LONG), _LONG - 1), high if high < _LONG else None)
        case (int() | Decimal() as start, int() | Decimal() as end, schema.Decimal()):
            return Limits(*_numbers(start, end))
        case (date() as start, date() as end, Scalar.DATE):
            return Limits(min(_days(start)), max(_days(end)))
        case (date() as start, date() as end, Scalar.TIMESTAMP | Scalar.TIMESTAMPTZ):
            zone = UTC if kind is Scalar.TIMESTAMPTZ else None
            first, last = _moments(start, end)
            return Limits(first.replace(tzinfo=zone), last.replace(tzinfo=zone))
        case _:
            return None


def may_hold(window: Window, value: object) -> bool:
    """Whether a value without a type may lie in the window: true unless it is null or surely outside."""
    match window.start, window.end:
        case (int() | Decimal() as start, int() | Decimal() as end):
            low, high = _numbers(start, end)
            return low <= value < high if _is_number(value) else value is not None
        case (date() as start, date() as end):
            moment = parsed(value) if isinstance(value, str) else value
            if not isinstance(moment, date):
                return value is not None
            return start.toordinal() - _DAYS <= moment.toordinal() <= end.toordinal() + _DAYS
        case _:
            return value is not None


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether the value can be compared with numbers."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(start: int | Decimal, end: int | Decimal) -> tuple[int, int]:
    first, last = math.floor(start), math.ceil(end)
    margin = 1 + max(abs(first), abs(last)) // _FLOAT
    return first - margin, last + margin


def _days(bound: date) -> list[date]:
    """The days of a bound by its own calendar and in UTC, and if it is not midnight there, the days after."""
    own = bound if isinstance(bound, datetime) else datetime.combine(bound, time())
    found = (own, moment_in_utc(bound))
    days = [moment.date() for moment in found]
    return days + [_moved(m, timedelta(days=1)).date() for m in found if m.time() != time()]


def _moments(start: date, end: date) -> tuple[datetime, datetime]:
    """Whole seconds, because a column may have no fractions."""
    first, last = (moment_in_utc(bound).replace(microsecond=0) for bound in (start, end))
    return _moved(first, -_CLOCK_CHANGE), _moved(last, _CLOCK_CHANGE + timedelta(seconds=1))


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        day, at = (date.max, time.max) if by > timedelta() else (date.min, time.min)
        return datetime.combine(day, at, moment.tzinfo)
