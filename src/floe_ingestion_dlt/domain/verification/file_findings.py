"""Damage in the files of a table, as values that say where it is and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

RESTORE: Final = (
    "Restore it from a backup of the storage, or roll {} back to a snapshot that does not need it."
)


@final
@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that the table's metadata names is not in the storage."""

    table: str
    path: str
    role: str

    @property
    def message(self) -> str:
        return f"the {self.role} {self.path} is gone"

    @property
    def next_step(self) -> str:
        return RESTORE.format(self.table)


@final
@dataclass(frozen=True, slots=True)
class WrongLength:
    """A file has another length than the table's metadata says."""

    table: str
    path: str
    role: str
    says: int
    has: int

    @property
    def message(self) -> str:
        return f"the {self.role} {self.path} has {self.has} bytes, and should have {self.says}"

    @property
    def next_step(self) -> str:
        return RESTORE.format(self.table)


@final
@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file exists but cannot be read."""

    table: str
    path: str
    role: str
    cause: str

    @property
    def message(self) -> str:
        return f"the {self.role} {self.path} cannot be read: {self.cause}"

    @property
    def next_step(self) -> str:
        return RESTORE.format(self.table)


@final
@dataclass(frozen=True, slots=True)
class WrongRowCount:
    """A data file has more or fewer rows than its manifest says."""

    table: str
    path: str
    says: int
    has: int

    @property
    def message(self) -> str:
        return f"the data file {self.path} has {self.has} rows, and its manifest says {self.says}"

    @property
    def next_step(self) -> str:
        return RESTORE.format(self.table)


@final
@dataclass(frozen=True, slots=True)
class WrongBounds:
    """A data file has values outside of its manifest's bounds, so that readers skip rows that they should return."""

    table: str
    path: str
    columns: tuple[str, ...]

    @property
    def message(self) -> str:
        named = ", ".join(self.columns)
        return f"the data file {self.path} has other values than its manifest says (in {named})"

    @property
    def next_step(self) -> str:
        return RESTORE.format(self.table)


@final
@dataclass(frozen=True, slots=True)
class ForeignFields:
    """A data file has columns that readers cannot match with the table's: their field ids are missing, or not the table's."""

    table: str
    path: str
    columns: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"the data file {self.path} has columns without a field id of the table: {', '.join(self.columns)}"

    @property
    def next_step(self) -> str:
        return (
            f"Remove the file from {self.table} and add its rows by a load,"
            " or set the table's property schema.name-mapping.default if the file has no field ids."
        )


@final
@dataclass(frozen=True, slots=True)
class FileTwice:
    """The current snapshot has a data file more than once, and so its rows."""

    table: str
    path: str

    @property
    def message(self) -> str:
        return f"the data file {self.path} is in the table more than once"

    @property
    def next_step(self) -> str:
        return f"Roll {self.table} back to before it was added again, or rewrite its rows."


@final
@dataclass(frozen=True, slots=True)
class TotalsDiffer:
    """A total in a snapshot's summary, or in a list of manifests, is not what the manifests add up to."""

    table: str
    place: str
    total: str
    says: int
    has: int

    @property
    def message(self) -> str:
        return f"{self.place} says {self.total}: {self.says}, and its files add up to {self.has}"

    @property
    def next_step(self) -> str:
        return f"Rewrite the manifests of {self.table} with an engine of your choice. Until then, do not rely on this total."


@final
@dataclass(frozen=True, slots=True)
class WrongSequence:
    """A sequence number is too high, so that deletes do not apply to the rows that they should delete."""

    table: str
    place: str
    number: int
    most: int

    @property
    def message(self) -> str:
        return f"{self.place} is {self.number}, and can be {self.most} at most"

    @property
    def next_step(self) -> str:
        return f"Roll {self.table} back to a snapshot before this one, and load again."


@final
@dataclass(frozen=True, slots=True)
class UnreadableTable:
    """The table's metadata cannot be read, and nothing else could be checked."""

    table: str
    cause: str

    @property
    def message(self) -> str:
        return f"the table's metadata cannot be read: {self.cause}"

    @property
    def next_step(self) -> str:
        return f"Register an older metadata file of {self.table} with the catalog, or restore the one that it names."


@final
@dataclass(frozen=True, slots=True)
class Unchecked:
    """A part could not be checked, because the storage or the catalog failed."""

    table: str
    place: str
    cause: str

    @property
    def message(self) -> str:
        return f"{self.place} could not be checked: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Check that the catalog and its storage are up, and that these credentials may read; then verify again."
