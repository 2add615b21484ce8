"""Which values of an Arrow array lie in a window."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.domain.windows import Limits


def inside(values: Array, limits: Limits) -> pa.BooleanArray:
    """A mask that is true at values in the *limits*, which are in the type of the values; it is not true at nulls and nans."""
    if limits.start is None:
        return pa.array([False] * len(values))
    kind = type_of_limits(values.type)
    mask: pa.BooleanArray = pc.greater_equal(values, pa.scalar(limits.start, kind))
    if limits.end is not None:
        mask = pc.and_(mask, pc.less(values, pa.scalar(limits.end, kind)))
    return mask


def inside_or_null(values: Array, limits: Limits) -> pa.BooleanArray:
    """A mask that is true at values in the *limits* and at nulls."""
    mask: pa.BooleanArray = pc.or_kleene(inside(values, limits), pc.is_null(values))
    return mask


def outside(values: Array, limits: Limits) -> list[int]:
    """The places of values that are not in the *limits*, nulls and nans among them."""
    found = pc.is_in(inside(values, limits), pa.array([True]))
    return [place for place in pc.indices_nonzero(pc.invert(found)).to_pylist() if place is not None]


def type_of_limits(kind: pa.DataType) -> pa.DataType:
    """The type of limits for values of this type: limits may be beyond the range of narrow numbers."""
    if at.is_integer(kind):
        return pa.int64()
    return pa.float64() if at.is_floating(kind) else kind
