"""When sources are loaded by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dagster import AssetSelection, ScheduleDefinition

from floe_ingestion_dagster.assets import UnitAsset
from floe_ingestion_dagster.names import escaped


def source_schedules(assets: Sequence[UnitAsset], crons: Mapping[str, str]) -> list[ScheduleDefinition]:
    """A schedule in UTC for each source in *crons*, which loads all of its assets in one run.

    Raises ValueError for a source that is not configured; Dagster refuses what is no cron expression.
    """
    of_source: dict[str, list[UnitAsset]] = {}
    for asset in assets:
        of_source.setdefault(asset.unit.source, []).append(asset)
    unknown = [name for name in crons if name not in of_source]
    if unknown:
        raise ValueError(
            f"schedules: {unknown[0]!r} is not a source; use one of {', '.join(of_source) or 'none'}"
        )
    partitioned = [name for name in crons if any(one.partitions for one in of_source[name])]
    if partitioned:
        raise ValueError(
            f"schedules: {partitioned[0]!r} has partitions; use dagster's build_schedule_from_partitioned_job for it"
        )
    return [
        ScheduleDefinition(
            name=f"ingestion__{escaped(source)}",
            cron_schedule=cron,
            execution_timezone="UTC",
            target=AssetSelection.assets(*(asset.spec.key for asset in of_source[source])),
        )
        for source, cron in crons.items()
    ]
