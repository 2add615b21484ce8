"""What can go wrong, as values that say what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeAlias, final

from floe_ingestion_dlt.domain.category import Category
from floe_ingestion_dlt.domain.commit_faults import (
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    LoadInParts,
    StagedFilesGone,
    StateMoved,
    TableDropped,
)
from floe_ingestion_dlt.domain.run_faults import FolderDamaged, FolderInUse, FolderShared, Interrupted

__all__ = [
    "Category",
    "CommitConflict",
    "CommitFault",
    "CommitRefused",
    "CommitUnknown",
    "Context",
    "ContractViolated",
    "DestinationFailed",
    "Fault",
    "FolderDamaged",
    "FolderInUse",
    "FolderShared",
    "Interrupted",
    "Invalid",
    "LoadInParts",
    "MergeRefused",
    "MissingPackage",
    "SchemaChange",
    "SourceFailed",
    "StagedFilesGone",
    "StateMoved",
    "TableDropped",
    "TableTaken",
    "Unforeseen",
    "UnknownOption",
    "describe",
    "in_other_words",
    "kind_of",
    "reads_again",
]


@final
@dataclass(frozen=True, slots=True)
class Invalid:
    """A setting that cannot be used."""

    field: str
    given: str
    wanted: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"{self.field}: {self.given!r} cannot be used"

    @property
    def next_step(self) -> str:
        return f"Set {self.field} to {self.wanted}."


@final
@dataclass(frozen=True, slots=True)
class UnknownOption:
    """A run was given an option that there is not, so that what it asks for would not happen."""

    field: str
    next_step: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"run() has no option {self.field!r}"


@final
@dataclass(frozen=True, slots=True)
class MissingPackage:
    """A Python package that a configured source or catalog needs is not installed."""

    package: str
    needed_for: str
    install: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"{self.needed_for} needs the package {self.package}, which is not installed"

    @property
    def next_step(self) -> str:
        return f"Install it: {self.install}"


@final
@dataclass(frozen=True, slots=True)
class SourceFailed:
    """The source could not be reached, refused us, or sent what cannot be read.

    It may want to be left alone for *retry_after* seconds. What *is_exhausted* has been tried again already, nearer to where it
    failed, or cannot be tried again.
    """

    cause: str
    category: Category
    next_step: str
    retry_after: float | None = None
    is_exhausted: bool = False

    @property
    def message(self) -> str:
        return f"the source failed: {self.cause}"


@final
@dataclass(frozen=True, slots=True)
class DestinationFailed:
    """The catalog or its storage could not be reached, refused us, or cannot hold the data; no row was added.

    They may want to be left alone for *retry_after* seconds.
    """

    cause: str
    category: Category
    next_step: str
    retry_after: float | None = None

    @property
    def message(self) -> str:
        return f"the destination failed: {self.cause}"


@final
@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change in words, and the column and the type that it is about; of a whole table the column is `*`."""

    words: str
    column: str
    type: str

    def __str__(self) -> str:
        return self.words


@final
@dataclass(frozen=True, slots=True)
class ContractViolated:
    """The source's schema changed where the contract forbids it; nothing of the load was written."""

    table: str
    changes: tuple[SchemaChange, ...]
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"schema contract 'freeze' of {self.table} forbids: {'; '.join(map(str, self.changes))}"

    @property
    def next_step(self) -> str:
        return (
            "Change the source back, or load once with schema_contract 'evolve' to accept the change,"
            " or use 'discard_value' to load without it."
        )


@final
@dataclass(frozen=True, slots=True)
class MergeRefused:
    """The rows of a load cannot be told apart or met again by their key; nothing of the load was written."""

    table: str
    cause: str
    next_step: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the rows cannot be merged into {self.table}: {self.cause}"


@final
@dataclass(frozen=True, slots=True)
class TableTaken:
    """A load would write a table that belongs to another source; nothing of it was written.

    The table is written by the source of *owner*: as its root table, or with rows that are nested in it. The load is of the source
    that writes *root*.
    """

    table: str
    owner: str
    root: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        other = "the table of another source"
        taken = other if self.owner == self.table else f"a nested table of {self.owner}"
        wanted = f"be {other}" if self.root == self.table else f"take rows nested in {self.root}"
        return f"{self.table} is {taken}, and cannot {wanted}"

    @property
    def next_step(self) -> str:
        return (
            "Give one of the two sources another destination_table."
            f" If the rows in {self.table} are not needed any more, drop it in the catalog and run again."
        )


@final
@dataclass(frozen=True, slots=True)
class Unforeseen:
    """An error that no rule of ours knows."""

    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"unexpected error: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Read the cause; if it is not yours to mend, report it with the traceback that the log has at level DEBUG."


CommitFault: TypeAlias = (
    CommitConflict
    | CommitRefused
    | CommitUnknown
    | DestinationFailed
    | LoadInParts
    | MergeRefused
    | StagedFilesGone
    | StateMoved
    | TableDropped
)
Fault: TypeAlias = (
    Invalid
    | UnknownOption
    | MissingPackage
    | SourceFailed
    | ContractViolated
    | TableTaken
    | CommitFault
    | FolderDamaged
    | FolderInUse
    | FolderShared
    | Interrupted
    | Unforeseen
)


def kind_of(fault: Fault) -> str:
    """The fault's name, by which docs/errors.md explains it."""
    return type(fault).__name__


def in_other_words(fault: Fault, change: Callable[[str], str]) -> Fault:
    """The fault with each of its texts changed."""
    texts = {
        field.name: change(held)
        for field in fields(fault)
        if field.init and isinstance(held := getattr(fault, field.name), str)
    }
    changed = replace(fault, **texts)  # type: ignore[arg-type]  # texts take the place of texts
    if isinstance(changed, ContractViolated):
        return replace(
            changed, changes=tuple(replace(one, words=change(one.words)) for one in changed.changes)
        )
    return changed


def reads_again(fault: Fault) -> bool:
    """Whether *fault* is mended by reading the rows of the load from the source once more."""
    return isinstance(fault, StagedFilesGone | StateMoved)


@final
@dataclass(frozen=True, slots=True)
class Context:
    """Where a fault happened: what every error names."""

    source_type: str = ""
    destination_table: str = ""
    pipeline_name: str = ""


def describe(fault: Fault, context: Context) -> str:
    """The line that a data engineer reads: what happened, where, and what to do next."""
    where = (
        f"source {context.source_type or '-'}, table {context.destination_table or '-'},"
        f" pipeline {context.pipeline_name or '-'}"
    )
    return f"[{fault.category.value}] {kind_of(fault)}: {fault.message} ({where}). {fault.next_step}"
