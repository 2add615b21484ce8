"""Which types can store the values of other types, and to which a column can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
)

MOST_DIGITS: Final = 38
# Every whole number up to this one has a double of its own.
LARGEST_EXACT: Final = 2**53
# The digits of the largest whole number of each type.
DIGITS: Final[Mapping[ColumnType, int]] = {Scalar.INT: 10, Scalar.LONG: 19}
# The types whose values a column of a type can store, exactly.
_NARROWER: Final[Mapping[ColumnType, frozenset[ColumnType]]] = {
    Scalar.LONG: frozenset({Scalar.INT}),
    Scalar.DOUBLE: frozenset({Scalar.FLOAT, Scalar.INT}),
    Scalar.TIMESTAMP: frozenset({Scalar.DATE}),
    # A time without a zone is in UTC, as everywhere in dlt.
    Scalar.TIMESTAMPTZ: frozenset({Scalar.TIMESTAMP, Scalar.DATE}),
}
_PROMOTIONS: Final = frozenset({(Scalar.INT, Scalar.LONG), (Scalar.FLOAT, Scalar.DOUBLE)})
_WHOLE: Final = frozenset({Scalar.INT, Scalar.LONG})
_BROKEN: Final = frozenset({Scalar.FLOAT, Scalar.DOUBLE})

# If numbers come with other values, the column is theirs.
_RANKS: Final[Mapping[ColumnType, int]] = {Scalar.BOOLEAN: 1, Scalar.STRING: 2}


def holds(table: ColumnType, value: ColumnType) -> bool:
    """Whether a column of type *table* can store every value of type *value* without a change of the value.

    A struct may lack fields of the table's, or have them in another order.
    """
    if table == value:
        return True
    match table, value:
        case Decimal(), _ if (digits := _digits(value)) is not None:
            return table.scale >= digits[1] and table.precision - table.scale >= digits[0]
        case Scalar.BINARY, Fixed():
            return True
        case _:
            return value in _NARROWER.get(table, ()) or _holds_nested(table, value)


def _holds_nested(table: ColumnType, value: ColumnType) -> bool:
    match table, value:
        case ListOf(), ListOf():
            return holds(table.element, value.element)
        case MapOf(), MapOf():
            return holds(table.key, value.key) and holds(table.value, value.value)
        case StructOf(), StructOf():
            fields = _types(table)
            return all(f.name in fields and holds(fields[f.name], f.type) for f in value.fields)
        case _:
            return False


def widened(has: ColumnType, wanted: ColumnType) -> ColumnType | None:
    """The type that holds values of both types, to which a column of type *has* can change; None if Iceberg allows none.

    Iceberg's promotions are int to long, float to double, and decimals of the same scale to more digits; structs get more fields.
    """
    if holds(has, wanted):
        return has
    if (has, wanted) in _PROMOTIONS:
        return wanted
    match has, wanted:
        case Decimal(), _ if (digits := _digits(wanted)) is not None and digits[1] <= has.scale:
            return _decimal(max(digits[0], has.precision - has.scale), has.scale)
        case _:
            return _nested(has, wanted, widened)


def new_type(kinds: Iterable[ColumnType]) -> ColumnType:
    """The type of a new column for values of these *kinds*, in whatever order they come; some may need a column of their own."""
    first, *others = sorted(kinds, key=lambda kind: (_RANKS.get(kind, 0), str(kind)))
    for kind in others:
        first = joined(first, kind) or first
    return first


def joined(one: ColumnType, other: ColumnType) -> ColumnType | None:
    """The type of a new column for values of both types; None if they need two columns.

    Whole numbers join floating-point ones as double at any depth, which not all of them fit: whether they do is known by their values.
    """
    shared = _shared(one, other)
    if shared is not None:
        return shared
    if (one in _WHOLE or other in _WHOLE) and (one in _BROKEN or other in _BROKEN):
        return Scalar.DOUBLE
    return _nested(one, other, joined)


def _shared(one: ColumnType, other: ColumnType) -> ColumnType | None:
    """The type that holds all values of both types."""
    wider = widened(one, other)
    if wider is None:
        wider = widened(other, one)
    match one, other:
        case _ if wider is not None:
            return wider
        case Decimal(), Decimal():
            scale = max(one.scale, other.scale)
            return _decimal(max(one.precision - one.scale, other.precision - other.scale), scale)
        case Fixed(), Fixed():
            return Scalar.BINARY
        case _:
            return _nested(one, other, _shared)


def _nested(
    has: ColumnType,
    wanted: ColumnType,
    wider: Callable[[ColumnType, ColumnType], ColumnType | None],
) -> ColumnType | None:
    match has, wanted:
        case ListOf(old), ListOf(new):
            element = wider(old, new)
            return None if element is None else ListOf(element)
        case MapOf(), MapOf():
            # Keys of a map never change.
            value = wider(has.value, wanted.value) if holds(has.key, wanted.key) else None
            return None if value is None else MapOf(has.key, value)
        case StructOf(), StructOf():
            return _struct(has, wanted, wider)
        case _:
            return None


def _struct(
    has: StructOf, wanted: StructOf, wider: Callable[[ColumnType, ColumnType], ColumnType | None]
) -> StructOf | None:
    fields = _types(has)
    for field in wanted.fields:
        grown = wider(fields[field.name], field.type) if field.name in fields else field.type
        if grown is None:
            return None
        fields[field.name] = grown
    return StructOf(tuple(Column(name, kind) for name, kind in fields.items()))


def _types(struct: StructOf) -> dict[str, ColumnType]:
    return {field.name: field.type for field in struct.fields}


def _digits(kind: ColumnType) -> tuple[int, int] | None:
    """The digits before and after the point that exact numbers of this type have at most; None for other types."""
    if isinstance(kind, Decimal):
        return kind.precision - kind.scale, kind.scale
    return (DIGITS[kind], 0) if kind in DIGITS else None


def _decimal(before: int, scale: int) -> Decimal | None:
    return Decimal(before + scale, scale) if before + scale <= MOST_DIGITS else None
