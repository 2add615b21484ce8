"""Changing all texts in a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

ValueT = TypeVar("ValueT")


def with_text(value: ValueT, change: Callable[[str], str]) -> ValueT:
    """The value with each of its texts changed, including those in its tuples and dataclasses."""
    return cast("ValueT", _changed(value, change))


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(one, change) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        return replace(value, **{name: _changed(one, change) for name, one in held.items()})
    return value
