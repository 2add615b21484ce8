"""Compares a cursor with a value of its column, although their types may differ."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal


def compared(one: object, other: object) -> int | None:
    """-1, 0 or 1 if *one* is less, equal or greater; None if the two cannot be compared."""
    left, right = _comparable(one), _comparable(other)
    if isinstance(left, datetime) and isinstance(right, str):
        right = _moment(right)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return (left > right) - (left < right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    return None


def _comparable(value: object) -> object:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        number = Decimal(value)
        return number if number.is_finite() else None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def _moment(text: str) -> object:
    try:
        return _comparable(datetime.fromisoformat(text))
    except ValueError:
        return None
