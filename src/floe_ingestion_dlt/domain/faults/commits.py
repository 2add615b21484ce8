"""Faults of commits, and of what is done before a commit.

Trying the commit again does not help if the fault *is_final*: the commit was refused, or cannot be built. After `commit_once`
has ended with such a fault, no request for the load can land any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs
from floe_ingestion_dlt.domain.faults.outdated import (
    KeysOutdated,
    StagedFilesGone,
    StateMoved,
    WindowChanged,
)


@final
@dataclass(frozen=True, slots=True)
class DestinationFailed(FaultKind):
    """The catalog or its storage could not be reached, refused the request, or cannot store the data; no row was added.

    If *retry_after* is set, the server asked to wait for that many seconds.
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
    """The load's rows cannot be identified by their key: it is missing or repeated; nothing of the load was written."""

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
class DeletesRefused(FaultKind):
    """More rows of the table are gone in the source than max_deletes (*limit*) allows; nothing of the load was written."""

    raised_as = RaisedAs.DESTINATION
    is_final = True

    table: str
    load_id: str
    gone: int
    rows: int
    limit: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return (
            f"load {self.load_id} would delete {self.gone:,} of the {self.rows:,} rows of {self.table},"
            f" because the source has them no more, and max_deletes is {self.limit}"
        )

    @property
    def next_step(self) -> str:
        return (
            "Check whether the source has all of its rows. If these rows are really gone, set max_deletes to"
            f" {self.gone} or more, run again, and set it back."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", "1764028800.5", 812, 1000, "10%")


@final
@dataclass(frozen=True, slots=True)
class CommitConflict(FaultKind):
    """Another writer committed first; the load was not committed, and can be committed to the table as it is now."""

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
    """The catalog refused the commit, and a check confirmed that the load is not in the table."""

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
    """The commit got no clear answer; the load may have landed, so its files are kept.

    If *retry_after* is set, the catalog asked to wait for that many seconds.
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
    """The load is in some tables (*landed*) but not in others; it could not be taken back, and is kept.

    This can only happen in a catalog that commits tables one by one.
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
class TableDropped(FaultKind):
    """A table of the load is no longer in the catalog; the load was not written to it."""

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
    | DeletesRefused
    | KeysOutdated
    | LoadInParts
    | StagedFilesGone
    | StateMoved
    | TableDropped
    | WindowChanged
)
