"""Which values a column of another type holds exactly, and which type a new column gets from all its values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Final

from floe_ingestion_dlt.domain.exact_decimals import DLTS_DECIMAL, holds

_INT64: Final = range(-(2**63), 2**63)
_WHOLE: Final = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# A date with a time of day in ISO 8601, of at most six digits of a second.
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6}0*)?)? ?(Z|z|[+-]\d\d(:?\d\d)?)?", re.ASCII
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6}0*)?)?", re.ASCII)
_LONGEST_WHOLE: Final = 19
_DAY: Final = 86_400


class Kind(Enum):
    """What a value without a declared type is.

    Whole numbers are told apart by whether a double holds them, and texts by whether they are moments.
    """

    DOUBLE = "double"
    WHOLE = "whole"
    LARGE_WHOLE = "large whole"
    BOOLEAN = "boolean"
    JSON = "json"
    OTHER = "other"
    TEXT = "text"
    MOMENT = "moment"


class NewType(Enum):
    """The type of a new column."""

    DOUBLE = "double"
    LONG = "long"
    BOOLEAN = "boolean"
    JSON = "json"
    TEXT = "text"
    TIMESTAMP = "timestamp"


def kind_of(value: object) -> Kind:
    """The kind of a value; values of types that JSON lacks are OTHER."""
    match value:
        case bool():
            return Kind.BOOLEAN
        case int():
            return Kind.WHOLE if whole_fits_double(value) else Kind.LARGE_WHOLE
        case float():
            return Kind.DOUBLE
        case str():
            return Kind.MOMENT if is_moment(value) else Kind.TEXT
        case dict() | list():
            return Kind.JSON
        case _:
            return Kind.OTHER


def kinds_of(values: Sequence[object]) -> frozenset[Kind]:
    """The kinds of all values that are not null; texts are moments only if each of them is one."""
    found: set[Kind] = set()
    for kind in {*map(type, values)} - {NoneType}:
        of_kind: list[Any] = [value for value in values if type(value) is kind]
        if kind is str:
            found.add(Kind.MOMENT if all(map(is_moment, of_kind)) else Kind.TEXT)
        elif kind is int and not _are_small(of_kind):
            found |= {*map(kind_of, of_kind)}
        else:
            found.add(kind_of(of_kind[0]))
    return frozenset(found)


def _are_small(numbers: Sequence[Any]) -> bool:
    """Whether all are so small that a double holds each whole number between them."""
    return bool(-(2**53) <= min(numbers) and max(numbers) <= 2**53)


def type_of_new_column(kinds: Iterable[Kind]) -> NewType | None:
    """The type of a column from the kinds of all its values, whatever their order; None if it has values of other types.

    Values that the type does not hold go the way of the schema contract. Whole numbers and fractions are doubles if each of
    them is exact as a double.
    """
    found = set(kinds)
    if not found or Kind.OTHER in found:
        return None
    if Kind.JSON in found:
        return NewType.JSON
    if Kind.DOUBLE in found:
        return NewType.LONG if Kind.LARGE_WHOLE in found else NewType.DOUBLE
    if found & {Kind.WHOLE, Kind.LARGE_WHOLE}:
        return NewType.LONG
    if Kind.BOOLEAN in found:
        return NewType.BOOLEAN
    return NewType.TEXT if Kind.TEXT in found else NewType.TIMESTAMP


def whole_fits_double(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def double_fits_whole(value: float) -> bool:
    return math.isfinite(value) and value.is_integer() and int(value) in _INT64


def decimal_fits_double(value: Decimal) -> bool:
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return False
    return math.isfinite(number) and Decimal(repr(number)) == value


def decimal_fits_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value() and int(value) in _INT64


def text_fits_whole(text: str) -> bool:
    """Whether the text is a whole number as JSON writes it: without zeros before it, a plus, blanks or other digits."""
    return (
        len(text) <= _LONGEST_WHOLE + 1
        and _WHOLE.fullmatch(text) is not None
        and str(int(text)) == text
        and int(text) in _INT64
    )


def text_fits_double(text: str) -> bool:
    """Whether the text is the number's shortest form, so that nothing of it is lost."""
    if _NUMBER.fullmatch(text) is None:
        return False
    number = float(text)
    return repr(number) == text or (text_fits_whole(text) and whole_fits_double(int(text)))


def text_fits_decimal(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and holds(DLTS_DECIMAL, text)


def double_fits_decimal(value: float) -> bool:
    return holds(DLTS_DECIMAL, value)


def text_fits_boolean(text: str) -> bool:
    return text in {"true", "false"}


def is_moment(text: str) -> bool:
    """Whether the text is a date with a time of day, which a timestamp in microseconds holds."""
    return len(text) > len("2024-01-01") and _MOMENT.fullmatch(text) is not None


def text_fits_timestamp(text: str) -> bool:
    return is_moment(text) or _DATE.fullmatch(text) is not None


def text_fits_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None


def text_fits_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def is_json_of_several(text: str) -> bool:
    """Whether the text begins as an object or a list in JSON; other texts are values by themselves."""
    return text.lstrip()[:1] in {"{", "["}


def seconds_fit_date(value: float) -> bool:
    return value % _DAY == 0
