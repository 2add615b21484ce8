"""Columns of JSON values: each value in the type of its column, or in a column of its own beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal as Number
from itertools import count
from math import isinf
from types import NoneType
from typing import Any, Final, TypeAlias, final

import pyarrow as pa
import pyarrow.compute as pc
import simplejson
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.exact_casts import array_of
from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.sources.columns import Column, Misfit
from floe_ingestion_dlt.adapters.sources.json_values import MISFIT, fitted
from floe_ingestion_dlt.domain.held_parts import parts_of
from floe_ingestion_dlt.domain.nested_types import known_parts, nested_type, new_nested_type, wider_column
from floe_ingestion_dlt.domain.schema import Column as NamedType
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar, variant_name
from floe_ingestion_dlt.domain.wider_types import MOST_DIGITS, new_type

Values: TypeAlias = Sequence[object]


@final
@dataclass(frozen=True, slots=True)
class Nesting:
    """How objects and lists become values of columns: *has_structs* says whether as structs and lists, else as JSON texts.

    With *has_parts*, only those fields of an object stand beside a column that it cannot hold.
    """

    has_structs: bool = False
    has_parts: bool = False


JSON_TEXTS: Final = Nesting()

_LONGS: Final = range(-(2**63), 2**63)
_TIMES: Final[Mapping[type, Scalar]] = {
    dt.datetime: Scalar.TIMESTAMP,
    dt.date: Scalar.DATE,
    dt.time: Scalar.TIME,
}
# The type of values that are all of these Python types.
_PLAIN: Final[Mapping[frozenset[type], Scalar]] = {
    frozenset({bool}): Scalar.BOOLEAN,
    frozenset({int}): Scalar.LONG,
    frozenset({float}): Scalar.DOUBLE,
    frozenset({str}): Scalar.STRING,
}


@final
@dataclass(frozen=True, slots=True)
class _Sorted:
    """The values that fit into a column, with nulls in place of the others, and these by their types."""

    fitting: list[object]
    others: dict[ColumnType, list[object]]


@final
@dataclass(frozen=True, slots=True)
class _Sorting:
    """Tells values that fit into a column of this *kind* from others."""

    kind: ColumnType
    own_type: Callable[[object], ColumnType | None]
    fit: Callable[[object, ColumnType], object]
    has_parts: bool

    def of(self, values: Values) -> _Sorted:
        found = _Sorted([None] * len(values), {})
        for place, value in enumerate(values):
            if value is None:
                continue
            found.fitting[place], rest = self._fitted(value)
            # an object or a list without a value has no type
            own = None if rest is None else self.own_type(rest)
            if own is not None:
                column = found.others.setdefault(own, [None] * len(values))
                column[place] = as_text(rest) if own is Scalar.STRING else self.fit(rest, own)
        return found

    def _fitted(self, value: object) -> tuple[object, object]:
        """The value as the column holds it, and what it does not hold."""
        if self.kind is Scalar.STRING:
            return as_text(value), None
        if (fits := self.fit(value, self.kind)) is not MISFIT:
            return fits, None
        parts = parts_of(value, self.kind, self._is_held) if self.has_parts else None
        return (None, value) if parts is None else (self.fit(parts.held, self.kind), parts.rest)

    def _is_held(self, value: object, kind: ColumnType) -> bool:
        return self.fit(value, kind) is not MISFIT


def columns_of(
    name: str,
    values: Values,
    wanted: ColumnType | None,
    names: Collection[str] = (),
    nesting: Nesting = JSON_TEXTS,
) -> Result[dict[str, Column], Misfit]:
    """The column *name* of the *wanted* type, and columns such as `name__v_text` for values that it cannot hold.

    Without a wanted type, it is that which holds the most kinds of the values. No column is there for nulls alone, and none
    has one of the other *names*. A column of structs gets fields that are new. A failure is a value that no column can hold.
    """
    sent = frozenset(map(type, values)) - {NoneType}
    if not sent:
        return Success({})
    plain = _PLAIN.get(sent)
    try:
        if plain is not None and (wanted is None or wanted is plain):
            return checked({name: array_of(values, to_arrow(plain))}, values)
    except OverflowError:  # a whole number of more than 64 bits
        pass
    except UnicodeEncodeError:
        return Failure(_no_text(values))
    own_type = _nested if nesting.has_structs else natural_type
    kinds = {kind for value in values if value is not None and (kind := own_type(value)) is not None}
    if wanted is None and not kinds:
        return Success({})  # objects and lists without a value
    kind = wanted or (new_nested_type if nesting.has_structs else new_type)(kinds)
    if nesting.has_structs and not isinstance(kind, Scalar | Decimal):
        kind = wider_column(kind, kinds)
    fit = _fitted_parts if nesting.has_structs else fitted
    sort = _Sorting(kind, own_type, fit, nesting.has_parts)
    return _made(name, sort.of(values), kind, names, values)


def _nested(value: object) -> ColumnType | None:
    return nested_type(value, natural_type)


def natural_type(value: object) -> ColumnType:
    """The type of a column for the *value* alone; objects and lists are JSON texts."""
    match value:
        case bool():
            return Scalar.BOOLEAN
        case int() if value in _LONGS:
            return Scalar.LONG
        case int() if abs(value) < 10**MOST_DIGITS:
            return Decimal(MOST_DIGITS, 0)
        case float() | Number():
            return Scalar.DOUBLE
        case dt.date() | dt.time():
            return _TIMES[type(value)]
        case _:
            return Scalar.STRING


def as_text(value: object) -> str:
    """The value as JSON; a text is itself, and a date or time is its ISO text."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, str):
        return value
    # NaN and Infinity, which JSON lacks, stay as they were written
    text: str = simplejson.dumps(value, ensure_ascii=False, use_decimal=True, allow_nan=True)
    return text


def checked(columns: dict[str, Column], values: Values) -> Result[dict[str, Column], Misfit]:
    """The columns, unless a number was too large for a float."""
    if any(map(_may_be_infinite, columns.values())):
        place = next((i for i, v in enumerate(values) if _is_too_large(v)), None)
        if place is not None:
            return Failure(Misfit("a number is too large for double", place))
    return Success(columns)


def _fitted_parts(value: object, kind: ColumnType) -> object:
    return fitted(known_parts(value, kind), kind)


def _made(
    name: str, found: _Sorted, kind: ColumnType, names: Collection[str], values: Values
) -> Result[dict[str, Column], Misfit]:
    columns: dict[str, Column] = {}
    try:
        if any(value is not None for value in found.fitting):
            columns[name] = array_of(found.fitting, to_arrow(kind))
        for own, others in found.others.items():
            columns[_free(variant_name(NamedType(name, own)), names)] = array_of(others, to_arrow(own))
    except UnicodeEncodeError:
        return Failure(_no_text(values))
    return checked(columns, values)


def _free(variant: str, names: Collection[str]) -> str:
    """The name of a variant that the source has no column for."""
    numbered = (f"{variant}_{number}" for number in count(2))
    return variant if variant not in names else next(name for name in numbered if name not in names)


def _may_be_infinite(column: Array) -> bool:
    """Whether the column has an infinite number, or the text of one, or may have one in an object or list."""
    if pa.types.is_floating(column.type):
        return pc.any(pc.is_inf(column)).as_py() is True
    if pa.types.is_string(column.type):
        return pc.any(pc.match_substring(column, "Infinity")).as_py() is True
    return pa.types.is_nested(column.type)


def _is_too_large(value: Any) -> bool:
    """Whether a number in the value has become infinite; `Infinity` itself has a type of its own."""
    waiting = [value]  # and no recursion, which has a limit
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict | list):
            waiting += found.values() if isinstance(found, dict) else found
        elif (type(found) is float or type(found) is Number) and isinf(found):
            return True
    return False


def _no_text(values: Values) -> Misfit:
    place = next((i for i, value in enumerate(values) if _is_no_text(value)), None)
    return Misfit("a text has half of a character (a single surrogate)", place)


def _is_no_text(value: object) -> bool:
    try:
        as_text(value).encode()
    except UnicodeEncodeError:
        return True
    return False
