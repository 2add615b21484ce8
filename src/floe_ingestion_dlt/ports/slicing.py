"""Loads in slices: workers read and stage them, and the pipeline's own run commits them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer, SlicedLoad
from floe_ingestion_dlt.domain.slices import Slice
from floe_ingestion_dlt.ports.source import Snapshot

PipelineT_contra = TypeVar("PipelineT_contra", contravariant=True)


@final
@dataclass(frozen=True, slots=True)
class SliceTask:
    """What a worker is asked to do: stage one *part* of a load. It has no credentials, and can be pickled."""

    load_id: str
    part: Slice


class Finishing(Protocol[PipelineT_contra]):
    """What every run of a pipeline does with a load in slices that an earlier run has left."""

    def finish(self, pipeline: PipelineT_contra) -> Result[None, Fault]:
        """If an earlier run of the same unit has left a load whose slices are all staged, it is pending from now on."""
        ...

    def drop(self, pipeline: PipelineT_contra) -> Result[None, Fault]:
        """Forget a load that is not complete. Its files stay: they are in no table."""
        ...


class Slicing(Finishing[PipelineT_contra], Protocol[PipelineT_contra]):
    """Divides loads of a pipeline, which is claimed and follows its plan, and keeps what workers have done."""

    def begin(
        self, pipeline: PipelineT_contra, count: int, by: str | None
    ) -> Result[SlicedLoad | None, Fault]:
        """A load in at most *count* slices, whose table has the columns of the source; an incomplete one of the same unit is continued.

        None if there is nothing to read.
        """
        ...

    def hold_snapshot(self, pipeline: PipelineT_contra) -> Result[Snapshot | None, Fault]:
        """The snapshot in which all slices are read, if the source has one."""
        ...

    def stage_in_this_process(
        self, pipeline: PipelineT_contra, task: SliceTask
    ) -> Result[SliceAnswer, Fault]:
        """Do the task for the pipeline; several threads may call this at the same time."""
        ...

    def settle(self, pipeline: PipelineT_contra, columns: Iterable[TableSchema]) -> Result[None, Fault]:
        """Give the table these columns, as far as the schema contract allows it."""
        ...

    def keep(self, pipeline: PipelineT_contra, answer: SliceAnswer) -> Result[None, Fault]:
        """Keep an answer for this run and for later ones."""
        ...

    def answers(self, pipeline: PipelineT_contra) -> Result[tuple[SliceAnswer, ...], Fault]:
        """The answers that are kept."""
        ...

    def unit_of(self, plan: LoadPlan) -> Result[str, Fault]:
        """A digest of what a run by this plan loads and how, without credentials."""
        ...

    def catalog_of(self, pipeline: PipelineT_contra) -> str:
        """The identity of the destination into which the pipeline loads."""
        ...


@final
class NeverSliced:
    """Loads cannot be sliced, and no run leaves such a load."""

    def finish(self, _pipeline: object) -> Result[None, Fault]:
        return Success(None)

    def drop(self, _pipeline: object) -> Result[None, Fault]:
        return Success(None)


# For callers that only pass pipelines on.
AnySlicing: TypeAlias = Slicing[Any]
AnyFinishing: TypeAlias = Finishing[Any]
