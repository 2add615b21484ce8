"""Values of files without types in the types of a table's columns: exact, or not at all.

They are values of JSON, and the dates and times of workbooks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Context, InvalidOperation
from decimal import Decimal as Number
from typing import Final, final

from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, ListOf, MapOf, Scalar, StructOf
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT

_RANGES: Final = {Scalar.INT: range(-(2**31), 2**31), Scalar.LONG: range(-(2**63), 2**63)}
_EXACT: Final = {Scalar.FLOAT: 2**24, Scalar.DOUBLE: LARGEST_EXACT}

_INFINITE: Final = (float("inf"), float("-inf"))
_CONTEXT: Final = Context(prec=100)

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,6})0*)?"
_TIME: Final = re.compile(_CLOCK)
_TIMESTAMP: Final = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ]{_CLOCK}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@final
class _Misfit:
    """Stands for a value that a type cannot hold, as None stands for null."""


MISFIT: Final = _Misfit()


def fitted(value: object, kind: ColumnType) -> object:
    """The JSON *value* as one that Arrow takes for a column of this *kind*; MISFIT if the column cannot hold it exactly."""
    match kind:
        case Scalar():
            return _SCALARS[kind](value)
        case Decimal():
            return _decimal(value, kind)
        case ListOf(element) if isinstance(value, list):
            return _all([_or_null(item, element) for item in value])
        case MapOf(key, item) if isinstance(value, dict):
            keys, items = [fitted(k, key) for k in value], [_or_null(v, item) for v in value.values()]
            return MISFIT if MISFIT in (_all(keys), _all(items)) else list(zip(keys, items, strict=True))
        case StructOf(fields) if isinstance(value, dict):
            kinds = {field.name: field.type for field in fields}
            found = [_or_null(v, kinds[k]) if k in kinds else MISFIT for k, v in value.items()]
            return MISFIT if _all(found) is MISFIT else dict(zip(value, found, strict=True))
        case _:
            return MISFIT


def _or_null(value: object, kind: ColumnType) -> object:
    return None if value is None else fitted(value, kind)


def _all(found: list[object]) -> object:
    return MISFIT if any(each is MISFIT for each in found) else found


def _boolean(value: object) -> object:
    return value if isinstance(value, bool) else MISFIT


def _whole(kind: Scalar) -> Callable[[object], object]:
    def whole(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float | Number):
            return MISFIT
        if not isinstance(value, int) and (value != value or value in _INFINITE or value % 1):  # noqa: PLR0124 - nan
            return MISFIT
        return int(value) if int(value) in _RANGES[kind] else MISFIT

    return whole


def _broken(kind: Scalar) -> Callable[[object], object]:
    def broken(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float | Number):
            return MISFIT
        if isinstance(value, int) and abs(value) > _EXACT[kind]:
            return MISFIT
        return float(value)

    return broken


def _decimal(value: object, kind: Decimal) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Number | str):
        return MISFIT
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return MISFIT
    try:
        number = Number(str(value))
        exact = number.quantize(Number(1).scaleb(-kind.scale), context=_CONTEXT)
    except InvalidOperation:  # nan, infinite, or too many digits
        return MISFIT
    fits = exact == number and len(exact.as_tuple().digits) <= kind.precision
    return exact if fits else MISFIT


def _text(value: object) -> object:
    return value if isinstance(value, str) else MISFIT


def _date(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time.min else MISFIT
    if isinstance(value, dt.date):
        return value
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        return MISFIT
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return MISFIT


def _time(value: object) -> object:
    if isinstance(value, dt.time):
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return MISFIT
    try:
        return dt.time.fromisoformat(f"{found[1]}{_fraction(found[2])}")
    except ValueError:
        return MISFIT


def _moment(value: object) -> object:
    """A time with or without a zone; a day is its first moment."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time.min)
    if not isinstance(value, str):
        return MISFIT
    found = _TIMESTAMP.fullmatch(value)
    try:
        if found is not None:
            day, clock, fraction, zone = found.groups()
            return dt.datetime.fromisoformat(f"{day}T{clock}{_fraction(fraction)}{zone or ''}")
        return dt.datetime.fromisoformat(value) if _DATE.fullmatch(value) else MISFIT
    except ValueError:
        return MISFIT


def _timestamp(value: object) -> object:
    moment = _moment(value)
    return MISFIT if isinstance(moment, dt.datetime) and moment.tzinfo is not None else moment


def _timestamptz(value: object) -> object:
    moment = _moment(value)
    if not isinstance(moment, dt.datetime):
        return MISFIT
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _fraction(digits: str | None) -> str:
    return f".{digits:0<6}" if digits else ""


def _uuid(value: object) -> object:
    is_uuid = isinstance(value, str) and _UUID.fullmatch(value)
    return bytes.fromhex(value.replace("-", "")) if is_uuid and isinstance(value, str) else MISFIT


def _never(_value: object) -> object:
    return MISFIT


_SCALARS: Final[Mapping[Scalar, Callable[[object], object]]] = {
    Scalar.BOOLEAN: _boolean,
    Scalar.INT: _whole(Scalar.INT),
    Scalar.LONG: _whole(Scalar.LONG),
    Scalar.FLOAT: _broken(Scalar.FLOAT),
    Scalar.DOUBLE: _broken(Scalar.DOUBLE),
    Scalar.DATE: _date,
    Scalar.TIME: _time,
    Scalar.TIMESTAMP: _timestamp,
    Scalar.TIMESTAMPTZ: _timestamptz,
    Scalar.STRING: _text,
    Scalar.BINARY: _never,
    Scalar.UUID: _uuid,
}
