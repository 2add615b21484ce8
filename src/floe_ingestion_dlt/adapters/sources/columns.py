"""Arrow columns from Python values: exact, or refused with the place of the first value that does not fit."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.exact_casts import array_of, cast_exactly
from floe_ingestion_dlt.adapters.sources.decimals import decimal_parameters
from floe_ingestion_dlt.adapters.sources.json_texts import json_of

Column: TypeAlias = "pa.Array[pa.Scalar[pa.DataType]]"

# The type of decimals without a known scale: wide enough for money, and the same in every load.
DECIMAL: Final = pa.decimal128(38, 9)
TIMESTAMP: Final = pa.timestamp("us")
TIMESTAMPTZ: Final = pa.timestamp("us", tz="UTC")
# UnicodeEncodeError is for a single surrogate, which JSON can escape and which is no text.
NOT_FITTING: Final = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError)
MIDNIGHT: Final = dt.datetime(1, 1, 1, tzinfo=dt.UTC)

NAMED_TYPES: Final[Mapping[str, pa.DataType]] = {
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date32": pa.date32(),
    "time64[us]": pa.time64("us"),
    "timestamp[us]": TIMESTAMP,
    "timestamp[us, tz=UTC]": TIMESTAMPTZ,
}


def named_type(name: str) -> pa.DataType:
    """The type with this name in `column_types`."""
    parameters = decimal_parameters(name)
    return pa.decimal128(*parameters) if parameters else NAMED_TYPES[name]


def type_name(kind: pa.DataType) -> str:
    """The name by which `named_type` finds the type."""
    return next((name for name, named in NAMED_TYPES.items() if named == kind), str(kind))


class Kind(Enum):
    """The kinds of Python values that a column can or cannot hold."""

    BOOL = "booleans"
    INT = "integers"
    FLOAT = "floats"
    DECIMAL = "decimals"
    TEXT = "texts"
    BINARY = "binaries"
    DATE = "dates"
    TIME = "times"
    ZONED_TIME = "times with a time zone"
    SPAN = "spans of time"
    NAIVE = "timestamps without a time zone"
    AWARE = "timestamps with a time zone"
    UUID = "UUIDs"
    ADDRESS = "addresses of a network"
    NESTED = "objects or lists"
    OTHER = "values of a type that a table cannot hold"


# A subclass stands before its base: bool is an int, datetime is a date.
_KINDS: Final[tuple[tuple[type | tuple[type, ...], Kind], ...]] = (
    (bool, Kind.BOOL),
    (int, Kind.INT),
    (float, Kind.FLOAT),
    (Decimal, Kind.DECIMAL),
    (str, Kind.TEXT),
    ((bytes, bytearray, memoryview), Kind.BINARY),
    (dt.datetime, Kind.NAIVE),
    (dt.date, Kind.DATE),
    (dt.time, Kind.TIME),
    (dt.timedelta, Kind.SPAN),
    (uuid.UUID, Kind.UUID),
    ((dict, list, tuple), Kind.NESTED),
    (
        (
            ipaddress.IPv4Address,  # IPv4Interface is one, too
            ipaddress.IPv6Address,
            ipaddress.IPv4Network,
            ipaddress.IPv6Network,
        ),
        Kind.ADDRESS,
    ),
)
_WITH_ZONE: Final = {Kind.NAIVE: Kind.AWARE, Kind.TIME: Kind.ZONED_TIME}
_TYPE_OF: Final[Mapping[frozenset[Kind], pa.DataType]] = {
    frozenset({Kind.BOOL}): pa.bool_(),
    frozenset({Kind.INT}): pa.int64(),
    frozenset({Kind.FLOAT}): pa.float64(),
    frozenset({Kind.INT, Kind.FLOAT}): pa.float64(),
    frozenset({Kind.DECIMAL}): DECIMAL,
    frozenset({Kind.INT, Kind.DECIMAL}): DECIMAL,
    frozenset({Kind.TEXT}): pa.string(),
    frozenset({Kind.UUID}): pa.string(),
    frozenset({Kind.ADDRESS}): pa.string(),
    frozenset({Kind.NESTED}): pa.string(),
    frozenset({Kind.BINARY}): pa.binary(),
    frozenset({Kind.DATE}): pa.date32(),
    frozenset({Kind.TIME}): pa.time64("us"),
    frozenset({Kind.NAIVE}): TIMESTAMP,
    frozenset({Kind.AWARE}): TIMESTAMPTZ,
}
_ACCEPTED: Final[tuple[tuple[Callable[[pa.DataType], bool], frozenset[Kind]], ...]] = (
    (pa.types.is_boolean, frozenset({Kind.BOOL})),
    (pa.types.is_integer, frozenset({Kind.INT})),
    (pa.types.is_floating, frozenset({Kind.INT, Kind.FLOAT})),
    (pa.types.is_decimal, frozenset({Kind.INT, Kind.DECIMAL})),
    (pa.types.is_string, frozenset({Kind.TEXT, Kind.UUID, Kind.ADDRESS, Kind.NESTED})),
    (pa.types.is_binary, frozenset({Kind.BINARY})),
    (pa.types.is_date, frozenset({Kind.DATE})),
    (pa.types.is_time, frozenset({Kind.TIME, Kind.SPAN})),
)


@final
@dataclass(frozen=True, slots=True)
class Misfit:
    """Why values do not fit into one column, and the position of the first of them, counted from 0."""

    reason: str
    position: int | None = None


def column_of(
    values: Sequence[object], known: pa.DataType | None, *, from_text: bool = False
) -> Result[Column | None, Misfit]:
    """The values as a column of the *known* type, else of the type they share; None if all of them are null.

    With *from_text*, a text is read as a value of another type, and any value can become its JSON text.
    """
    kinds = kinds_of(values)
    if not kinds:
        return Success(None)
    if known is None:
        shared = _TYPE_OF.get(frozenset(kinds))
        return _filled(values, shared, kinds) if shared is not None else Failure(_mixture(values, kinds))
    if kinds <= _accepted(known):
        return _filled(values, known, kinds)
    if from_text and pa.types.is_string(known):
        return _filled(
            [v if v is None or isinstance(v, str) else json_of(v) for v in values], known, {Kind.TEXT}
        )
    if from_text and kinds == {Kind.TEXT}:
        return _parsed(values, known)
    position = next(i for i, v in enumerate(values) if v is not None and kind_of(v) not in _accepted(known))
    return Failure(Misfit(f"it is {known} but has {kind_of(values[position]).value}", position))


def fitting(values: Sequence[object], expected: pa.DataType | None) -> pa.DataType | None:
    """The *expected* type if all values fit into it, else None: the type is then that of the values."""
    kinds = kinds_of(values)
    return expected if expected is not None and kinds and kinds <= _accepted(expected) else None


def kinds_of(values: Iterable[object]) -> set[Kind]:
    """The kinds of the values that are not null."""
    kinds: set[Kind] = set()
    for value_type in set(map(type, values)) - {type(None)}:
        kind = _kind_of_type(value_type)
        if kind in _WITH_ZONE:
            zones = {getattr(value, "tzinfo", None) for value in values if type(value) is value_type}
            kinds |= {kind if zone is None else _WITH_ZONE[kind] for zone in zones}
        else:
            kinds.add(kind)
    return kinds


def kind_of(value: object) -> Kind:
    kind = _kind_of_type(type(value))
    has_zone = kind in _WITH_ZONE and getattr(value, "tzinfo", None) is not None
    return _WITH_ZONE[kind] if has_zone else kind


def _kind_of_type(value_type: type) -> Kind:
    return next((kind for types, kind in _KINDS if issubclass(value_type, types)), Kind.OTHER)


def _accepted(known: pa.DataType) -> frozenset[Kind]:
    if pa.types.is_timestamp(known):
        # a value without a time zone is UTC in a type that has one
        return frozenset({Kind.NAIVE, Kind.AWARE}) if known.tz else frozenset({Kind.NAIVE})
    return next((kinds for fits, kinds in _ACCEPTED if fits(known)), frozenset())


def _filled(values: Sequence[object], known: pa.DataType, kinds: set[Kind]) -> Result[Column | None, Misfit]:
    if Kind.NESTED in kinds:
        values = [v if v is None or isinstance(v, str) else json_of(v) for v in values]
    elif kinds & {Kind.UUID, Kind.ADDRESS}:
        values = [None if v is None else str(v) for v in values]
    elif Kind.SPAN in kinds:
        values = [_time_of_day(v) if isinstance(v, dt.timedelta) else v for v in values]
    try:
        return Success(array_of(values, known))
    except NOT_FITTING as error:
        return Failure(
            Misfit(
                f"a value does not fit into {known} ({type(error).__name__})", _first_misfit(values, known)
            )
        )


def _time_of_day(span: dt.timedelta) -> dt.time | dt.timedelta:
    """The time so long after midnight; the span itself, which no column accepts, if that is another day."""
    is_of_day = dt.timedelta(0) <= span < dt.timedelta(days=1)
    return (MIDNIGHT + span).time() if is_of_day else span


def _parsed(values: Sequence[object], known: pa.DataType) -> Result[Column | None, Misfit]:
    try:
        return Success(cast_exactly(pa.array(values, pa.string()), known))
    except NOT_FITTING:
        bad = next((i for i, v in enumerate(values) if not _casts(v, known)), None)
        return Failure(Misfit(f"a text cannot be read as {known}", bad))


def _casts(value: object, known: pa.DataType) -> bool:
    try:
        cast_exactly(pa.array([value], pa.string()), known)
    except NOT_FITTING:
        return False
    return True


def _first_misfit(values: Sequence[object], known: pa.DataType) -> int | None:
    for position, value in enumerate(values):
        try:
            array_of([value], known)
        except NOT_FITTING:
            return position
    return None


def _mixture(values: Sequence[object], kinds: set[Kind]) -> Misfit:
    first = kind_of(next(value for value in values if value is not None))
    position = next((i for i, v in enumerate(values) if v is not None and kind_of(v) is not first), None)
    return Misfit(f"it has {' and '.join(sorted(kind.value for kind in kinds))}", position)
