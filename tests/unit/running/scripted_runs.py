"""Runs of an engine in memory that answers each step as it is told."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TypeAlias, final

from returns.result import Result, Success

from floe_ingestion_dlt.adapters.memory import (
    ManualClock,
    MemoryDestination,
    MemoryEngine,
    MemoryPipeline,
    MemoryTelemetry,
)
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitUnknown,
    Fault,
    FolderInUse,
    Interrupted,
    SourceFailed,
    StagedFilesGone,
    StateMoved,
)
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.stopping import NeverStops, Stop
from floe_ingestion_dlt.retry import PolicyRetries
from floe_ingestion_dlt.running.ingest import RunServices, ingest

ORDERS = TableName(("bronze",), "orders")
LINES = ORDERS.sibling("orders__lines")
PLAN = LoadPlan(SqlDatabase(None, ("orders",)), "orders", ORDERS, Append())
OLD = Receipt(ORDERS, rows=2, bytes=20, files=1, snapshot_id=1)
NEW = Receipt(ORDERS, rows=3, bytes=30, files=1, snapshot_id=2)
NESTED = Receipt(LINES, rows=7, bytes=70, files=1, snapshot_id=3)
BUSY = SourceFailed("busy", Category.TRANSIENT, "Wait.")
BROKEN = SourceFailed("broken", Category.PERMANENT, "Mend it.")
GONE = StagedFilesGone("bronze.orders", "1", "there is no file")
MOVED = StateMoved("bronze.orders", "1")
IN_USE = FolderInUse("/pipelines/bronze-orders", "process 1 on another host")
STOPPED = Interrupted("SIGTERM")
UNKNOWN = CommitUnknown("bronze.orders", "1", "the answer was lost")

Drained: TypeAlias = Result[tuple[Receipt, ...], Fault]
Extracted: TypeAlias = Result[None, Fault]


@final
class RecordedEngine:
    """A memory engine that remembers its steps."""

    def __init__(self, inner: MemoryEngine) -> None:
        self._inner = inner
        self.steps: list[str] = []

    def check_packages(self, kind: str) -> Result[None, Fault]:
        return self._inner.check_packages(kind)

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        return self._inner.probe(plan)

    def create(self, plan: LoadPlan, destination: Destination) -> Result[MemoryPipeline, Fault]:
        return self._inner.create(plan, destination)

    def plan_of(self, pipeline: MemoryPipeline) -> LoadPlan:
        return self._inner.plan_of(pipeline)

    def destination_of(self, pipeline: MemoryPipeline) -> Destination:
        return self._inner.destination_of(pipeline)

    def claim(
        self, pipeline: MemoryPipeline, plan: LoadPlan
    ) -> Result[AbstractContextManager[MemoryPipeline], Fault]:
        return self._inner.claim(pipeline, plan)

    def follow(self, pipeline: MemoryPipeline, plan: LoadPlan) -> None:
        self._inner.follow(pipeline, plan)

    def loads_of(self, pipeline: MemoryPipeline) -> tuple[str, ...]:
        return self._inner.loads_of(pipeline)

    def warnings_of(self, pipeline: MemoryPipeline) -> tuple[LoadWarning, ...]:
        return self._inner.warnings_of(pipeline)

    def view(self, pipeline: MemoryPipeline) -> Result[TableView | None, Fault]:
        return self._inner.view(pipeline)

    def drain(self, pipeline: MemoryPipeline) -> Drained:
        self.steps.append("drain")
        return self._inner.drain(pipeline)

    def landed(self, pipeline: MemoryPipeline) -> Drained:
        return self._inner.landed(pipeline)

    def extract(self, pipeline: MemoryPipeline, data: object | None, retries: Retries) -> Extracted:
        self.steps.append("extract")
        return self._inner.extract(pipeline, data, retries)

    def acknowledge(self, pipeline: MemoryPipeline) -> Result[None, Fault]:
        return self._inner.acknowledge(pipeline)


@final
@dataclass
class Ran:
    """A run that is over, and what was seen of it."""

    outcome: LoadReport
    steps: list[str]
    slept: list[float]
    telemetry: MemoryTelemetry
    pipeline: MemoryPipeline


def run(  # noqa: PLR0913 - one script for each step, by name
    drains: Iterable[Drained] = (),
    extracts: Iterable[Extracted] = (),
    *,
    claims: Iterable[Result[None, Fault]] = (),
    landed: Drained = Success(()),  # noqa: B008 - a Success is a value
    policy: RetryPolicy = RetryPolicy(3, 1.0),  # noqa: B008 - a policy is a value
    data: object | None = None,
    stop: Stop = NeverStops(),  # noqa: B008 - it has no state
) -> Ran:
    engine = RecordedEngine(MemoryEngine(claims=claims, drains=drains, extracts=extracts, landed=landed))
    clock, telemetry = ManualClock(), MemoryTelemetry()
    pipeline = MemoryPipeline(PLAN, MemoryDestination())
    services = RunServices(clock, PolicyRetries(policy, clock, telemetry, PLAN.context), telemetry, stop)
    outcome = ingest(engine, pipeline, PLAN, data, services)
    return Ran(outcome, engine.steps, clock.slept, telemetry, pipeline)


def reported(receipts: tuple[Receipt, ...], fault: Fault | None = None) -> LoadReport:
    return replace(LoadReport.of(PLAN, fault), receipts=receipts)
