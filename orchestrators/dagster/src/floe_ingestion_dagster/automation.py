"""When sources are loaded by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dagster import AssetSelection, ScheduleDefinition

from floe_ingestion_dagster.assets import UnitAsset
from floe_ingestion_dagster.names import escaped


def source_schedules(assets: Sequence[UnitAsset], crons: Mapping[str, str]) -> list[ScheduleDefinition]:
    """A schedule in UTC for each source in *crons*, which loads all of its assets in one run.

    Raises ValueError for a source that is not configured; Dagster refuses what is no cron expression.
    """
    check_sources("schedules", crons, assets)
    partitioned = {asset.unit.source for asset in assets if asset.partitions}
    if found := [name for name in crons if name in partitioned]:
        raise ValueError(
            f"schedules: {found[0]!r} has partitions; use dagster's build_schedule_from_partitioned_job for it"
        )
    return [
        ScheduleDefinition(
            name=f"ingestion__{escaped(source)}",
            cron_schedule=cron,
            execution_timezone="UTC",
            target=AssetSelection.assets(*(one.spec.key for one in assets if one.unit.source == source)),
        )
        for source, cron in crons.items()
    ]


def check_sources(option: str, names: Iterable[str], assets: Sequence[UnitAsset]) -> None:
    """ValueError names a source that the *option* has and that is not configured."""
    known = dict.fromkeys(asset.unit.source for asset in assets)
    for name in names:
        if name not in known:
            raise ValueError(f"{option}: {name!r} is not a source; use one of {', '.join(known) or 'none'}")
