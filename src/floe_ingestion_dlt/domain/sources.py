"""What a plan knows of its source: which data it reads, as a value without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol, TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


class SourceSettings(Protocol):
    """Which data a source reads, and with which credentials."""

    @property
    def type(self) -> str:
        """The name of its kind, as `source_type` has it."""
        ...

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of what it can load, at least one; each can have a table of its own."""
        ...

    @property
    def may_nest(self) -> bool:
        """Whether its rows may have lists, which dlt puts into tables of their own."""
        ...

    def is_read_from(self, place: str) -> bool:
        """Whether *place*, a path or an address, is where it reads."""
        ...


def not_pickled(_settings: object) -> NoReturn:
    """The `__reduce__` of settings: they may hold credentials."""
    message = "a source cannot be pickled, because it may hold credentials: make it anew of its configuration"
    raise TypeError(message)
