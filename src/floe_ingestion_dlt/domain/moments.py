"""Values that are times, as exact moments: ISO texts, dates, and numbers of seconds or milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Numbers below are seconds, others milliseconds: both reach 2286-11-20, and milliseconds begin at 1970-04-26.
_SECONDS_END: Final = 10**10
_MILLISECONDS_END: Final = 10**13
_ISO: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8}|\d{4}-W\d\d-\d|\d{4}W\d{3})"
    r"(?:[Tt ](?P<time>\d\d(?::?\d\d)?|(?:\d\d:\d\d:\d\d|\d{6})(?:[.,](?P<fraction>\d+))?)"
    r"(?: ?(?P<zone>Z|z|[+-]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
# Days, and days with hours and minutes, that are written as one number.
_DAY_AS_NUMBER: Final = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d[0-5]\d|2[0-3][0-5]\d)?"
)
_TIMES_OF_DAY: Final[dict[int, str]] = {2: "%H", 4: "%H%M", 6: "%H%M%S"}


class Bound(Enum):
    """Which end of what is read a value is: a start may be earlier than its moment, and an end later."""

    START = "start"
    END = "end"


def moment_of(value: object, zone: tzinfo, bound: Bound) -> Fraction | None:
    """The seconds from 1970 to the moment, exactly; None if the value is no time.

    A text without a zone is in the *zone*; if its clock shows that time twice, or never, the start is the earlier moment and the
    end the later one.
    """
    match value:
        case bool():
            return None
        case datetime():
            return _of_datetime(value, zone, bound)
        case date():
            return _of_datetime(datetime.combine(value, time()), zone, bound)
        case int() | float() | Decimal():
            return _of_number(str(Decimal(repr(value)) if isinstance(value, float) else value))
        case str():
            return _of_text(value, zone, bound)
        case _:
            return None


def is_iso(value: object) -> bool:
    """Whether the value is a text that can be an ISO date or time."""
    return isinstance(value, str) and _ISO.fullmatch(value) is not None


def _of_text(text: str, zone: tzinfo, bound: Bound) -> Fraction | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return _of_number(text) if _NUMBER.fullmatch(text) else None
    fraction = found["fraction"] or ""
    clock = (found["time"] or "00").removesuffix(fraction).strip(".,").replace(":", "")
    try:
        day = date.fromisoformat(found["day"])
        of_day = datetime.strptime(clock, _TIMES_OF_DAY[len(clock)]).time()  # noqa: DTZ007 - it has no zone
        own = datetime.fromisoformat(f"2000-01-01T00{(found['zone'] or '').upper()}").tzinfo
    except ValueError:
        return None
    whole = _of_datetime(datetime.combine(day, of_day, own), zone, bound)
    return whole + Fraction(int(fraction or "0"), 10 ** len(fraction))


def _of_number(text: str) -> Fraction | None:
    """The moment of seconds or milliseconds; None for other numbers, also for a day that is written as a number."""
    try:
        number = Fraction(text)
    except ValueError:
        return None
    size = abs(number)
    if _DAY_AS_NUMBER.fullmatch(str(number)) or size >= _MILLISECONDS_END:
        return None
    return number if size < _SECONDS_END else number / 1000


def _of_datetime(at: datetime, zone: tzinfo, bound: Bound) -> Fraction:
    choose = min if bound is Bound.START else max
    if at.tzinfo is not None:
        return _since_epoch(at)
    return choose(_since_epoch(at.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))


def _since_epoch(at: datetime) -> Fraction:
    passed = at - _EPOCH
    return passed.days * 86_400 + passed.seconds + Fraction(passed.microseconds, 1_000_000)
