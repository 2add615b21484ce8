"""What a run would do: a sample of the source is read, and loaded into copies of the tables without their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.rehearsal.rehearsed import SAMPLE_ROWS, Rehearsed
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.load_state import ResourceCursor
from floe_ingestion_dlt.domain.run_plan import RunPlan
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import TableState
from floe_ingestion_dlt.ports.retries import NoRetries
from floe_ingestion_dlt.running.ingest import RunServices, ingest
from floe_ingestion_dlt.running.planning import revised


def run_plan(
    rehearsed: Rehearsed, plan: LoadPlan, options: Mapping[str, object], sample: int, clock: Clock
) -> RunPlan:
    """What a run by *plan* with these *options* would do, with a *sample* of so many rows of each table."""
    changed = revised(plan, options)
    if isinstance(changed, Failure):
        return _refused(plan, changed.failure())
    plan = changed.unwrap()
    table = rehearsed.destination.real.describe(plan.table)
    pipeline = table.bind(lambda _: rehearsed.engine.create(plan, rehearsed.destination))
    if isinstance(pipeline, Failure):
        return _refused(plan, pipeline.failure())
    services = RunServices(clock, NoRetries(), rehearsed.telemetry)
    report = ingest(rehearsed.engine, pipeline.unwrap(), plan, options.get("source"), services)
    made = _plan_of(report, plan, table.unwrap(), rehearsed)
    if not sample or not made.success:
        return made
    samples = rehearsed.destination.samples(plan.table, sample)
    if isinstance(samples, Failure):
        return replace(made, fault=samples.failure())
    return replace(made, samples=samples.unwrap())


def _refused(plan: LoadPlan, fault: Fault) -> RunPlan:
    return RunPlan(plan.table, plan.load_settings, plan.context, fault=fault)


def _plan_of(
    report: LoadReport,
    plan: LoadPlan,
    known: TableState | None,
    rehearsed: Rehearsed,
) -> RunPlan:
    tried, telemetry = rehearsed.destination, rehearsed.telemetry
    before: Result[str | None, Fault] = tried.real.read_state(plan.table) if known else Success(None)
    after = None if tried.state is None else tried.state.text
    return RunPlan(
        plan.table,
        plan.load_settings,
        plan.context,
        report.rows,
        telemetry.rows,
        has_more=telemetry.rows >= SAMPLE_ROWS,
        is_new=known is None,
        files=known.files if known else 0,
        changes=tuple(dict.fromkeys(telemetry.changes)),
        discarded=report.discarded,
        before=_cursors(None if isinstance(before, Failure) else before.unwrap(), plan, rehearsed),
        after=_cursors(after, plan, rehearsed),
        warnings=report.warnings,
        fault=report.fault,
    )


def _cursors(text: str | None, plan: LoadPlan, rehearsed: Rehearsed) -> tuple[ResourceCursor, ...]:
    """The cursors in a state; none if it cannot be read, which a run says."""
    described: Result[TableState | None, Fault] = rehearsed.destination.describe(plan.table)
    table = described.value_or(None)
    if text is None or table is None:
        return ()
    return rehearsed.states.read(text, plan.table, table.schema).map(lambda kept: kept.cursors).value_or(())
