"""An engine without dlt: its sources are lists of results, and its pipelines record their calls."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TypeAlias, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.retries import Retries

Outcome: TypeAlias = Result[tuple[Receipt, ...], Fault]


@final
@dataclass
class MemoryPipeline:
    plan: LoadPlan
    destination: Destination
    extracted: list[tuple[LoadPlan, object | None]] = field(default_factory=list)
    receipts: tuple[Receipt, ...] = ()
    created_for: LoadPlan = field(init=False)

    def __post_init__(self) -> None:
        self.created_for = self.plan


@final
class MemoryEngine:
    """Answers each claim, drain and extraction with the next scripted outcome; after the last one, with an empty success."""

    def __init__(  # noqa: PLR0913 - one script for each step, by name
        self,
        *,
        claims: Iterable[Result[None, Fault]] = (),
        drains: Iterable[Outcome] = (),
        extracts: Iterable[Result[None, Fault]] = (),
        landed: Outcome = Success(()),  # noqa: B008 - a Success is a value
        probe: Result[None, Fault] = Success(None),  # noqa: B008 - see landed
        packages: Result[None, Fault] = Success(None),  # noqa: B008 - see landed
    ) -> None:
        self._claims = iter(claims)
        self._drains = iter(drains)
        self._extracts = iter(extracts)
        self._landed = landed
        self._probe = probe
        self._packages = packages

    def check_packages(self, kind: str) -> Result[None, Fault]:
        return self._packages

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        return self._probe

    def create(self, plan: LoadPlan, destination: Destination) -> Result[MemoryPipeline, Fault]:
        return Success(MemoryPipeline(plan, destination))

    def plan_of(self, pipeline: MemoryPipeline) -> LoadPlan:
        return pipeline.created_for

    def destination_of(self, pipeline: MemoryPipeline) -> Destination:
        return pipeline.destination

    def claim(
        self, pipeline: MemoryPipeline, plan: LoadPlan
    ) -> Result[AbstractContextManager[MemoryPipeline], Fault]:
        return next(self._claims, Success(None)).map(lambda _: nullcontext(pipeline))

    def follow(self, pipeline: MemoryPipeline, plan: LoadPlan) -> None:
        pipeline.plan = plan

    def loads_of(self, pipeline: MemoryPipeline) -> tuple[str, ...]:
        return ()

    def warnings_of(self, pipeline: MemoryPipeline) -> tuple[LoadWarning, ...]:
        return ()

    def view(self, pipeline: MemoryPipeline) -> Result[TableView | None, Fault]:
        described = pipeline.destination.describe(pipeline.plan.table)
        return described.map(lambda table: None if table is None else TableView(table.schema, table.rows))

    def drain(self, pipeline: MemoryPipeline) -> Outcome:
        return next(self._drains, Success(()))

    def landed(self, pipeline: MemoryPipeline) -> Outcome:
        return self._landed

    def extract(self, pipeline: MemoryPipeline, data: object | None, retries: Retries) -> Result[None, Fault]:
        pipeline.extracted.append((pipeline.plan, data))
        return next(self._extracts, Success(None))

    def acknowledge(self, pipeline: MemoryPipeline) -> Result[None, Fault]:
        return Success(None)
