"""Iceberg types of any shape, drawn at random, with values for them and schemas that they have become since."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st
from pyiceberg import types as ice

Ids = Callable[[], int]

moments: Final = st.sampled_from(
    [datetime.min, datetime.max, datetime(1969, 12, 31, 23, 59, 59, 999_999)]  # noqa: DTZ001, DTZ901 - without a zone
) | st.datetimes(max_value=datetime(1970, 1, 1))  # noqa: DTZ001
texts: Final = st.sampled_from(["", "\0", "\U0001f409", "x" * 70_000]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=5
)


def floats(width: Any) -> st.SearchStrategy[float]:
    return st.sampled_from([math.nan, -0.0, 0.0, math.inf]) | st.floats(width=width)


def whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda n: Decimal((n < 0, tuple(map(int, str(abs(n)))), -scale)))


PLAIN: Final[list[tuple[ice.PrimitiveType, pa.DataType, st.SearchStrategy[Any]]]] = [
    (ice.BooleanType(), pa.bool_(), st.booleans()),
    (ice.IntegerType(), pa.int32(), whole(32)),
    (ice.LongType(), pa.int64(), whole(64)),
    (ice.FloatType(), pa.float32(), floats(32)),
    (ice.DoubleType(), pa.float64(), floats(64)),
    (ice.DecimalType(9, 2), pa.decimal128(9, 2), decimals(9, 2)),
    (ice.DecimalType(38, 10), pa.decimal128(38, 10), decimals(38, 10)),
    (ice.DateType(), pa.date32(), st.dates() | st.just(date(1, 1, 1))),
    (ice.TimeType(), pa.time64("us"), st.times() | st.just(time.max)),
    (ice.TimestampType(), pa.timestamp("us"), moments),
    (ice.TimestamptzType(), pa.timestamp("us", "UTC"), moments.map(lambda at: at.replace(tzinfo=UTC))),
    (ice.StringType(), pa.string(), texts),
    (ice.BinaryType(), pa.binary(), st.binary(max_size=5)),
    (ice.FixedType(3), pa.binary(3), st.binary(min_size=3, max_size=3)),
    # pyarrow makes no nested arrays of uuids from Python's: the file has their bytes.
    (ice.UUIDType(), pa.binary(16), st.binary(min_size=16, max_size=16)),
]
ARROW: Final = {kind: arrow for kind, arrow, _ in PLAIN}
VALUES: Final = {kind: values for kind, _, values in PLAIN}
WIDER: Final[dict[ice.IcebergType, ice.PrimitiveType]] = {
    ice.IntegerType(): ice.LongType(),
    ice.FloatType(): ice.DoubleType(),
    ice.DecimalType(9, 2): ice.DecimalType(20, 2),
}
KEYS: Final = [kind for kind, _, _ in PLAIN if not isinstance(kind, ice.FloatType | ice.DoubleType)]


def ids_from(first: int) -> Ids:
    numbers = count(first)
    return lambda: next(numbers)


@st.composite
def kinds(draw: st.DrawFn, ids: Ids, depth: int) -> ice.IcebergType:
    """A type in which structs, lists and maps are nested *depth* deep at most."""
    shape = draw(st.sampled_from(["plain", "struct", "struct", "list", "map"])) if depth else "plain"
    inner = kinds(ids, depth - 1)
    match shape:
        case "struct":
            return ice.StructType(
                *(draw(fields(ids, name, inner)) for name in "abc"[: draw(st.integers(1, 3))])
            )
        case "list":
            return ice.ListType(ids(), draw(inner), element_required=draw(st.booleans()))
        case "map":
            return ice.MapType(ids(), draw(st.sampled_from(KEYS)), ids(), draw(inner), draw(st.booleans()))
        case _:
            return draw(st.sampled_from([kind for kind, _, _ in PLAIN]))


@st.composite
def fields(
    draw: st.DrawFn, ids: Ids, name: str, inner: st.SearchStrategy[ice.IcebergType]
) -> ice.NestedField:
    return ice.NestedField(ids(), name, draw(inner), required=draw(st.booleans()))


def values(kind: ice.IcebergType, *, required: bool) -> st.SearchStrategy[Any]:
    """Values of *kind* as pyarrow takes them from Python."""
    match kind:
        case ice.StructType():
            some: st.SearchStrategy[Any] = st.fixed_dictionaries(
                {field.name: values(field.field_type, required=field.required) for field in kind.fields}
            )
        case ice.ListType():
            some = st.lists(values(kind.element_type, required=kind.element_required), max_size=3)
        case ice.MapType():
            pairs = st.tuples(
                values(kind.key_type, required=True), values(kind.value_type, required=kind.value_required)
            )
            some = st.lists(pairs, max_size=3)
        case _:
            some = VALUES[kind]  # type: ignore[index]  # what is not nested is plain
    return some if required else st.none() | some


def arrow(kind: ice.IcebergType) -> pa.DataType:
    """The type as a file has it, with field ids, all of it optional: pyarrow wants no null in what is required."""
    match kind:
        case ice.StructType():
            return pa.struct([arrow_field(field) for field in kind.fields])
        case ice.ListType():
            return pa.list_(arrow_field(kind.element_field))
        case ice.MapType():
            made: pa.DataType = pa.map_(arrow_field(kind.key_field), arrow_field(kind.value_field))  # type: ignore[call-overload]  # the stubs know no fields here
            return made
        case _:
            return ARROW[kind]  # type: ignore[index]  # what is not nested is plain


def arrow_field(field: ice.NestedField) -> pa.Field[Any]:
    nullable = field.name != "key"
    return pa.field(field.name, arrow(field.field_type), nullable, {"PARQUET:field_id": str(field.field_id)})


@st.composite
def later(draw: st.DrawFn, kind: ice.IcebergType, ids: Ids) -> ice.IcebergType:
    """What the type may have become: fields renamed, moved, added, dropped and widened."""
    match kind:
        case ice.StructType():
            kept = draw(st.permutations(kind.fields))[draw(st.integers(0, len(kind.fields) - 1)) :]
            names = draw(st.permutations("abcdef"))
            changed = [
                ice.NestedField(
                    field.field_id, name, draw(later(field.field_type, ids)), required=field.required
                )
                for field, name in zip(kept, names, strict=False)
            ]
            added = [draw(fields(ids, name, kinds(ids, 1))) for name in names[len(kept) :][:1]]
            optional = [ice.NestedField(f.field_id, f.name, f.field_type, required=False) for f in added]
            return ice.StructType(*draw(st.permutations([*changed, *optional])))
        case ice.ListType():
            element = draw(later(kind.element_type, ids))
            return ice.ListType(kind.element_id, element, element_required=kind.element_required)
        case ice.MapType():
            value = draw(later(kind.value_type, ids))
            return ice.MapType(kind.key_id, kind.key_type, kind.value_id, value, kind.value_required)
        case _:
            return draw(st.sampled_from([kind, WIDER.get(kind, kind)]))


def seen_as(value: Any, kind: ice.IcebergType, now: ice.IcebergType) -> Any:
    """What the *value* of *kind* is in a column that has become *now*."""
    match kind, now:
        case _ if value is None:
            return None
        case ice.StructType(), ice.StructType():
            by_id = {field.field_id: field for field in kind.fields}
            return {
                field.name: seen_as(
                    value[by_id[field.field_id].name], by_id[field.field_id].field_type, field.field_type
                )
                if field.field_id in by_id
                else None
                for field in now.fields
            }
        case ice.ListType(), ice.ListType():
            return [seen_as(item, kind.element_type, now.element_type) for item in value]
        case ice.MapType(), ice.MapType():
            return [(key, seen_as(item, kind.value_type, now.value_type)) for key, item in value]
        case _:
            return value


def told(value: Any) -> Any:
    """The value so that nan is equal to itself, zero is not to minus zero, and a uuid is its bytes."""
    match value:
        case float():
            return repr(value)
        case uuid.UUID():
            return value.bytes
        case list() | tuple():
            return [told(inner) for inner in value]
        case dict():
            return {name: told(inner) for name, inner in value.items()}
        case _:
            return value
