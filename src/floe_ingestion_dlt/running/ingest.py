"""The order of a run: claim the working folder, load pending rows, extract new rows, load them, acknowledge.

A load that was already committed under the same idempotency key is not read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Generic, TypeVar, final

from returns.result import Failure, Result

from floe_ingestion_dlt.domain.events import SourceReadAgain
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.domain.retry_policy import Step
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.engine import Engine
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.slicing import AnyFinishing, NeverSliced
from floe_ingestion_dlt.ports.stopping import NeverStops, Stop
from floe_ingestion_dlt.ports.telemetry import Telemetry

# The most times that a run reads its source, if others load the same rows in the meantime.
MOST_READINGS: Final = 3

PipelineT = TypeVar("PipelineT")
ValueT = TypeVar("ValueT")


@final
@dataclass(frozen=True, slots=True)
class RunServices:
    """The services that a run uses, besides its engine."""

    clock: Clock
    retries: Retries
    telemetry: Telemetry
    stop: Stop = NeverStops()  # noqa: RUF009 - it has no state
    slicing: AnyFinishing = NeverSliced()  # noqa: RUF009 - it has no state

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
        """The result of *act*, with retries; *act* is not called once the run was asked to stop."""
        return self.retries.attempt(step, lambda: self.stop.check().bind(lambda _: act()))


@final
@dataclass(frozen=True, slots=True)
class Reading(Generic[PipelineT]):
    """How a run gets its rows: when *make_pending* succeeds, they are pending in the claimed pipeline.

    It is called again only if it *is_repeatable*.
    """

    make_pending: Callable[[PipelineT], Result[None, Fault]]
    is_repeatable: bool = True


def ingest(
    engine: Engine[PipelineT], pipeline: PipelineT, plan: LoadPlan, data: object | None, services: RunServices
) -> LoadReport:
    """Run *pipeline* once by *plan*, with the rows of its source, or with *data* instead."""
    make_pending = partial(extract, engine, data, services)
    return ingest_by(engine, pipeline, plan, Reading(make_pending, is_repeatable=data is None), services)


def extract(
    engine: Engine[PipelineT], data: object | None, services: RunServices, pipeline: PipelineT
) -> Result[None, Fault]:
    """Read all new rows in this process; a load in slices that an earlier run has not completed is forgotten."""
    dropped: Result[None, Fault] = services.slicing.drop(pipeline)
    return dropped.bind(
        lambda _: services.attempt(Step.EXTRACT, lambda: engine.extract(pipeline, data, services.retries))
    )


def ingest_by(
    engine: Engine[PipelineT],
    pipeline: PipelineT,
    plan: LoadPlan,
    reading: Reading[PipelineT],
    services: RunServices,
) -> LoadReport:
    """Run *pipeline* once by *plan*, with the rows of the *reading*.

    One run at a time uses the pipeline. Each step is retried by itself, because each is safe to repeat: the tables are checked for a
    pending load before it is committed, and a failed extraction leaves nothing behind. Extracting again after a failed commit is not
    safe, because the rows of that load may still be committed. Rows are read again only if their load can never be committed, and
    only from a source, because data that was passed may be consumed.
    """
    start, report = services.clock.now(), LoadReport.of(plan)
    claimed = services.attempt(Step.CLAIM, lambda: engine.claim(pipeline, plan))
    if isinstance(claimed, Failure):
        report = replace(report, fault=claimed.failure())
    else:
        with claimed.unwrap() as claimed_pipeline:
            report = _ran(engine, claimed_pipeline, plan, reading, services)
    seconds = services.clock.now() - start
    trace_id = services.telemetry.trace_id()
    return replace(report, seconds=seconds, retries=services.retries.made, trace_id=trace_id)


def _ran(
    engine: Engine[PipelineT],
    pipeline: PipelineT,
    plan: LoadPlan,
    reading: Reading[PipelineT],
    services: RunServices,
) -> LoadReport:
    engine.follow(pipeline, plan)
    before = _view(engine, pipeline)
    receipts, fault = _steps(engine, pipeline, plan, reading, services)
    return replace(
        LoadReport.of(plan, fault),
        receipts=receipts,
        loads=engine.loads_of(pipeline),
        before=before,
        after=_view(engine, pipeline),
        warnings=engine.warnings_of(pipeline),
    )


def _view(engine: Engine[PipelineT], pipeline: PipelineT) -> TableView | None:
    """The table, or None if the catalog does not answer: the report must not make a run fail."""
    seen = engine.view(pipeline)
    return None if isinstance(seen, Failure) else seen.unwrap()


def _steps(
    engine: Engine[PipelineT],
    pipeline: PipelineT,
    plan: LoadPlan,
    reading: Reading[PipelineT],
    services: RunServices,
) -> tuple[tuple[Receipt, ...], Fault | None]:
    """The receipts of all committed loads, and the fault that ended the run, if there is one."""
    attempt = services.attempt
    left: Result[None, Fault] = services.slicing.finish(pipeline)
    pending = left.bind(lambda _: attempt(Step.DRAIN, lambda: engine.drain(pipeline)))
    receipts, fault = pending.value_or(()), _fault_in(pending)
    if fault is not None and not fault.reads_again:
        return receipts, fault
    landed = attempt(Step.LOOK, lambda: engine.landed(pipeline))
    if isinstance(landed, Failure) or landed.unwrap():
        return _each_once(receipts, landed.value_or(())), _fault_in(landed)
    for _reading in range(MOST_READINGS if reading.is_repeatable else 1):
        if fault is not None:
            services.telemetry.record(SourceReadAgain(fault), plan.context)
        loaded = reading.make_pending(pipeline).bind(
            lambda _: attempt(Step.LOAD, lambda: engine.drain(pipeline))
        )
        receipts, fault = (*receipts, *loaded.value_or(())), _fault_in(loaded)
        if fault is None or not fault.reads_again:
            break
    if fault is None and reading.is_repeatable:
        fault = _fault_in(services.retries.attempt(Step.ACKNOWLEDGE, lambda: engine.acknowledge(pipeline)))
    return receipts, fault


def _each_once(pending: tuple[Receipt, ...], landed: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    """All receipts, each once: a pending load that this run committed is in both tuples."""
    known = {(receipt.table, receipt.snapshot_id) for receipt in pending}
    return (*pending, *(r for r in landed if (r.table, r.snapshot_id) not in known))


def _fault_in(result: Result[ValueT, Fault]) -> Fault | None:
    return result.failure() if isinstance(result, Failure) else None
