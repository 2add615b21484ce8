"""The engine port on dlt: pipelines that extract, normalize and load one unit each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import final

from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.buffers import GROUP_ROWS
from floe_ingestion_dlt.adapters.dlt.engine.copied_files import (
    all_rows_handled,
    copies_for,
    keep,
)
from floe_ingestion_dlt.adapters.dlt.engine.cursors import (
    apply_cursor,
    cursor_to_compare,
    refused_for,
    refused_of,
)
from floe_ingestion_dlt.adapters.dlt.engine.disk import remove_normalized_twins
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import expected_types
from floe_ingestion_dlt.adapters.dlt.engine.followed_types import FollowedTypes
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import (
    LoadPipeline,
    is_settled,
    named_load,
)
from floe_ingestion_dlt.adapters.dlt.engine.pipelines import Pipelines
from floe_ingestion_dlt.adapters.dlt.engine.prepared_rows import prepared
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.source_keys import note_missing, with_keys, without_any_key
from floe_ingestion_dlt.adapters.dlt.engine.source_resource import (
    Receivers,
    of_table,
    position_in,
    probed,
    resource_of,
)
from floe_ingestion_dlt.adapters.dlt.engine.step_errors import full_disk, nothing_to_read, step_fault
from floe_ingestion_dlt.adapters.dlt.engine.steps import extract_into, load_all, normalize, recorded
from floe_ingestion_dlt.adapters.dlt.engine.verifying import view_of
from floe_ingestion_dlt.adapters.dlt.engine.window_checks import before_cursor, without_own_cursor
from floe_ingestion_dlt.adapters.dlt.naming import TableColumns, schema_name
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt.resources import as_resource, is_consumed
from floe_ingestion_dlt.adapters.dlt.state import (
    forget,
    is_lost,
    remember,
    remember_values,
)
from floe_ingestion_dlt.adapters.dlt.writable_tables import check_writable
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    AnyDestination,
    PipelineStepFailed,
)
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource
from floe_ingestion_dlt.adapters.dlt_api.states import state_of
from floe_ingestion_dlt.domain.cursor_texts import TextOrder
from floe_ingestion_dlt.domain.events import Event, NothingToRead, SourceReadAgain, StateLost
from floe_ingestion_dlt.domain.faults import Category, ColumnTypesChanged, Fault, Invalid, LoadInParts
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.load_warnings import LoadWarning, with_warning
from floe_ingestion_dlt.domain.missing_keys import not_all_read
from floe_ingestion_dlt.domain.operations import Extract
from floe_ingestion_dlt.domain.retry_policy import exhausted
from floe_ingestion_dlt.domain.schema import NO_COLUMNS
from floe_ingestion_dlt.domain.slices import KnownTypes, types_in
from floe_ingestion_dlt.library_errors.source_errors import result_of
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.source import Reading, Source, Sources


@final
class DltEngine:
    """Pipelines over *sources*, with the dlt destination that *bind* makes for a plan and a port. If *sample_rows* is set, a source is read up to the batch or page with that row."""

    def __init__(
        self,
        bind: Callable[[LoadPlan, Destination], AnyDestination],
        sources: Sources,
        services: EngineServices,
        pipelines_dir: str | None = None,
        sample_rows: int | None = None,
    ) -> None:
        self._bind = bind
        self._sources = sources
        self._services = services
        self._pipelines = Pipelines(bind, services, pipelines_dir)
        self._sample_rows = sample_rows

    def check_packages(self, kind: str) -> Result[None, Fault]:
        return self._sources.check_packages(kind)

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        return result_of(lambda: self._sources.open(plan.source).bind(partial(probed, plan)))

    def create(self, plan: LoadPlan, destination: Destination) -> Result[LoadPipeline, Fault]:
        """A pipeline for the plan and the catalog; refused if the table, as it is now, cannot be written by such a load."""
        return check_writable(destination, plan).bind(lambda _: self._pipelines.create(plan, destination))

    def claim(
        self, pipeline: LoadPipeline, plan: LoadPlan
    ) -> Result[AbstractContextManager[LoadPipeline], Fault]:
        return self._pipelines.claim(pipeline, plan)

    def plan_of(self, pipeline: LoadPipeline) -> LoadPlan:
        return pipeline.created_for

    def destination_of(self, pipeline: LoadPipeline) -> Destination:
        return pipeline.port

    def follow(self, pipeline: LoadPipeline, plan: LoadPlan) -> None:
        pipeline.plan, pipeline.receipts, pipeline.loads, pipeline.types = plan, (), (), {}
        pipeline.warnings = ()
        self._begin_step(pipeline)

    def _begin_step(self, pipeline: LoadPipeline) -> None:
        """Forget the tables of the step before: other writers may have changed them."""
        pipeline.step_port = pipeline.port.remembering()
        pipeline.destination = self._bind(pipeline.plan, pipeline.step_port)
        pipeline.columns = TableColumns(pipeline.plan, pipeline.step_port)

    def loads_of(self, pipeline: LoadPipeline) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pipeline.loads))

    def warnings_of(self, pipeline: LoadPipeline) -> tuple[LoadWarning, ...]:
        return pipeline.warnings

    def view(self, pipeline: LoadPipeline) -> Result[TableView | None, Fault]:
        return view_of(pipeline.plan.table, pipeline.port.remembering())

    def drain(self, pipeline: LoadPipeline) -> Result[tuple[Receipt, ...], Fault]:
        """Normalize and load all pending packages; one that is finally refused is aborted.

        A package that only some of its tables have is kept, and finished or taken back first. So is one for which the disk of the
        working folder is full.
        """
        try:
            self._begin_step(pipeline)
            pipeline.activate()
            remove_normalized_twins(pipeline)
            if pipeline.list_extracted_load_packages():
                normalize(pipeline, self._services)
            receipts = load_all(pipeline)
            pipeline.receipts += receipts
            return Success(receipts)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - this is the edge
            fault = step_fault(error, self._services.stop)
            has_no_room = isinstance(fault, Invalid) and full_disk(error) is not None
            may_pass = fault.category is Category.TRANSIENT and not fault.reads_again
            is_kept = may_pass or has_no_room or isinstance(fault, LoadInParts)
            if not is_kept and pipeline.has_pending_data and is_settled(pipeline):
                pipeline.abort_packages()
            return Failure(fault)

    def landed(self, pipeline: LoadPipeline) -> Result[tuple[Receipt, ...], Fault]:
        landed = named_load(pipeline.plan, pipeline.port)
        if isinstance(landed, Success):
            known = pipeline.receipts
            pipeline.receipts += tuple(receipt for receipt in landed.unwrap() if receipt not in known)
        return landed

    def extract(self, pipeline: LoadPipeline, data: object | None, retries: Retries) -> Result[None, Fault]:
        """Read new rows of the source into a pending package; the state in the table decides which rows are new."""
        if (refused := pipeline.plan.not_stored) is not None:
            return Failure(refused)
        self._begin_step(pipeline)
        checked = check_writable(pipeline.step_port, pipeline.plan)
        if isinstance(checked, Failure):
            return checked
        freed: frozenset[str] = frozenset()
        while True:
            read = self._read(pipeline, data, retries, freed)
            changed = read.failure() if isinstance(read, Failure) else None
            if not isinstance(changed, ColumnTypesChanged) or pipeline.plan.part is not None:
                return read
            freed |= set(changed.columns)
            self._record(pipeline, SourceReadAgain(changed))

    def _read(
        self, pipeline: LoadPipeline, data: object | None, retries: Retries, freed: Collection[str]
    ) -> Result[None, Fault]:
        """Read the rows; columns that are *freed* are read in the types of the source."""
        pipeline.unacknowledged, pipeline.warnings = None, ()
        pipeline.text_order, pipeline.looks_back = None, False
        try:
            with pipeline.folder.being_set_up():
                pipeline.drop()
            with self._services.stop.at_once():
                pipeline.sync_destination()
                if pipeline.plan.is_refresh:
                    forget(pipeline)
                resource = self._resource(pipeline, data, retries, freed)
                return resource.bind(lambda opened: self._extracted(pipeline, opened))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - this is the edge
            fault = step_fault(error, self._services.stop)
            return Failure(exhausted(fault) if is_consumed(data) else fault)

    def acknowledge(self, pipeline: LoadPipeline) -> Result[None, Fault]:
        if self._sample_rows is not None:  # the rows are in no table: the source must keep them
            return Success(None)
        answer = result_of(pipeline.unacknowledged) if pipeline.unacknowledged else Success(None)
        if isinstance(answer, Success):
            pipeline.unacknowledged = None
        return answer

    def _resource(
        self, pipeline: LoadPipeline, data: object | None, retries: Retries, freed: Collection[str]
    ) -> Result[DltResource, Fault]:
        plan = pipeline.plan
        checked = before_cursor(plan, pipeline.step_port, pipeline.columns.of_root)
        if isinstance(checked, Failure):
            return checked
        if data is None:
            return self._sources.open(plan.source).bind(partial(self._of_source, pipeline, retries, freed))
        resource = as_resource(data, plan)
        if (refused := refused_for(resource, plan, state_of(pipeline))) is not None:
            return Failure(refused)
        self._remember(pipeline, plan, apply_cursor(resource, plan))
        return without_own_cursor(resource, plan)

    def _of_source(
        self, pipeline: LoadPipeline, retries: Retries, freed: Collection[str], source: Source
    ) -> Result[DltResource, Fault]:
        plan, state = pipeline.plan, state_of(pipeline)
        if (refused := refused_of(source, plan, state)) is not None:
            return Failure(refused)
        self._remember(pipeline, plan, cursor_to_compare(source, plan))
        is_read_by_dlt = isinstance(source, DltReadSource)
        pipeline.text_order = TextOrder.MOMENTS if is_read_by_dlt else TextOrder.CHARACTERS
        table = value_or_throw(pipeline.step_port.describe(plan.table))
        known = types_in(plan.part) or KnownTypes(table=table.schema if table else NO_COLUMNS)
        names, pipeline.types = pipeline.columns.of_root, dict(known.fixed)
        followed = FollowedTypes(plan, names, table.replaceable if table else (), freed)
        types = followed.of_table(expected_types(known.table, names, plan.columns))
        record = partial(self._record, pipeline)
        reading = Reading(plan.cursor, types, retries, record, plan.window, plan.part, pipeline.types)
        copies = copies_for(pipeline) if self._sample_rows is None else None
        size = self._services.memory.table
        reading = replace(of_table(reading, source, plan, state, table), copies=copies, table_bytes=size)
        pipeline.looks_back = reading.look_back is not None
        since, reached = position_in(state, schema_name(plan), plan), partial(pipeline.reach, source)
        receivers = Receivers(reached, partial(keep, pipeline), self._sample_rows or GROUP_ROWS, size)
        resource = resource_of(with_keys(pipeline, source), plan, reading, since, receivers)
        return resource.map(followed.checked)

    def _record(self, pipeline: LoadPipeline, event: Event) -> None:
        pipeline.warnings = with_warning(pipeline.warnings, event)
        self._services.telemetry.record(event, pipeline.plan.context)

    def _remember(self, pipeline: LoadPipeline, plan: LoadPlan, cursor: str | None) -> None:
        """Save the next package's load id, and the column by which its rows are compared."""
        if is_lost(pipeline):
            self._record(pipeline, StateLost(plan.table))
        removes = plan.window is not None or plan.deletes_missing is not None
        table = value_or_throw(pipeline.step_port.describe(plan.table)) if removes else None
        remember(pipeline, plan, pipeline.columns.of_root, cursor, table.version if table else "")
        note_missing(pipeline, plan, table)

    def _extracted(self, pipeline: LoadPipeline, resource: DltResource) -> Result[None, Fault]:
        rows = prepared(pipeline, resource, self._services.memory, self._sample_rows)
        with recorded(Extract(), pipeline, self._services) as ongoing:
            try:
                info = extract_into(pipeline, rows.resource)
            except PipelineStepFailed as error:
                if (nothing := nothing_to_read(error)) is None:
                    raise
                self._record(pipeline, NothingToRead(str(nothing)))
                return Success(None)
            ongoing.note(handled := all_rows_handled(pipeline, info))
        found: tuple[Event, ...] = (*rows.events, *without_any_key(pipeline, handled.rows))
        for event in found:
            self._record(pipeline, event)
        if (refused := rows.missing_columns or not_all_read(pipeline.plan, pipeline.warnings)) is not None:
            pipeline.drop_pending_packages()
            return Failure(refused)
        if rows.have_window_values:
            remember_values(pipeline)
        pipeline.folder.close_to_others()
        self._services.milestones(Milestone.EXTRACTED, pipeline.pipeline_name)
        return Success(None)
