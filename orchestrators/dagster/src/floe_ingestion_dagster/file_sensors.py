"""Sensors that load a source when its files have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, final

from dagster import (
    AssetSelection,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
)

from floe_ingestion_dagster.assets import UnitAsset
from floe_ingestion_dagster.automation import check_runs
from floe_ingestion_dagster.names import escaped
from floe_ingestion_dagster.resource import FloeIngestionResource
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.running.planning import Unit


@final
@dataclass(frozen=True, slots=True)
class Requested:
    """How many runs a sensor has requested, and the digest of the files of the last one; as a text, it is the sensor's cursor."""

    runs: int = 0
    digest: str = ""

    @classmethod
    def parse(cls, cursor: str | None) -> Self:
        """What the cursor says; a cursor that was reset, or that a person wrote, says that no run was requested."""
        runs, _, digest = (cursor or "").partition("-")
        return cls(int(runs), digest) if runs.isdecimal() else cls()

    def __str__(self) -> str:
        return f"{self.runs}-{self.digest}"

    def after(self, files: FileList) -> Requested | None:
        """What is requested once a run for these files is; None if they do not need one."""
        if not files.files or files.digest == self.digest:
            return None
        return Requested(self.runs + 1, files.digest)


def file_sensors(
    assets: Sequence[UnitAsset], seconds: Mapping[str, int], resource_key: str
) -> list[SensorDefinition]:
    """A sensor for each source in *seconds*, which looks at its files at most so often, and requests a run if they have changed.

    Raises ValueError for a source that is not configured, has partitions or no files, or would load rows again.
    """
    check_runs("file_sensors", seconds, assets, "leave the source out of file_sensors or of partitions")
    return [
        _sensor(one, seconds[one.unit.source], resource_key) for one in assets if one.unit.source in seconds
    ]


def _sensor(asset: UnitAsset, seconds: int, resource_key: str) -> SensorDefinition:
    _check_files(asset.unit)
    source = asset.unit.source

    def look(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        ingestion: FloeIngestionResource = getattr(context.resources, resource_key)
        try:
            files = ingestion.plugin.files(source)
        except IngestionError as error:
            if error.category is not Category.TRANSIENT:
                raise
            return SkipReason(str(error))
        requested = Requested.parse(context.cursor).after(files)
        if requested is None:
            return SkipReason(f"The files of {source} have not changed ({files.files}).")
        # Dagster stores the request and the cursor in one record. If a tick is repeated, it requests a run with the same key.
        return SensorResult([RunRequest(run_key=str(requested))], cursor=str(requested))

    return SensorDefinition(
        name=f"new_files__{escaped(source)}",
        evaluation_fn=look,
        target=AssetSelection.assets(asset.spec.key),
        minimum_interval_seconds=seconds,
        required_resource_keys={resource_key},
        description=f"Loads {source} when its files have changed.",
    )


def _check_files(unit: Unit) -> None:
    place, declared = f"file_sensors: {unit.source!r}", unit.declared
    if declared.source_type != "filesystem":
        raise ValueError(f"{place} is a source of type {declared.source_type}; use a schedule for it")
    if declared.write_mode == "append" and unit.cursor is None:
        wanted = "give it a cursor_field, or the write_mode replace or merge"
        raise ValueError(
            f"{place} appends all its files with each run, and rows would be loaded again: {wanted}"
        )
