"""Which rows a hard_delete column marks as deleted, a batch of Arrow values at a time; the rule is the domain's."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.domain.merge.flags import BLANKS, DELETING_TEXTS, KEEPING_TEXTS

DELETED: Final = pa.scalar(value=True)
KEPT: Final = pa.scalar(value=False)
UNCLEAR: Final = pa.scalar(None, pa.bool_())


def deletions(values: Array) -> Array:
    """True at rows that are deleted, false at others, and null where the value does not say it."""
    kind = values.type
    if at.is_boolean(kind):
        return values.fill_null(False)  # noqa: FBT003 - pyarrow takes it by position only
    if at.is_date(kind) or at.is_timestamp(kind):
        return values.is_valid()
    if at.is_integer(kind) or at.is_floating(kind) or at.is_decimal(kind):
        return _decided(values, *(_is_equal(values, number) for number in (1, 0)))
    if at.is_string(kind) or at.is_large_string(kind):
        text = pc.utf8_lower(pc.utf8_trim(values, characters=BLANKS))
        is_in = (pc.is_in(text, pa.array(known, kind)) for known in (DELETING_TEXTS, KEEPING_TEXTS))
        return _decided(values, *is_in)
    nothing = pa.repeat(KEPT, len(values))
    return _decided(values, nothing, nothing)


def _decided(values: Array, is_deleted: Array, is_kept: Array) -> Array:
    decided: Array = pc.case_when(
        pc.make_struct(values.is_null(), is_deleted, is_kept), KEPT, DELETED, KEPT, UNCLEAR
    )
    return decided


def _is_equal(values: Array, number: int) -> Array:
    """Whether each value is this number; a decimal of places only, such as decimal(2, 2), is never 1."""
    kind = values.type
    if at.is_decimal(kind):
        if number >= 10 ** (kind.precision - kind.scale):
            return pa.repeat(KEPT, len(values))
        return pc.equal(values, pa.scalar(Decimal(number), kind))
    return pc.equal(values, pa.scalar(number, kind))
