"""Moving a cursor back: which values can take the place of its last value."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.cursors import shown
from floe_ingestion_dlt.domain.exact_values import is_moment
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.text_cursors import moment_in
from floe_ingestion_dlt.domain.window_bounds import plain

# What errors call the parameter `to`.
TARGET: Final = "the reset's target"

_DIGIT: Final = re.compile("[0-9]", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]\d\d(?::?\d\d)?\Z", re.ASCII)


def moved_back(column: str, last: object, wanted: object) -> Result[object, Invalid]:
    """The *wanted* value in the type of the *last* one of the cursor on the *column*.

    It is refused if it is of another type, or after the last one: rows between them would never be read.
    """
    try:
        value, is_after = _compared(last, wanted if isinstance(wanted, float) else plain(wanted))
    except (ValueError, OverflowError):
        value, is_after = None, False
    if value is None:
        return Failure(
            Invalid(TARGET, shown(wanted), f"ToCursor({_kind(last)}), as the values of {column} are")
        )
    if is_after:
        told = f"ToCursor(value) with a value that is not after the last one of {column}, which state() shows"
        return Failure(Invalid(TARGET, shown(wanted), told))
    return Success(value)


def _compared(last: object, wanted: object) -> tuple[object, bool]:  # noqa: PLR0911 - a table, with a row for each type
    """The wanted value in the type of the last one, and whether it is after it; None if it is of another type."""
    match last, wanted:
        case (bool(), _):
            return None, False
        case (int(), int()):
            return int(wanted), wanted > last
        case (float(), int() | float() | Decimal()) if math.isfinite(wanted):
            return float(wanted), float(wanted) > last
        case (Decimal(), int() | Decimal()) if Decimal(wanted).is_finite():
            return Decimal(wanted), Decimal(wanted) > last
        case (datetime(), datetime()) if _has_zone(last) is _has_zone(wanted):
            moment = wanted.astimezone(UTC) if _has_zone(wanted) else wanted
            return moment, moment > last
        case (datetime(), _) | (_, datetime()):
            return None, False
        case (date(), date()):
            return wanted, wanted > last
        case (str(), str()) if are_in_order(last, wanted):
            times = is_moment(last)
            return wanted, moment_in(wanted) > moment_in(last) if times else wanted > last
        case _:
            return None, False


def are_in_order(one: str, other: str) -> bool:
    """Whether two texts are in the same order by characters, by the times in them, and in every collation.

    So they are if they differ in digits only, or first in two letters of one case, without any digit.
    """
    if _form(one) == _form(other):
        return True
    if _DIGIT.search(one) or _DIGIT.search(other):
        return False
    first = next(((a, b) for a, b in zip(one, other, strict=False) if a != b), None)
    return first is None or (
        all(letter.isascii() and letter.isalpha() for letter in first)
        and first[0].isupper() is first[1].isupper()
    )


def _form(text: str) -> tuple[str, str]:
    """The text with 0 for each digit, and its offset from UTC if it is a time."""
    offset = _OFFSET.search(text) if is_moment(text) else None
    return _DIGIT.sub("0", text), offset[0] if offset else ""


def _has_zone(moment: datetime) -> bool:
    return moment.utcoffset() is not None


def _kind(last: object) -> str:
    match last:
        case str():
            return "a text of the same form as the last one"
        case datetime():
            return f"a datetime {'with' if _has_zone(last) else 'without'} a zone"
        case date():
            return "a date"
        case float() | Decimal():
            return "a number"
        case int():
            return "a whole number"
        case _:
            return f"a value of type {type(last).__name__}"
