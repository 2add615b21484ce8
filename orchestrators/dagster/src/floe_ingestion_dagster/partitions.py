"""Partitions of a source by time: each is a window of the source's cursor, whose rows a load replaces."""

from __future__ import annotations

from collections.abc import Mapping

from dagster import AssetExecutionContext, PartitionsDefinition, TimeWindowPartitionsDefinition

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.domain.write_modes import without_windows
from floe_ingestion_dlt.running.planning import Unit


def partitions_of(
    unit: Unit, partitions: Mapping[str, PartitionsDefinition[str]]
) -> TimeWindowPartitionsDefinition | None:
    """The partitions of the unit's source; None if it has none. ValueError says what they lack."""
    found = partitions.get(unit.source)
    if found is None:
        return None
    place = f"sources.{unit.source}.partitions"
    if not isinstance(found, TimeWindowPartitionsDefinition):
        why = "has no times, and only times say which rows of a source are of a partition"
        wrong = f"{type(found).__name__} {why}; use days, hours or other times, or a source for each key"
        raise ValueError(f"{place}: {wrong}")  # noqa: TRY004 - a setting is wrong, no argument of a function
    if unit.cursor is None:
        raise ValueError(f"{place}: needs cursor_field, the column whose values are in the times")
    if refused := without_windows(unit.mode):
        raise ValueError(f"{place}: {refused}; load it without partitions, or use another merge_strategy")
    return found


def window_of(context: AssetExecutionContext, unit: Unit) -> Window | None:
    """The rows that a run loads: those of its partition, or of its range of partitions; None if the asset has none."""
    if unit.cursor is None or not (context.has_partition_key or context.has_partition_key_range):
        return None
    times = context.partition_time_window
    return Window(unit.cursor, times.start, times.end)
