"""The settings of a source in a load plan, as values without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol, TypeAlias, runtime_checkable

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


class SourceSettings(Protocol):
    """Which data a source reads, and with which credentials."""

    @property
    def type(self) -> str:
        """The name of its kind, which is the configuration's `source_type`."""
        ...

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of its resources, at least one; each can have its own table."""
        ...

    @property
    def may_nest(self) -> bool:
        """Whether its rows may have lists, which dlt puts into nested tables."""
        ...

    def is_read_from(self, place: str) -> bool:
        """Whether the source reads from *place*, a path or an address."""
        ...


@runtime_checkable
class ComparesColumns(Protocol):
    """Settings of a source whose loads find rows of the table by columns of their own."""

    @property
    def compared_columns(self) -> Mapping[str, str]:
        """These columns, by the options that ask for this."""
        ...


def compared_columns(settings: SourceSettings) -> Mapping[str, str]:
    """The columns by which loads find the rows of the table that they replace, by the options of the source that ask for this."""
    return settings.compared_columns if isinstance(settings, ComparesColumns) else {}


def not_pickled(_settings: object) -> NoReturn:
    """The `__reduce__` of settings, which may contain credentials."""
    message = "a source cannot be pickled, because it may contain credentials: create it again from its configuration"
    raise TypeError(message)
