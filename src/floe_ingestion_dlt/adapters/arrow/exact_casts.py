"""Values in other types: each number is the same, or refused.

Arrow does not check all of its own conversions: 3.5 becomes another number as decimal128(38, 38), and a decimal of 48 places
becomes 0 as decimal128(38, 9). It is left only what cannot overflow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.domain.exact_decimals import MOST_DIGITS

Column = TypeVar("Column", Array, "pa.ChunkedArray[Any]")

# The numbers that Arrow reads.
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def cast_exactly(values: Column, kind: pa.DataType) -> Column:
    """The values in another type. A float as a decimal is the number that is written the same way.

    Raises pyarrow.ArrowInvalid if the type does not hold a value. As pyarrow does, it cuts off the time of a timestamp as a date, and
    the digits of a number as a float.
    """
    if isinstance(values.type, pa.DictionaryType):
        values = values.cast(values.type.value_type)
    if at.is_boolean(kind) and (at.is_integer(values.type) or at.is_floating(values.type)):
        return _booleans(values)
    if not isinstance(kind, pa.Decimal128Type):
        return values.cast(kind)
    if at.is_integer(values.type) or at.is_decimal128(values.type):
        # It has room for all digits of both types.
        wide = pa.decimal256(2 * MOST_DIGITS, max(getattr(values.type, "scale", 0), kind.scale))
        return values.cast(wide).cast(kind)
    if at.is_null(values.type) or at.is_decimal(values.type):
        return values.cast(kind)
    return _decimals_of_texts(values.cast(pa.string()), kind)


def _booleans(numbers: Column) -> Column:
    """Whether each number is 1, if the others are 0: pyarrow takes all others for true."""
    found = numbers.cast(pa.bool_())
    if not pc.all(pc.equal(found.cast(numbers.type), numbers), min_count=0).as_py():
        raise pa.ArrowInvalid("a number is neither 0 nor 1")
    return found


def _decimals_of_texts(texts: Column, kind: pa.Decimal128Type) -> Column:
    """The numbers in the *texts*. Raises pyarrow.ArrowInvalid if a text is no number, or one that the type does not hold."""
    if _cannot_overflow(texts, kind.scale):
        return texts.cast(kind)
    numbers = [None if text is None else _number(str(text)) for text in texts.to_pylist()]
    column = _decimal_array(numbers, kind)
    return pa.chunked_array([column]) if isinstance(texts, pa.ChunkedArray) else column


def array_of(values: Sequence[object], kind: pa.DataType) -> Array:
    """The values of Python in a column; of decimals, zeros at the end need no digits.

    Raises pyarrow.ArrowInvalid, among others, if the type does not hold one of them.
    """
    return _decimal_array(values, kind) if isinstance(kind, pa.Decimal128Type) else pa.array(values, kind)


def _decimal_array(values: Sequence[object], kind: pa.Decimal128Type) -> Array:
    unit = Decimal(1).scaleb(-kind.scale)
    exact = Context(prec=2 * MOST_DIGITS, traps=[Inexact, InvalidOperation])
    try:
        return pa.array(
            [exact.quantize(value, unit) if isinstance(value, Decimal) else value for value in values], kind
        )
    except (Inexact, InvalidOperation):
        raise pa.ArrowInvalid(f"a number does not fit into {kind}") from None


def _cannot_overflow(texts: Any, scale: int) -> bool:
    """Whether all digits that a text has before its point, and the scale, are digits that a decimal can have."""
    if any(pc.any(pc.match_substring(texts, letter)).as_py() for letter in "eE"):
        return False
    length: Any = pc.binary_length(texts)
    point: Any = pc.find_substring(texts, ".")
    before = pc.max(pc.if_else(pc.less(point, pa.scalar(0)), length, point)).as_py() or 0
    return before + scale <= MOST_DIGITS and (pc.max(length).as_py() or 0) <= MOST_DIGITS


def _number(text: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise pa.ArrowInvalid("a text is no number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise pa.ArrowInvalid("a number is too large") from None
