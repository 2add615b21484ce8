"""The slicing port on dlt: loads in slices are kept beside the working folder, and become pending packages."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.slice_files import known_before, without_rows
from floe_ingestion_dlt.adapters.dlt.engine.slice_folder import SliceFolder
from floe_ingestion_dlt.adapters.dlt.engine.slice_staging import DltStager
from floe_ingestion_dlt.adapters.dlt.engine.working_folder import unusable
from floe_ingestion_dlt.domain.contracts import ReplacedType, judge, project, schema_change_of
from floe_ingestion_dlt.domain.events import SchemaChanged, SchemaChangeDiscarded, SchemaContractViolated
from floe_ingestion_dlt.domain.faults import ColumnTypesChanged, Fault
from floe_ingestion_dlt.domain.known_files import NO_FILES
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import with_warnings
from floe_ingestion_dlt.domain.ownership import taken
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.sliced_loads import (
    SliceAnswer,
    SlicedLoad,
    check_mode,
    complete_answers,
)
from floe_ingestion_dlt.domain.slices import KnownTypes, Rows, StagedRows, are_of_one_source, files_once
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES
from floe_ingestion_dlt.library_errors.source_errors import result_of
from floe_ingestion_dlt.ports.destination import TableState
from floe_ingestion_dlt.ports.retries import NoRetries
from floe_ingestion_dlt.ports.slicing import SliceTask
from floe_ingestion_dlt.ports.source import Snapshot, Source, Sources

ValueT = TypeVar("ValueT")


@final
class DltSlicing:
    """Loads in slices of the pipelines of *engine*."""

    def __init__(
        self, engine: DltEngine, stager: DltStager, sources: Sources, services: EngineServices
    ) -> None:
        self._engine, self._stager, self._sources = engine, stager, sources
        self._telemetry = services.telemetry

    def unit_of(self, plan: LoadPlan) -> Result[str, Fault]:
        return self._stager.unit_of(plan)

    def catalog_of(self, pipeline: LoadPipeline) -> str:
        return pipeline.port.identity

    def finish(self, pipeline: LoadPipeline) -> Result[None, Fault]:
        folder = SliceFolder(pipeline.folder)
        if (kept := folder.load()) is None:
            return Success(None)
        if pipeline.has_pending_data:  # the run was killed after it had made the package
            return self.drop(pipeline)
        unit = self.unit_of(pipeline.plan)
        complete = complete_answers(pipeline.plan.table, kept, folder.answers())
        if isinstance(unit, Failure) or isinstance(complete, Failure) or unit.unwrap() != kept.unit:
            return Success(None)
        reading = known_before(pipeline.plan, pipeline.port)
        if isinstance(reading, Failure):
            return reading
        if (reading.unwrap().known_files or NO_FILES).has_any(files_once(kept.rows)):
            return self.drop(pipeline)  # another run has loaded these files
        return self._adopted(pipeline, kept, complete.unwrap())

    def drop(self, pipeline: LoadPipeline) -> Result[None, Fault]:
        return self._on_disk(pipeline, lambda folder: folder.drop())

    def begin(self, pipeline: LoadPipeline, count: int, by: str | None) -> Result[SlicedLoad | None, Fault]:
        plan = pipeline.plan
        reading = known_before(plan, pipeline.port)
        parts = self._opened(plan).bind(
            lambda source: reading.bind(lambda known: source.slices(plan.resource, count, by, known))
        )
        checked = parts.bind(lambda rows: check_mode(plan, rows).map(lambda _: rows))
        return checked.bind(
            lambda rows: (
                self.unit_of(plan).bind(partial(self._begun, pipeline, rows)) if rows else Success(None)
            )
        )

    def _begun(
        self, pipeline: LoadPipeline, rows: tuple[Rows, ...], unit: str
    ) -> Result[SlicedLoad | None, Fault]:
        plan, kept = pipeline.plan, SliceFolder(pipeline.folder).load()
        is_continued = kept is not None and kept.is_continued_by(unit, plan.load_id, time.time())
        if kept is not None and is_continued and are_of_one_source(kept.rows, rows):
            return Success(kept)
        described = pipeline.port.describe(plan.table)
        sampled = described.bind(lambda _: self._stager.sample(plan, pipeline.port))
        settled = sampled.bind(lambda sample: self.settle(pipeline, sample.columns))
        if isinstance(settled, Failure):
            return settled
        state = described.unwrap()
        types = KnownTypes(sampled.unwrap().types, state.schema if state else NO_COLUMNS)
        load_id = plan.load_id or f"sliced-{uuid.uuid4().hex}"
        load = SlicedLoad(load_id, unit, time.time(), rows, types)
        return self._on_disk(pipeline, lambda folder: folder.begin(load)).map(lambda _: load)

    def hold_snapshot(self, pipeline: LoadPipeline) -> Result[Snapshot | None, Fault]:
        plan = pipeline.plan
        return self._opened(plan).bind(lambda source: source.hold_snapshot(plan.resource))

    def stage_in_this_process(self, pipeline: LoadPipeline, task: SliceTask) -> Result[SliceAnswer, Fault]:
        return self._stager.stage(pipeline.plan, pipeline.port, task)

    def settle(self, pipeline: LoadPipeline, columns: Iterable[TableSchema]) -> Result[None, Fault]:
        incoming = tuple(columns)
        if not incoming:
            return Success(None)
        created = pipeline.port.create_namespace(pipeline.plan.table.namespace)
        described = created.bind(lambda _: pipeline.port.describe(pipeline.plan.table))
        return described.bind(lambda state: self._settled(pipeline, incoming, state))

    def _settled(
        self, pipeline: LoadPipeline, incoming: tuple[TableSchema, ...], state: TableState | None
    ) -> Result[None, Fault]:
        plan = pipeline.plan
        if state is not None and (refused := taken(plan.table, state.owner, plan.table)):
            return Failure(refused)
        existing = state.schema if state else None
        is_new = state is None or state.being_created
        replaceable = state.replaceable if state is not None and plan.follows_source else ()
        contract = plan.contract.of_table(being_created=is_new)
        judged = judge(contract, plan.table, existing, incoming, replaceable)
        if isinstance(judged, Failure):
            for change in judged.failure().changes:
                violated = SchemaContractViolated(plan.table, change, plan.contract)
                self._telemetry.record(violated, plan.context)
            return judged
        verdict = judged.unwrap()
        replaced = [change.column.name for change in verdict.changes if isinstance(change, ReplacedType)]
        if replaced:  # rows that are there would lose their values before they are replaced
            return Failure(ColumnTypesChanged(str(plan.table), tuple(replaced)))
        if verdict.changes and verdict.schema is not None:
            evolved = pipeline.port.evolve(plan.table, verdict.schema, plan.table)
            if isinstance(evolved, Failure):
                return evolved
        for kind, changes in ((SchemaChanged, verdict.changes), (SchemaChangeDiscarded, verdict.discarded)):
            for change in map(schema_change_of, changes):
                self._telemetry.record(kind(plan.table, change, plan.contract), plan.context)
        return Success(None)

    def keep(self, pipeline: LoadPipeline, answer: SliceAnswer) -> Result[None, Fault]:
        return self._on_disk(pipeline, lambda folder: folder.keep(answer))

    def answers(self, pipeline: LoadPipeline) -> Result[tuple[SliceAnswer, ...], Fault]:
        return self._on_disk(pipeline, lambda folder: folder.answers())

    def _adopted(
        self, pipeline: LoadPipeline, load: SlicedLoad, answers: tuple[SliceAnswer, ...]
    ) -> Result[None, Fault]:
        """Make a pending package of the answers: it has the columns, and knows the files."""
        plan = pipeline.plan
        described = pipeline.port.describe(plan.table)
        if isinstance(described, Failure):
            return described
        staged = _staged_rows(answers, described.unwrap())
        # The columns of files that are staged are changed already.
        pipeline.plan = replace(plan, load_id=load.load_id, part=staged, columns=NO_CHANGES)
        try:
            data = without_rows(plan, staged, load.rows)
            extracted = self._engine.extract(pipeline, data, NoRetries())
            of_slices = (warning for answer in answers for warning in answer.warnings)
            pipeline.warnings = with_warnings(pipeline.warnings, of_slices)
            return extracted.bind(lambda _: self.drop(pipeline))
        finally:
            pipeline.plan = plan

    def _opened(self, plan: LoadPlan) -> Result[Source, Fault]:
        return result_of(lambda: self._sources.open(plan.source))

    def _on_disk(self, pipeline: LoadPipeline, act: Callable[[SliceFolder], ValueT]) -> Result[ValueT, Fault]:
        try:
            return Success(act(SliceFolder(pipeline.folder)))
        except OSError as error:
            return Failure(unusable(pipeline.folder.parent, error))


def _staged_rows(answers: Iterable[SliceAnswer], state: TableState | None) -> StagedRows:
    """The files of all answers, and the table's columns that they have."""
    every = tuple(answers)
    table = state.schema if state else NO_COLUMNS
    filled = {
        place for answer in every for columns in answer.columns for _, place in project(columns, table).kept
    }
    files = tuple(file for answer in every for file in answer.files or ())
    return StagedRows(files, table.only(filled))
