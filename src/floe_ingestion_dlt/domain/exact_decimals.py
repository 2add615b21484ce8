"""Decimal types that hold values exactly, for decimals whose source sets no bounds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal as Number
from typing import Final

from floe_ingestion_dlt.domain.schema import Decimal

MOST_DIGITS: Final = 38


def digits_in_length(length: int, scale: int, *, is_unsigned: bool) -> int:
    """The digits of a decimal whose text has at most this *length*, with its point and its sign."""
    return length - (scale > 0) - (not is_unsigned)


def exact_type(values: Iterable[Number], preferred: Iterable[Decimal]) -> Decimal | None:
    """The first of the *preferred* types that holds all *values* exactly, else the widest one with the places that they need.

    None if no type has enough digits, or if a value is no finite number.
    """
    whole = places = 0
    for value in values:
        if not value.is_finite():
            return None
        before, after = _digits(value)
        whole, places = max(whole, before), max(places, after)
    fits = (kind for kind in preferred if kind.scale >= places and kind.precision - kind.scale >= whole)
    widest = Decimal(MOST_DIGITS, places) if whole + places <= MOST_DIGITS else None
    return next(fits, widest)


def _digits(value: Number) -> tuple[int, int]:
    """How many digits the value needs before its point, and after it."""
    whole, _, places = format(value.copy_abs(), "f").partition(".")
    return len(whole.lstrip("0")), len(places.rstrip("0"))
