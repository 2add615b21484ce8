"""When sources are loaded by themselves, and how old a load may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dagster import AssetSelection, FreshnessPolicy, ScheduleDefinition

from floe_ingestion_dagster.assets import UnitAsset
from floe_ingestion_dagster.names import check_sources, escaped

# In hours: a minute is the shortest that Dagster checks.
_LEAST: Final = 1 / 60
_MOST: Final = 366 * 24


def source_schedules(assets: Sequence[UnitAsset], crons: Mapping[str, str]) -> list[ScheduleDefinition]:
    """A schedule in UTC for each source in *crons*, which loads all of its assets in one run.

    Raises ValueError for a source that is not configured or has partitions; Dagster refuses what is no cron expression.
    """
    instead = "use dagster's build_schedule_from_partitioned_job, or request a run for each dynamic partition"
    check_runs("schedules", crons, assets, instead)
    return [
        ScheduleDefinition(
            name=f"ingestion__{escaped(source)}",
            cron_schedule=cron,
            execution_timezone="UTC",
            target=AssetSelection.assets(*(one.spec.key for one in assets if one.unit.source == source)),
        )
        for source, cron in crons.items()
    ]


def check_runs(option: str, names: Iterable[str], assets: Sequence[UnitAsset], instead: str) -> None:
    """ValueError names a source that the *option* loads, and that is not configured or can be loaded by partitions only."""
    check_sources(option, names, (asset.unit.source for asset in assets))
    partitioned = {asset.unit.source for asset in assets if asset.partitions}
    for name in names:
        if name in partitioned:
            raise ValueError(
                f"{option}: {name!r} has partitions, and each run must name one of them: {instead}"
            )


def with_freshness(assets: Sequence[UnitAsset], hours: Mapping[str, float]) -> list[UnitAsset]:
    """The assets; those of the sources in *hours* are fresh for so many hours after a load.

    Raises ValueError for a source that is not configured, and for less than a minute, which Dagster cannot see.
    """
    check_sources("freshness", hours, (asset.unit.source for asset in assets))
    return [_fresh(asset, hours.get(asset.unit.source)) for asset in assets]


def _fresh(asset: UnitAsset, hours: float | None) -> UnitAsset:
    if hours is None:
        return asset
    if not _LEAST <= hours <= _MOST:
        raise ValueError(
            f"freshness: {asset.unit.source!r} has {hours:g} hours; use hours from a minute to a year, such as 24"
        )
    policy = FreshnessPolicy.time_window(timedelta(hours=hours))
    return replace(asset, spec=asset.spec.replace_attributes(freshness_policy=policy))
