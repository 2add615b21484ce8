"""What can become of a commit that does not land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.category import Category


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
class LoadInParts:
    """A catalog that commits table by table has the load in some tables, *landed*, refuses it in the others, and does not take it back.

    The load is kept.
    """

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
        return "Remove the cause, then run again: the load is pending, and is finished before anything new is read."


@final
@dataclass(frozen=True, slots=True)
class CommitUnknown:
    """No answer came back: the load may have landed, so its files are kept.

    The catalog may want to be left alone for *retry_after* seconds.
    """

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
        return "Run again: the load is looked for first, and committed only if it is absent."


@final
@dataclass(frozen=True, slots=True)
class StagedFilesGone:
    """The load is in no table, and its staged files cannot be shown: they are gone, or the table was changed after they were staged."""

    table: str
    load_id: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return (
            f"the staged files of load {self.load_id} of {self.table} cannot be used any more: {self.cause}"
        )

    @property
    def next_step(self) -> str:
        return "Run again: its rows are read from the source once more."


@final
@dataclass(frozen=True, slots=True)
class TableDropped:
    """A table of the load is not in the catalog any more; nothing of the load is in it."""

    table: str
    load_id: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"{self.table} was dropped or renamed while load {self.load_id} was on its way to it"

    @property
    def next_step(self) -> str:
        return "Run again: the table is created anew. If it was renamed, set destination_table to its new name first."


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
