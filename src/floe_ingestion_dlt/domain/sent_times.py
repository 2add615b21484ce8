"""The form in which an API is sent the value of a cursor: a start is never after the value's moment, and an end never before it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from fractions import Fraction
from typing import Final, final
from zoneinfo import ZoneInfo

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.moments import Bound, is_iso, moment_of
from floe_ingestion_dlt.domain.safe_texts import shown

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET: Final = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)
_ZONES: Final = 'UTC, a zone such as Europe/Berlin, or an offset such as "+02:00", in quotes'
_NANO: Final = 10**9
# Zones had offsets with seconds until about 1930, which ISO 8601 does not have.
_LONGEST: Final = len("2024-01-31T10:00:00+01:00")
TIMES: Final = "an ISO date or time, or a number of seconds or milliseconds since 1970"


class TimeForm(Enum):
    """How a time is written."""

    ISO = "iso"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    DATE = "date"


_PER_SECOND: Final[Mapping[TimeForm, int]] = {TimeForm.EPOCH_S: 1, TimeForm.EPOCH_MS: 1000}


@final
@dataclass(frozen=True, slots=True)
class SentTimes:
    """Times in this *form*, and in the *zone*; without one, in UTC, but ISO texts are sent as they came."""

    form: TimeForm
    zone: tzinfo | None = None

    @classmethod
    def parse(cls, form: object, zone: object, place: str) -> Result[SentTimes, Invalid]:
        """The form and zone that are set at this *place*."""
        known = [each.value for each in TimeForm]
        if form is None:
            return Failure(Invalid(f"{place}.format", "", f"one of {', '.join(known)}: timezone needs it"))
        if form not in known:
            return Failure(Invalid(f"{place}.format", shown(str(form)), f"one of {', '.join(known)}"))
        if zone is None:
            return Success(cls(TimeForm(form)))
        found = _zone_of(zone)
        if found is None:
            return Failure(Invalid(f"{place}.timezone", shown(str(zone)), _ZONES))
        return Success(cls(TimeForm(form), found))

    def sent(self, value: object, bound: Bound) -> str | int | None:
        """The value as it is sent; None if it is no time, or if the form has no such time.

        What the form does not hold is rounded down for a start, and up for an end.
        """
        zone = self.zone or UTC
        try:
            moment = moment_of(value, zone, bound)
            if moment is None:
                return None
            if self.form is TimeForm.DATE:
                return _day(moment, zone, bound)
            if self.form is TimeForm.ISO:
                return str(value) if self.zone is None and is_iso(value) else _iso(moment, zone, bound)
        except (OverflowError, ValueError):  # the clock of the zone shows no such year
            return None
        return _rounded(moment * _PER_SECOND[self.form], bound)


def _zone_of(given: object) -> tzinfo | None:
    if not isinstance(given, str):
        return None
    if given in {"UTC", "Z"}:
        return UTC
    if (offset := _OFFSET.fullmatch(given)) is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(given)
    except (LookupError, ValueError, OSError):
        return None


def _rounded(number: Fraction, bound: Bound) -> int:
    return math.floor(number) if bound is Bound.START else math.ceil(number)


def _at(seconds: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)


def _iso(moment: Fraction, zone: tzinfo, bound: Bound) -> str:
    seconds, nanoseconds = divmod(_rounded(moment * _NANO, bound), _NANO)
    text = _at(seconds, zone).isoformat()
    if len(text) > _LONGEST:
        return _iso(moment, UTC, bound)
    begin, offset = text[:19], text[19:]
    digits = f"{nanoseconds:09}"
    fraction = next(digits[:size] for size in (0, 3, 6, 9) if not digits[size:].strip("0"))
    return begin + (f".{fraction}" if fraction else "") + ("Z" if zone is UTC else offset)


def _day(moment: Fraction, zone: tzinfo, bound: Bound) -> str:
    """The day of the moment; for an end the next one, unless the moment is the first one of its day."""
    day = _at(math.floor(moment), zone).date()
    first = moment_of(datetime.combine(day, time()), zone, Bound.START)
    if bound is Bound.END and first is not None and moment > first:
        day += timedelta(days=1)
    return day.isoformat()
