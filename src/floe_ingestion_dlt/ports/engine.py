"""What extracts, normalizes and loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar, final

from returns.result import Result

from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.sources import SourceType
from floe_ingestion_dlt.domain.write_modes import WriteMode

PipelineT = TypeVar("PipelineT")


@final
@dataclass(frozen=True, slots=True)
class Overrides:
    """What one run does differently from the plan; None leaves the plan's word. *data* stands in for the source."""

    mode: WriteMode | None = None
    contract: SchemaContract | None = None
    cursor: str | None = None
    data: object | None = None


class Engine(Protocol[PipelineT]):
    """Pipelines of type *PipelineT*: made from a plan, drained, and run."""

    def check_packages(self, kind: SourceType) -> Result[None, Fault]:
        """Whether what this kind of source needs can be imported."""
        ...

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        """Whether the plan's source answers at all; a relative path is not asked for."""
        ...

    def create(self, plan: LoadPlan) -> Result[PipelineT, Fault]: ...

    def plan_of(self, pipeline: PipelineT) -> LoadPlan: ...

    def drain(self, pipeline: PipelineT) -> Result[tuple[Receipt, ...], Fault]:
        """Load what an earlier run left pending, first come first."""
        ...

    def load(self, pipeline: PipelineT, overrides: Overrides) -> Result[tuple[Receipt, ...], Fault]:
        """Extract what is new in the source, and load it."""
        ...
