"""The engine: it extracts, normalizes and loads."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias, TypeVar

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.retries import Retries

PipelineT = TypeVar("PipelineT")


class Engine(Protocol[PipelineT]):
    """Creates and runs pipelines of type *PipelineT*. A pipeline stores extracted rows until they are committed."""

    def check_packages(self, kind: str) -> Result[None, Fault]:
        """Whether the packages of this kind of source can be imported."""
        ...

    def probe(self, plan: LoadPlan) -> Result[None, Fault]:
        """Whether the plan's source can be created and answers; no request is sent to a relative path."""
        ...

    def create(self, plan: LoadPlan, destination: Destination) -> Result[PipelineT, Fault]:
        """Create a pipeline that loads into *destination* by *plan*."""
        ...

    def plan_of(self, pipeline: PipelineT) -> LoadPlan:
        """The plan that the pipeline was created with; the options of later runs do not change it."""
        ...

    def destination_of(self, pipeline: PipelineT) -> Destination:
        """The destination that the pipeline was created with."""
        ...

    def claim(self, pipeline: PipelineT, plan: LoadPlan) -> Result[AbstractContextManager[PipelineT], Fault]:
        """The pipeline that a run by *plan* uses, with its working folder locked until the block ends, and its current content read."""
        ...

    def follow(self, pipeline: PipelineT, plan: LoadPlan) -> None:
        """Start a run by *plan*, which has the same unit as the pipeline's; the receipts of the last run are discarded."""
        ...

    def loads_of(self, pipeline: PipelineT) -> tuple[str, ...]:
        """The ids of the loads that the run has committed, or tried to commit, so far."""
        ...

    def warnings_of(self, pipeline: PipelineT) -> tuple[LoadWarning, ...]:
        """The warnings of the run's last reading."""
        ...

    def view(self, pipeline: PipelineT) -> Result[TableView | None, Fault]:
        """The pipeline's table as it is now, and the cursor in its state; None where there is no table yet."""
        ...

    def drain(self, pipeline: PipelineT) -> Result[tuple[Receipt, ...], Fault]:
        """Load all pending rows, the oldest load first."""
        ...

    def landed(self, pipeline: PipelineT) -> Result[tuple[Receipt, ...], Fault]:
        """The receipts of the load with the plan's load_id, if it was committed before; none if it was not, or if there is no load_id."""
        ...

    def extract(self, pipeline: PipelineT, data: object | None, retries: Retries) -> Result[None, Fault]:
        """Read the new rows of the source, or *data* instead, and store them as pending; a failure leaves nothing behind.

        A source that is read by many requests retries each of them by *retries*.
        """
        ...

    def acknowledge(self, pipeline: PipelineT) -> Result[None, Fault]:
        """Call the source's `acknowledge` with the position of the rows that were extracted last; they are committed."""
        ...


# An engine for callers that only pass its pipelines back to it.
AnyEngine: TypeAlias = Engine[Any]
