"""What extracts, normalizes and loads."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias, TypeVar

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.retries import Retries

PipelineT = TypeVar("PipelineT")


class Engine(Protocol[PipelineT]):
    """Pipelines of type *PipelineT*: made from a plan, drained, and run."""

    def check_packages(self, kind: str) -> Result[None, Fault]:
        """Whether what this kind of source needs can be imported."""
        ...

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        """Whether a source can be made of the plan, and answers at all; a relative path is not asked for."""
        ...

    def create(self, plan: LoadPlan, destination: Destination) -> Result[PipelineT, Fault]:
        """A pipeline that follows *plan* into *destination*."""
        ...

    def plan_of(self, pipeline: PipelineT) -> LoadPlan:
        """The plan that the pipeline was created for, whatever its runs have followed since."""
        ...

    def claim(self, pipeline: PipelineT) -> Result[AbstractContextManager[None], Fault]:
        """Keep other runs away from the pipeline's working folder until the block ends, and see it as it is now."""
        ...

    def follow(self, pipeline: PipelineT, plan: LoadPlan) -> None:
        """Start a run: forget the last one's receipts, and let the pipeline follow *plan*, the same unit in any way."""
        ...

    def loads_of(self, pipeline: PipelineT) -> tuple[str, ...]:
        """The ids of the loads that the run has brought, or tried to bring, to their tables by now."""
        ...

    def view(self, pipeline: PipelineT) -> Result[TableView | None, Fault]:
        """The pipeline's table as it is now, and the cursor in its state; None where there is no table yet."""
        ...

    def drain(self, pipeline: PipelineT) -> Result[tuple[Receipt, ...], Fault]:
        """Load what an earlier run left pending, first come first."""
        ...

    def landed(self, pipeline: PipelineT) -> Result[tuple[Receipt, ...], Fault]:
        """What the load that the plan names has brought to its root table before; nothing if it is not there, or has no name."""
        ...

    def extract(self, pipeline: PipelineT, data: object | None, retries: Retries) -> Result[None, Fault]:
        """Read what is new in the source, or in *data* in its place, and leave it pending; a failure leaves nothing.

        A source that is read in many requests tries them again by *retries*, one by one.
        """
        ...

    def acknowledge(self, pipeline: PipelineT) -> Result[None, Fault]:
        """Tell the source how far the rows that were extracted last are committed."""
        ...


# An engine for callers that only pass its pipelines back to it.
AnyEngine: TypeAlias = Engine[Any]
