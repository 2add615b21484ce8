"""What can become of a commit that does not land.

A fault that *is_final* is not mended by trying the commit again: a refusal, or a commit that cannot even be built. After
`commit_once` has ended with such a fault, no request for the load can land any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class DestinationFailed(FaultKind):
    """The catalog or its storage could not be reached, refused us, or cannot hold the data; no row was added.

    They may want to be left alone for *retry_after* seconds.
    """

    raised_as = RaisedAs.DESTINATION

    cause: str
    category: Category
    next_step: str
    retry_after: float | None = None

    @property
    def message(self) -> str:
        return f"the destination failed: {self.cause}"

    @property
    def is_final(self) -> bool:
        return self.category is not Category.TRANSIENT

    @classmethod
    def example(cls) -> Self:
        return cls(
            "ForbiddenError: Principal 'floe' is not authorized", Category.PERMANENT, "Grant what is missing."
        )


@final
@dataclass(frozen=True, slots=True)
class MergeRefused(FaultKind):
    """The rows of a load cannot be told apart or met again by their key; nothing of the load was written."""

    raised_as = RaisedAs.DESTINATION
    is_final = True

    table: str
    cause: str
    next_step: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the rows cannot be merged into {self.table}: {self.cause}"

    @classmethod
    def example(cls) -> Self:
        return cls(
            "bronze.orders",
            "2 rows have the same key (id)",
            "Set dedup_sort, or have the source send each key once.",
        )


@final
@dataclass(frozen=True, slots=True)
class CommitConflict(FaultKind):
    """Another writer was first: the commit did not land, and can be built anew on the table as it is now."""

    raised_as = RaisedAs.DESTINATION
    is_final = False

    table: str
    load_id: str
    cause: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"another writer changed {self.table} while load {self.load_id} was committed: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: the load is pending and will be committed first."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", "CommitFailedException: branch main has changed")


@final
@dataclass(frozen=True, slots=True)
class CommitRefused(FaultKind):
    """The catalog said no, and a look confirmed that the load is not in the table."""

    raised_as = RaisedAs.DESTINATION
    is_final = True

    table: str
    load_id: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the catalog refused load {self.load_id} of {self.table}: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Nothing was written. Remove the cause, then run again."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", "ForbiddenError: Principal 'floe' may not commit")


@final
@dataclass(frozen=True, slots=True)
class CommitUnknown(FaultKind):
    """No answer came back: the load may have landed, so its files are kept.

    The catalog may want to be left alone for *retry_after* seconds.
    """

    raised_as = RaisedAs.DESTINATION
    is_final = False

    table: str
    load_id: str
    cause: str
    category: Category = Category.TRANSIENT
    retry_after: float | None = None

    @property
    def message(self) -> str:
        return f"no answer to the commit of load {self.load_id} to {self.table}: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: the tables are checked for the load first, and it is committed only if it is not in them."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", "ReadTimeout: read timed out")


@final
@dataclass(frozen=True, slots=True)
class LoadInParts(FaultKind):
    """A catalog that commits table by table has the load in some tables, *landed*, refuses it in the others, and does not take it back.

    The load is kept.
    """

    raised_as = RaisedAs.DESTINATION
    is_final = False

    table: str
    landed: str
    load_id: str
    cause: str
    category: Category = Category.PARTIAL

    @property
    def message(self) -> str:
        return f"load {self.load_id} is in {self.landed}, and not in {self.table}: {self.cause}"

    @property
    def next_step(self) -> str:
        return (
            "Remove the cause, then run again: the load is pending, and is finished before new rows are read."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "bronze.orders__lines", "1764028800.5", "the catalog refused it")


@final
@dataclass(frozen=True, slots=True)
class StagedFilesGone(FaultKind):
    """The load is in no table, and its staged files cannot be shown: they are gone, or the table was changed after they were staged."""

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
    """The load's rows were read from another state than the table has; nothing of the load was written."""

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
            " after its rows were read, another load or a roll-back changed the table's cursor"
        )

    @property
    def next_step(self) -> str:
        return "Run again: new rows are read from the source by the cursor that the table has now."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5")


@final
@dataclass(frozen=True, slots=True)
class TableDropped(FaultKind):
    """A table of the load is not in the catalog any more; nothing of the load is in it."""

    raised_as = RaisedAs.DESTINATION
    is_final = True

    table: str
    load_id: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"{self.table} was dropped or renamed before load {self.load_id} was committed"

    @property
    def next_step(self) -> str:
        return "Run again: the table is created again. If it was renamed, set destination_table to its new name first."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5")


CommitFault: TypeAlias = (
    DestinationFailed
    | MergeRefused
    | CommitConflict
    | CommitRefused
    | CommitUnknown
    | LoadInParts
    | StagedFilesGone
    | StateMoved
    | TableDropped
)
