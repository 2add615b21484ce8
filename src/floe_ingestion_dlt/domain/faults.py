"""What can go wrong, as values that say what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, final


class Category(Enum):
    """Whether trying again can help."""

    TRANSIENT = "TRANSIENT"
    PERMANENT = "PERMANENT"
    PARTIAL = "PARTIAL"
    CONFIGURATION = "CONFIGURATION"


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

    It may want to be left alone for *retry_after* seconds; *retries* of the request that failed have been made already.
    """

    cause: str
    category: Category
    next_step: str
    retry_after: float | None = None
    retries: int = 0

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
class ContractViolated:
    """The source's schema changed where the contract forbids it; nothing of the load was written."""

    table: str
    changes: tuple[str, ...]
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"schema contract 'freeze' of {self.table} forbids: {'; '.join(self.changes)}"

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
class CommitConflict:
    """Another writer was first: the commit did not land, and can be built anew on the table as it is now."""

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


@final
@dataclass(frozen=True, slots=True)
class CommitRefused:
    """The catalog said no, and a look confirmed that the load is not in the table."""

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


@final
@dataclass(frozen=True, slots=True)
class CommitUnknown:
    """No answer came back: the load may have landed, so its files are kept."""

    table: str
    load_id: str
    cause: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"no answer to the commit of load {self.load_id} to {self.table}: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: the load is looked for first, and committed only if it is absent."


@final
@dataclass(frozen=True, slots=True)
class StagedFilesGone:
    """The load is in no table and its files are not there either: it was refused before, and taken back in part."""

    table: str
    load_id: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"load {self.load_id} of {self.table} was taken back before it landed: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Run again: its rows are read from the source once more."


@final
@dataclass(frozen=True, slots=True)
class StateMoved:
    """The load's rows were read from another state than the table has; nothing of the load was written."""

    table: str
    load_id: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return (
            f"load {self.load_id} of {self.table} is out of date:"
            " since its rows were read, another load has moved the table's state, or a roll-back has"
        )

    @property
    def next_step(self) -> str:
        return "Run again: what is new is read from the source by the state that the table has now."


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
    | MergeRefused
    | StagedFilesGone
    | StateMoved
)
Fault: TypeAlias = Invalid | MissingPackage | SourceFailed | ContractViolated | CommitFault | Unforeseen


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
    return f"[{fault.category.value}] {fault.message} ({where}). {fault.next_step}"
