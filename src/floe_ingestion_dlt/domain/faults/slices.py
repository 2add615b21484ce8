"""Faults of loads in slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class NotSliceable(FaultKind):
    """The load cannot be divided into slices; nothing was added."""

    raised_as = RaisedAs.CONFIGURATION

    cause: str
    next_step: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"cannot be sliced: {self.cause}"

    @classmethod
    def example(cls) -> Self:
        return cls("an API has no ranges of keys", "Load it without slices.")


@final
@dataclass(frozen=True, slots=True)
class SlicesMissing(FaultKind):
    """Not every slice of the load is staged, so none of its rows was added."""

    raised_as = RaisedAs.INGESTION

    table: str
    load_id: str
    cause: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"load {self.load_id} of {self.table} is not complete: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: only the slices that are missing are read."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "sliced-4a7d1ed4", "the slices 3 and 5 of 8 are missing")


@final
@dataclass(frozen=True, slots=True)
class WorkerLost(FaultKind):
    """A worker was lost, or did not answer in time; slices that are staged are kept."""

    raised_as = RaisedAs.INGESTION

    cause: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"a worker gave no answer: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again with a new executor: only the slices that are missing are read. If workers are killed for their memory, use fewer at a time."

    @classmethod
    def example(cls) -> Self:
        return cls("BrokenProcessPool")


@final
@dataclass(frozen=True, slots=True)
class WorkerUnusable(FaultKind):
    """The workers are in other processes, and cannot load what this process loads; nothing was read."""

    raised_as = RaisedAs.CONFIGURATION

    cause: str
    next_step: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"workers in other processes cannot load this pipeline: {self.cause}"

    @classmethod
    def example(cls) -> Self:
        return cls(
            "the configuration contains credentials, which are not sent to workers",
            "Pass worker_config=, a function that returns the configuration in each worker, or use threads.",
        )


SliceFault: TypeAlias = NotSliceable | SlicesMissing | WorkerLost | WorkerUnusable
