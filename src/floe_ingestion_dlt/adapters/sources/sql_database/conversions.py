"""Values of a database in the type that their column has to have: exact, or left as they are, so that the column refuses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.sources.json_texts import json_of

_NUMBERS: Final = {int, float, type(None)}
_TRUTHS: Final = {0: False, 1: True}


def converted(values: Sequence[object], kind: pa.DataType) -> Sequence[object]:
    """The values for a column of this *kind*, which `column_types` names, or which holds decimals of SQLite."""
    convert = _conversion_to(kind)
    return values if convert is None else [None if value is None else convert(value) for value in values]


def _conversion_to(kind: pa.DataType) -> Callable[[object], object] | None:
    if at.is_string(kind):
        return _text
    if at.is_decimal(kind):
        return exact
    if at.is_floating(kind):
        return _float
    if at.is_boolean(kind):
        return _truth
    return _whole if at.is_integer(kind) else None


def decimals_of(values: Sequence[object], kind: pa.DataType) -> Array | None:
    """Numbers of SQLite as a column of decimals, each of which is written the same way; None if a value is no number, or does not fit."""
    if not at.is_decimal(kind) or not set(map(type, values)) <= _NUMBERS:
        return None
    texts = pa.array([None if value is None else repr(value) for value in values], pa.string())
    try:
        return cast_exactly(texts, kind)
    except pa.ArrowInvalid:
        return None


def exact(value: object) -> object:
    """A number as the decimal that is written the same way: SQLite has no decimals, and keeps 3.99 as a float."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _text(value: object) -> object:
    match value:
        case str():
            return value
        case Decimal():
            return format(value, "f")
        case dt.date() | dt.time():
            return value.isoformat()
        case bool() | list() | tuple() | dict() | bytes() | bytearray() | memoryview():
            return json_of(value).strip('"')
        case _:
            return str(value)


def _float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _truth(value: object) -> object:
    return _TRUTHS.get(value, value) if isinstance(value, int) else value


def _whole(value: object) -> object:
    is_whole = isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()
    return int(value) if is_whole and isinstance(value, Decimal) else value
