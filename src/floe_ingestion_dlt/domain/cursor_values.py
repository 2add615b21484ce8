"""Values of a cursor: how they are compared with a value of the settings, and what is a lag before them."""

from __future__ import annotations

import math
import re
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

from floe_ingestion_dlt.domain.exact_values import is_moment, text_fits_timestamp
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar
from floe_ingestion_dlt.domain.text_cursors import moment_in
from floe_ingestion_dlt.domain.window_bounds import (
    Bound,
    Value,
    is_comparable,
    lowest_from,
    moment_in_utc,
    parsed,
)

_DAY: Final = timedelta(days=1)
_LAST_MOMENT: Final = "9999-12-31T23:59:59.999999Z"
_LAST_NUMBER: Final = 10**40
_PARTS: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:([Tt ])(\d\d:\d\d)(?:(:\d\d)(?:(\.)(\d+))?)?(.*))?", re.ASCII | re.DOTALL
)


def limit_in(bound: Bound, kind: ColumnType) -> Value | None:
    """The lowest value of the type that is at least the *bound*; of floating-point numbers the nearest. None if all are below it."""
    match kind:
        case Scalar.FLOAT if isinstance(bound, int | Decimal):
            return _single(float(bound))
        case Scalar.DOUBLE if isinstance(bound, int | Decimal):
            return float(bound)
        case _:
            return lowest_from(bound, kind)


def is_comparable_in(bound: Bound, kind: ColumnType) -> bool:
    """Whether the bound can be compared with a column of this type, which is not one of texts."""
    return kind is not Scalar.STRING and is_comparable(bound, kind)


def is_at_least(value: object, bound: Bound) -> bool | None:  # noqa: PLR0911 - a table, with a row for each type
    """Whether a value of the cursor is the *bound* or after it; None if they cannot be compared.

    Texts that are times are compared as times, those without a zone in UTC. A date is compared by the bound's own calendar day.
    """
    match value:
        case bool():
            return None
        case float():
            return value >= float(bound) if isinstance(bound, int | Decimal) else None
        case int() | Decimal():
            is_number = isinstance(bound, int | Decimal) and not Decimal(value).is_nan()
            return value >= bound if is_number else None  # type: ignore[operator]  # they are numbers
        case datetime():
            limit = _moment(bound)
            return None if limit is None else moment_in_utc(value) >= limit
        case date():
            if not is_comparable(bound, Scalar.DATE):
                return None
            day = lowest_from(bound, Scalar.DATE)
            return isinstance(day, date) and value >= day
        case str():
            return _is_text_from(value, bound)
        case _:
            return None


def _is_text_from(text: str, bound: Bound) -> bool | None:
    if isinstance(bound, str) and not text_fits_timestamp(bound):
        return None if text_fits_timestamp(text) else text >= bound
    limit, moment = _moment(bound), _moment_in(text)
    return None if limit is None or moment is None else moment >= limit


def _moment(bound: Bound) -> datetime | None:
    if isinstance(bound, str):
        return _moment_in(bound)
    return moment_in_utc(bound) if isinstance(bound, date) else None


def _moment_in(text: str) -> datetime | None:
    try:
        return moment_in(text) if text_fits_timestamp(text) else _in_utc(parsed(text))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment_in_utc(moment)


def _single(number: float) -> float:
    """The number as a column of 32 bits has it."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return number


def before(value: object, amount: timedelta | Decimal) -> object | None:
    """What is the *amount* before the value, in the value's own type and form; None if the value has no such amounts.

    Days are subtracted from dates: a duration is rounded up to whole days there.
    """
    if isinstance(amount, Decimal):
        return _number_before(value, amount)
    match value:
        case datetime():
            return _moved(value, amount)
        case date():
            return _day_before(value, amount)
        case str():
            return _text_before(value, amount)
        case _:
            return None


def _number_before(value: object, amount: Decimal) -> object | None:
    match value:
        case bool():
            return None
        case int():
            return value - int(amount.to_integral_value(ROUND_CEILING))
        case float():
            return math.nextafter(value - float(amount), -math.inf)
        case Decimal():
            return value - amount
        case _:
            return None


def _moved(moment: datetime, amount: timedelta) -> datetime:
    """The moment on the clock of UTC, which has no changes, if it has a zone."""
    in_utc = moment if moment.tzinfo is None else moment.astimezone(UTC)
    try:
        return in_utc - amount
    except OverflowError:
        return datetime.min.replace(tzinfo=in_utc.tzinfo)


def _day_before(day: date, amount: timedelta) -> date:
    days = -(-amount // _DAY)
    return date.fromordinal(max(1, day.toordinal() - days))


def _text_before(text: str, amount: timedelta) -> str | None:
    """The earlier time in the form of the text: with its digits, its signs and its zone."""
    parts = _PARTS.fullmatch(text)
    if parts is None or not text_fits_timestamp(text):
        return None
    day, sign, minutes, seconds, _, fraction, zone = parts.groups()
    try:
        if sign is None:
            return _day_before(date.fromisoformat(day), amount).isoformat()
        at = time.fromisoformat(f"{minutes}{seconds or ''}")
        begin = datetime.combine(date.fromisoformat(day), at)
    except ValueError:
        return None
    microseconds = int((fraction or "").ljust(6, "0")[:6])
    found = _moved(begin + timedelta(microseconds=microseconds), amount)
    clock = f"{found:%H:%M}" + (f":{found:%S}" if seconds else "")
    digits = f".{found:%f}".ljust(len(fraction) + 1, "0")[: len(fraction) + 1] if fraction else ""
    return f"{found.date().isoformat()}{sign}{clock}{digits}{zone}"


def in_json(bound: Bound) -> object:
    """The bound as JSON has it: a date or time as a text."""
    match bound:
        case date():
            return bound.isoformat()
        case Decimal():
            return float(bound)
        case _:
            return bound


def beyond(value: object) -> object:
    """What is after every value of the same kind and form: of texts that are times, of dates, or of numbers."""
    if isinstance(value, str):
        return _LAST_MOMENT if is_moment(value) else date.max.isoformat()
    return _LAST_NUMBER
