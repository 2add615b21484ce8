"""Reading a part of a source as a load does, up to the commit: in a folder of its own, with the files staged at the table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.step_errors import step_fault
from floe_ingestion_dlt.adapters.dlt.engine.steps import normalize
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.contracts import SchemaContract, judge
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.operations import FilesStaged, Stage
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer
from floe_ingestion_dlt.domain.slices import Sample, Sampled
from floe_ingestion_dlt.library_errors.source_errors import result_of
from floe_ingestion_dlt.ports.destination import Destination, FileToStage
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.ports.retries import NoRetries
from floe_ingestion_dlt.ports.slicing import SliceTask
from floe_ingestion_dlt.ports.source import Sources

FoundT = TypeVar("FoundT")


@final
@dataclass(frozen=True, slots=True)
class _Read:
    """The *files* with the rows of a part, the *types* in which they were read, and the *warnings* of the reading."""

    files: tuple[Path, ...]
    types: Mapping[str, str]
    warnings: tuple[LoadWarning, ...]


Use: TypeAlias = Callable[[_Read], Result[FoundT, Fault]]


@final
class DltStager:
    """Stages slices with an engine of *engine_in*, which works in the given folder."""

    def __init__(
        self, engine_in: Callable[[str], DltEngine], sources: Sources, services: EngineServices
    ) -> None:
        self._engine_in, self._sources, self._services = engine_in, sources, services

    def unit_of(self, plan: LoadPlan) -> Result[str, Fault]:
        return result_of(
            lambda: self._sources.open(plan.source).map(lambda source: _digest(plan, source.place()))
        )

    def sample(self, plan: LoadPlan, destination: Destination) -> Result[Sampled, Fault]:
        """The columns of a sample of the source, as a load has them; none if the sample has no rows and no columns."""
        return self._read(
            replace(plan, part=Sample()),
            destination,
            lambda read: _columns(plan, destination, read.files).map(
                lambda found: Sampled(found, read.types)
            ),
        )

    def stage(self, plan: LoadPlan, destination: Destination, task: SliceTask) -> Result[SliceAnswer, Fault]:
        def staged(read: _Read) -> Result[SliceAnswer, Fault]:
            answered = _columns(plan, destination, read.files).bind(
                lambda columns: self._answer(
                    plan, destination, task, read.files, Sampled(columns, read.types)
                )
            )
            return answered.map(lambda answer: replace(answer, warnings=read.warnings))

        return self._read(replace(plan, part=task.part, load_id=task.load_id), destination, staged)

    def _read(
        self,
        plan: LoadPlan,
        destination: Destination,
        use: Use[FoundT],
    ) -> Result[FoundT, Fault]:
        """What *use* makes of the rows of the plan's part."""
        try:
            with scratch_folder("slice") as folder:
                engine = self._engine_in(str(folder))
                created = engine.create(plan, destination)
                return created.bind(lambda pipeline: self._extracted(engine, pipeline, plan, use))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - this is the edge
            return Failure(step_fault(error, self._services.stop))

    def _extracted(
        self,
        engine: DltEngine,
        pipeline: LoadPipeline,
        plan: LoadPlan,
        use: Use[FoundT],
    ) -> Result[FoundT, Fault]:
        claimed = engine.claim(pipeline, plan)
        if isinstance(claimed, Failure):
            return claimed
        with claimed.unwrap() as own:
            engine.follow(own, plan)
            extracted = engine.extract(own, None, NoRetries())
            if isinstance(extracted, Failure):
                return extracted
            normalize(own, self._services)
            return use(_Read(_files_of(own, plan), own.types, own.warnings))

    def _answer(
        self,
        plan: LoadPlan,
        destination: Destination,
        task: SliceTask,
        files: tuple[Path, ...],
        found: Sampled,
    ) -> Result[SliceAnswer, Fault]:
        described = destination.describe(plan.table)
        if isinstance(described, Failure):
            return described
        state = described.unwrap()
        existing = state.schema if state else None
        is_new = state is None or state.being_created
        judged = judge(plan.contract.of_table(being_created=is_new), plan.table, existing, found.columns)
        if isinstance(judged, Failure):
            return judged
        unfit = SliceAnswer(task.load_id, task.part.number, found.columns, None, found.types)
        if found.columns and judged.unwrap().changes:
            return Success(unfit)
        usable = files if state is not None else ()
        return self._staged(plan, destination, task, usable).map(lambda staged: replace(unfit, files=staged))

    def _staged(
        self,
        plan: LoadPlan,
        destination: Destination,
        task: SliceTask,
        files: tuple[Path, ...],
    ) -> Result[tuple[StagedFile, ...], Fault]:
        may_discard = plan.contract is SchemaContract.DISCARD_VALUE
        all_staged: list[StagedFile] = []
        with self._services.telemetry.operation(Stage(plan.table, task.load_id), plan.context) as ongoing:
            for path in files:
                file = FileToStage(path, plan.table, task.load_id, may_discard)
                staged = destination.stage(file)
                if isinstance(staged, Failure):
                    ongoing.fail(staged.failure())
                    return staged
                all_staged += staged.unwrap()
                self._services.milestones(Milestone.STAGING, str(plan.table))
            rows, size = sum(file.rows for file in all_staged), sum(file.bytes for file in all_staged)
            ongoing.note(FilesStaged(rows, size, len(all_staged)))
        return Success(tuple(all_staged))


def _columns(
    plan: LoadPlan, destination: Destination, files: tuple[Path, ...]
) -> Result[tuple[TableSchema, ...], Fault]:
    """The columns of each file that has columns, each set of columns once."""
    described = destination.describe(plan.table)
    if isinstance(described, Failure):
        return described
    state = described.unwrap()
    found: dict[TableSchema, None] = {}
    for file in files:
        columns = destination.schema_of(file, state.schema if state else NO_COLUMNS)
        if isinstance(columns, Failure):
            return columns
        found[columns.unwrap()] = None
    return Success(tuple(columns for columns in found if columns.columns))


def _files_of(pipeline: LoadPipeline, plan: LoadPlan) -> tuple[Path, ...]:
    """The normalized files of the plan's table, in the order in which they were written."""
    packages = map(pipeline.get_load_package_info, pipeline.list_normalized_load_packages())
    jobs = [job for package in packages for job in package.jobs["new_jobs"]]
    own = (job for job in jobs if job.job_file_info.table_name == plan.table.name)
    return tuple(Path(job.file_path) for job in sorted(own, key=lambda job: job.job_file_info.file_id))


def _digest(plan: LoadPlan, place: str) -> str:
    what = [plan.source.type, place, plan.resource, str(plan.table)]
    how = [repr(plan.mode), plan.contract.value]
    return hashlib.sha256(json.dumps([what, how]).encode()).hexdigest()
