"""Which values of an Arrow column a cursor's options let through."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.arrow.types import UnknownTypeError, from_arrow
from floe_ingestion_dlt.adapters.arrow.windows import type_of_limits
from floe_ingestion_dlt.domain.cursor_values import is_at_least, is_comparable_in, limit_in
from floe_ingestion_dlt.domain.schema import Scalar
from floe_ingestion_dlt.domain.wider_types import MOST_DIGITS
from floe_ingestion_dlt.domain.window_bounds import Bound


def with_room_for(kind: pa.DataType, value: object) -> pa.DataType:
    """A type that has all values of *kind* in their order, and has room for *value* if that is of the same sort.

    A column of one file may be narrower than that of another, in which the value was.
    """
    if at.is_integer(kind) and kind != pa.uint64():
        return pa.int64()
    if at.is_floating(kind):
        return pa.float64()
    if at.is_timestamp(kind) and kind.unit in {"s", "ms"}:
        return pa.timestamp("us", kind.tz)
    if isinstance(kind, pa.Decimal128Type) and isinstance(value, Decimal):
        return _wider_decimal(kind, value)
    return kind


def _wider_decimal(kind: pa.Decimal128Type, value: Decimal) -> pa.DataType:
    needed: pa.DataType = pa.scalar(value).type
    if not isinstance(needed, pa.Decimal128Type | pa.Decimal256Type):
        return kind
    scale = max(kind.scale, needed.scale)
    digits = max(kind.precision - kind.scale, needed.precision - needed.scale) + scale
    return pa.decimal128(digits, scale) if digits <= MOST_DIGITS else pa.decimal256(digits, scale)


def at_least(values: Column, bound: Bound) -> pa.BooleanArray | None:
    """A mask that is true at values that are the *bound* or after it, and null at nulls; None if they cannot be compared."""
    if at.is_null(values.type):
        return pa.nulls(len(values), pa.bool_())
    try:
        kind = from_arrow(values.type)
    except UnknownTypeError:
        return None
    if kind is Scalar.STRING:
        return _texts_from(values, bound)
    if not is_comparable_in(bound, kind):
        return None
    limit = limit_in(bound, kind)
    if limit is None:
        return pa.array([False if found else None for found in pc.is_valid(values).to_pylist()], pa.bool_())
    compared = values
    if at.is_timestamp(values.type):
        # Limits have microseconds, and rows with fractions of them are in the order of the whole ones.
        compared = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
    mask: pa.BooleanArray = pc.greater_equal(compared, pa.scalar(limit, type_of_limits(compared.type)))
    return mask


def _texts_from(values: Column, bound: Bound) -> pa.BooleanArray | None:
    found = [None if text is None else (text, is_at_least(text, bound)) for text in values.to_pylist()]
    if any(each is not None and each[1] is None for each in found):
        return None
    return pa.array([None if each is None else each[1] for each in found], pa.bool_())
