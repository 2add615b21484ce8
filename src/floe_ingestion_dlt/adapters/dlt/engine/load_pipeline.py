"""The dlt pipeline of one unit, and its loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.working_folder import WorkingFolder
from floe_ingestion_dlt.adapters.dlt.loader.package_state import may_be_on_its_way, staged_load
from floe_ingestion_dlt.adapters.dlt.loader.schemas import without_missing_columns
from floe_ingestion_dlt.adapters.dlt.naming import TableColumns, schema_name
from floe_ingestion_dlt.adapters.dlt.state import load_id_of
from floe_ingestion_dlt.adapters.dlt_api.extract_buffers import BufferingPipeline
from floe_ingestion_dlt.adapters.dlt_api.internals import Schema
from floe_ingestion_dlt.domain.cursor_texts import TextOrder
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Landed, Load, Receipt, TableWrite
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.source import Position, Source


@final
class LoadPipeline(BufferingPipeline):
    """A dlt pipeline with the plan that it was *created_for*, and the plan, loads and receipts of its last run.

    *warnings* are those of its last reading; *types* are those in which its last reading has read values without a type. *columns* are the names of columns in its tables.
    The *port* is the destination, and the *step_port* remembers its tables for one step.
    The source compares texts of its cursor in the *text_order*, which given data has not. It *looks_back* if rows before the cursor's last value are loaded.
    """

    created_for: LoadPlan
    plan: LoadPlan
    port: Destination
    step_port: Destination
    folder: WorkingFolder
    receipts: tuple[Receipt, ...] = ()
    loads: tuple[str, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()
    types: dict[str, str]
    columns: TableColumns
    text_order: TextOrder | None = None
    looks_back: bool = False
    unacknowledged: Callable[[], Result[None, Fault]] | None = None

    def reach(self, source: Source, position: Position) -> None:
        """Keep the *position* until its rows are committed."""
        self.unacknowledged = partial(source.acknowledge, self.plan.resource, position)

    @property
    def last_trace(self) -> None:  # dlt would read a pickle, which can run anything
        """None: no trace is kept. Results, logs and spans have what a run did."""


def is_settled(pipeline: LoadPipeline) -> bool:
    """Whether no commit of a pending package can succeed any more; until then it must stay pending, or rows may be added twice."""
    states = {
        load_id: pipeline.get_load_package_state(load_id)
        for load_id in pipeline.list_normalized_load_packages()
    }
    root = TableWrite(pipeline.plan.table, Append(), ())
    sent = (
        staged_load(load_id_of(load_id), state, pipeline.plan.table.namespace)
        for load_id, state in states.items()
        if may_be_on_its_way(state)
    )
    fenced = (pipeline.port.fence(replace(load, writes=(root, *load.writes))) for load in sent)
    return all(isinstance(answer, Success) for answer in fenced)


def named_load(plan: LoadPlan, port: Destination) -> Result[tuple[Receipt, ...], Fault]:
    """The receipts of the load with the plan's id; none if the table does not have it, or the plan has no id."""
    if plan.load_id is None:
        return Success(())
    load = Load(plan.load_id, (TableWrite(plan.table, Append(), ()),))
    described = port.describe(plan.table)
    if isinstance(described, Failure) or described.unwrap() is None:
        return described.map(lambda _: ())
    return port.look(load).map(lambda seen: seen.receipts if isinstance(seen, Landed) else ())


def schema_of(pipeline: LoadPipeline) -> Schema:
    """The schema of the pipeline that the destination has, else a new one."""
    plan, name = pipeline.plan, schema_name(pipeline.plan)
    if name not in pipeline.schemas:
        return Schema(name)
    return without_missing_columns(pipeline.schemas[name], pipeline.step_port, plan)
