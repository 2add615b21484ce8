"""Decimal types that hold values exactly, for decimals whose source sets no bounds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, InvalidOperation
from decimal import Decimal as Number
from typing import Final

from floe_ingestion_dlt.domain.schema import Decimal

MOST_DIGITS: Final = 38
# What dlt makes of a decimal for which nobody has set digits.
DLTS_DECIMAL: Final = Decimal(MOST_DIGITS, 9)


def digits_in_length(length: int, scale: int, *, is_unsigned: bool) -> int:
    """The digits of a decimal whose text has at most this *length*, with its point and its sign."""
    return length - (scale > 0) - (not is_unsigned)


def exact_type(values: Iterable[Number], preferred: Iterable[Decimal]) -> Decimal | None:
    """The first of the *preferred* types that holds all *values* exactly, else the widest one with the places that they need.

    None if no type has enough digits, or if a value is no finite number.
    """
    whole = places = 0
    for value in values:
        found = digits(value)
        if found is None:
            return None
        whole, places = max(whole, found[0]), max(places, found[1])
    fits = (kind for kind in preferred if kind.scale >= places and kind.precision - kind.scale >= whole)
    widest = Decimal(MOST_DIGITS, places) if whole + places <= MOST_DIGITS else None
    return next(fits, widest)


def holds(kind: Decimal, value: Number | float | str) -> bool:
    """Whether a decimal of the type is exactly the *value*."""
    found = digits(value)
    return found is not None and found[1] <= kind.scale and found[0] <= kind.precision - kind.scale


def in_few_places(value: Number) -> Number:
    """The same number without zeros at its end, if it has more places than a decimal can have; OverflowError if it needs them."""
    if not value:
        return Number(0)
    text = str(value)
    if len(text) <= MOST_DIGITS and "E" not in text:
        return value
    found = digits(value)
    if found is None:
        return value
    if found[1] > MOST_DIGITS:
        raise OverflowError(f"a number needs more than {MOST_DIGITS} places")
    return value.normalize(Context(prec=sum(found)))


def digits(value: Number | float | str) -> tuple[int, int] | None:
    """How many digits the value needs before its point, and after it; None if it is no finite number.

    A float counts as its shortest text.
    """
    try:
        number = Number(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    _, all_digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):  # nan and infinities have a letter there
        return None
    text = "".join(map(str, all_digits))
    needed = text.strip("0")
    if not needed:
        return 0, 0
    places = -exponent - (len(text) - len(text.rstrip("0")))
    return max(0, len(needed) - places), max(0, places)
