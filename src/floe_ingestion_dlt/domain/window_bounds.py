"""Bounds of windows: what a bound may be, and how it is compared with values of each type of column."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_CEILING, Context, Decimal
from typing import Final, TypeAlias

from floe_ingestion_dlt.domain import schema
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar

Bound: TypeAlias = int | Decimal | date | datetime | str
# A value of a column; a column of doubles has floats.
Value: TypeAlias = Bound | float

_MOST: Final = Decimal(10) ** 38
_LONGS: Final[dict[ColumnType, int]] = {Scalar.INT: 2**31, Scalar.LONG: 2**63}
# Exact for every bound and every scale that a column may have.
_EXACT: Final = Context(prec=100, rounding=ROUND_CEILING)


def plain(bound: object) -> Bound | None:
    """The bound in its base type, a moment with its offset from UTC; None if it cannot be a bound."""
    try:
        found = _in_base_type(bound)
    except (ValueError, OverflowError, TypeError):  # such as pandas' NaT
        return None
    return found if found is not None and _is_in_range(found) else None


def _in_base_type(bound: object) -> Bound | None:  # noqa: PLR0911 - one line for each type
    match bound:
        case bool():
            return None
        case int():
            return int(bound)
        case Decimal():
            return Decimal(bound)
        case datetime():
            return _with_offset(bound)
        case date():
            return date(bound.year, bound.month, bound.day)
        case str():
            return str.__str__(bound)
        case _:
            return None


def _with_offset(moment: datetime) -> datetime:
    offset = moment.utcoffset()
    zone = None if offset is None else timezone(offset)
    return datetime.combine(
        date(moment.year, moment.month, moment.day),
        time(moment.hour, moment.minute, moment.second, moment.microsecond),
        zone,
    )


def _is_in_range(bound: Bound) -> bool:
    match bound:
        case int() | Decimal():
            return Decimal(bound).is_finite() and Decimal(bound).copy_abs() < _MOST
        case datetime():
            return _in_utc(bound) is not None
        case date():
            return True
        case _:
            return not any("\ud800" <= letter <= "\udfff" for letter in bound)


def kind_of(bound: Bound) -> str:
    """The name of the bound's kind: both bounds of a window must have the same one."""
    has_zone = isinstance(bound, datetime) and bound.tzinfo is not None
    return f"{type(bound).__name__} with a zone" if has_zone else type(bound).__name__


def is_comparable(bound: Bound, kind: ColumnType) -> bool:
    """Whether the bound can be compared with values of a column of this type."""
    match kind:
        case Scalar.INT | Scalar.LONG | Scalar.FLOAT | Scalar.DOUBLE | schema.Decimal():
            return isinstance(bound, int | Decimal)
        case Scalar.DATE | Scalar.TIMESTAMP | Scalar.TIMESTAMPTZ:
            return _moment(bound) is not None
        case Scalar.STRING:
            return isinstance(bound, str)
        case _:
            return False


def lowest_from(bound: Bound, kind: ColumnType) -> Value | None:
    """The lowest value of the type that is not below a bound that is comparable with it; None if all are below it.

    A date is compared by the bound's own calendar day. A moment without a zone is in UTC.
    """
    match bound, kind, _moment(bound):
        case (int() | Decimal(), Scalar.INT | Scalar.LONG, _):
            return _whole(math.ceil(bound), _LONGS[kind])
        case (int() | Decimal(), schema.Decimal(), _):
            return _decimal(bound, kind)
        case (int() | Decimal(), _, _):
            nearest = float(bound)
            return nearest if Decimal(nearest) >= bound else math.nextafter(nearest, math.inf)
        case (_, Scalar.DATE, datetime() as moment):
            return _day_from(moment.replace(tzinfo=None))
        case (_, Scalar.TIMESTAMP | Scalar.TIMESTAMPTZ, datetime() as moment):
            in_utc = _in_utc(moment)
            return in_utc if kind is Scalar.TIMESTAMPTZ or in_utc is None else in_utc.replace(tzinfo=None)
        case _:
            return bound


def _whole(bound: int, end: int) -> int | None:
    return max(bound, -end) if bound < end else None


def _decimal(bound: int | Decimal, kind: schema.Decimal) -> Decimal | None:
    found = Decimal(bound).quantize(Decimal(1).scaleb(-kind.scale), context=_EXACT)
    step = Decimal(1).scaleb(-kind.scale)
    end = Decimal(1).scaleb(kind.precision - kind.scale)
    return max(found, _EXACT.subtract(step, end)) if found < end else None


def _day_from(moment: datetime) -> date | None:
    if moment.time() == time():
        return moment.date()
    return None if moment.date() == date.max else moment.date() + timedelta(days=1)


def _moment(bound: Bound) -> datetime | None:
    """The moment of a bound, midnight for a date; None if the bound is none, or is not in the years from 1 to 9999 in UTC."""
    match bound:
        case datetime():
            return bound
        case date():
            return datetime.combine(bound, time())
        case str():
            return parsed(bound)
        case _:
            return None


def parsed(text: str) -> datetime | None:
    """The moment of an ISO text; None if it is none, or is not in the years from 1 to 9999 in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if _in_utc(found) is not None else None


def _in_utc(moment: datetime) -> datetime | None:
    """The moment in UTC, in which one without a zone is; None if UTC has no such year."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def moment_in_utc(bound: date) -> datetime:
    """The moment of a date or moment in UTC; a date is its midnight there."""
    moment = bound if isinstance(bound, datetime) else datetime.combine(bound, time())
    return _in_utc(moment) or moment.replace(tzinfo=UTC)
