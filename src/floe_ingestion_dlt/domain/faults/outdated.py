"""Faults of loads that are out of date: nothing was written, and the run reads their rows from the source again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class StagedFilesGone(FaultKind):
    """The load is in no table, and its staged files cannot be used: they are gone, or the table was changed after they were staged."""

    raised_as = RaisedAs.DESTINATION
    reads_again = True
    is_final = True

    table: str
    load_id: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the staged files of load {self.load_id} of {self.table} can no longer be used: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: its rows are read from the source again."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", "there is no file s3://lake/bronze/orders/data/1.parquet")


@final
@dataclass(frozen=True, slots=True)
class StateMoved(FaultKind):
    """The table's cursor changed after the load's rows were read, or a reset has undone the load; nothing of it is in the table."""

    raised_as = RaisedAs.DESTINATION
    reads_again = True
    is_final = True

    table: str
    load_id: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return (
            f"load {self.load_id} of {self.table} is out of date:"
            " after its rows were read, another load, a roll-back or a reset changed the table's state"
        )

    @property
    def next_step(self) -> str:
        return "Run again: new rows are read from the source by the state that the table has now."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5")


@final
@dataclass(frozen=True, slots=True)
class WindowChanged(FaultKind):
    """Another load may have changed rows of the window after the load's rows were read; nothing of the load was written."""

    raised_as = RaisedAs.DESTINATION
    reads_again = True
    is_final = True

    table: str
    load_id: str
    window: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return (
            f"load {self.load_id} of {self.table} is out of date:"
            f" after its rows were read, another load may have changed rows with {self.window}"
        )

    @property
    def next_step(self) -> str:
        return "Run again: the rows of the window are read from the source again."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", "2026-01-01 <= day < 2026-01-02")


@final
@dataclass(frozen=True, slots=True)
class KeysOutdated(FaultKind):
    """Another load may have added rows to the table after the keys of the source were read; nothing of the load was written."""

    raised_as = RaisedAs.DESTINATION
    reads_again = True
    is_final = True

    table: str
    load_id: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return (
            f"load {self.load_id} of {self.table} is out of date: after the keys of the source were read,"
            " another load or a roll-back changed the table, so it is not known which of its rows are gone"
        )

    @property
    def next_step(self) -> str:
        return "Run again: the keys are read from the source again."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5")
