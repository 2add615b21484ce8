"""Partitions of a source, by time or by the values of a column: each is a window, whose rows a load replaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, final

from dagster import (
    AssetExecutionContext,
    DynamicPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
)

from floe_ingestion_dagster.faults import refusal
from floe_ingestion_dlt import Window
from floe_ingestion_dlt.domain.write_modes import without_windows
from floe_ingestion_dlt.running.planning import Unit

ColumnValue: TypeAlias = int | date | str


@final
@dataclass(frozen=True, slots=True)
class KeyPartitions:
    """Static or dynamic partitions, such as tenants: the rows of a partition have its key in the *column*.

    *value* makes the column's value of a key; without it the column has texts. Raises ValueError for keys that have no value.
    """

    column: str
    definition: StaticPartitionsDefinition | DynamicPartitionsDefinition
    value: Callable[[str], ColumnValue] = str

    def __post_init__(self) -> None:
        if not isinstance(self.definition, StaticPartitionsDefinition | DynamicPartitionsDefinition):
            raise ValueError(f"KeyPartitions: has {_type(self.definition)}; use static or dynamic partitions")  # noqa: TRY004 - as other settings
        static = isinstance(self.definition, StaticPartitionsDefinition)
        for key in self.definition.get_partition_keys() if static else ():
            self._of(key)

    def window_of(self, context: AssetExecutionContext) -> Window:
        """The rows with the key of the run's partition."""
        first, *others = context.partition_keys
        if others:
            raise refusal(f"{first}...{others[-1]} are several keys", "load each in a run of its own")
        try:
            return self._of(first)
        except ValueError as error:
            raise refusal(
                str(error).rstrip("."), "choose another partition, or correct its KeyPartitions"
            ) from None

    def _of(self, key: str) -> Window:
        try:
            return Window.of_value(self.column, self.value(key))
        except (ValueError, LookupError, ArithmeticError) as error:
            cause = error if isinstance(error, ValueError) else repr(error)
            raise ValueError(f"KeyPartitions: {key!r} is no key of {self.column!r}: {cause}") from None


@final
@dataclass(frozen=True, slots=True)
class TimePartitions:
    """Partitions by time, such as days: the rows of a partition have a value of its time in the *column*."""

    column: str
    definition: TimeWindowPartitionsDefinition

    def window_of(self, context: AssetExecutionContext) -> Window:
        """The rows in the time of the run's partition, or of its range of partitions."""
        times = context.partition_time_window
        return Window(self.column, times.start, times.end)


Partitions: TypeAlias = TimePartitions | KeyPartitions
PartitionsBySource: TypeAlias = Mapping[str, PartitionsDefinition[str] | KeyPartitions]


def partitions_of(unit: Unit, partitions: PartitionsBySource) -> Partitions | None:
    """The partitions of the unit's source; None if it has none. ValueError says what they lack."""
    given = partitions.get(unit.source)
    if given is None:
        return None
    place = f"sources.{unit.source}.partitions"
    if refused := without_windows(unit.mode):
        raise ValueError(f"{place}: {refused}; load it without partitions, or use another merge_strategy")
    if isinstance(given, KeyPartitions):
        return given
    if not isinstance(given, TimeWindowPartitionsDefinition):
        instead = "use days, hours or other times, or KeyPartitions, which names the column that has the keys"
        raise ValueError(f"{place}: {_type(given)} has no times; {instead}")  # noqa: TRY004 - a setting is wrong, no argument of a function
    if unit.cursor is None:
        raise ValueError(f"{place}: needs cursor_field, the column whose values are in the times")
    return TimePartitions(unit.cursor, given)


def window_of(context: AssetExecutionContext, partitions: Partitions | None) -> Window | None:
    """The rows that a run loads; None if the asset has no partitions. A run that names no partition is refused: it would load all rows."""
    if partitions is None:
        return None
    if not (context.has_partition_key or context.has_partition_key_range):
        raise refusal("the run names no partition", "choose the partitions to load")
    return partitions.window_of(context)


def _type(value: object) -> str:
    return type(value).__name__
