"""Damage in a table's records of loads, in its cursor and in nested rows, as values that say where it is and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class LoadTwice:
    """A load is in the table's history more than once."""

    table: str
    load_id: str
    snapshots: tuple[int, ...]

    @property
    def message(self) -> str:
        return f"load {self.load_id} is in snapshots {', '.join(map(str, self.snapshots))}"

    @property
    def next_step(self) -> str:
        return f"Roll {self.table} back to before the second of them, and run again; please report it, too."


@final
@dataclass(frozen=True, slots=True)
class LoadRecordDiffers:
    """The record of a load in the table's properties differs from the load's snapshot."""

    table: str
    load_id: str
    cause: str

    @property
    def message(self) -> str:
        return f"the record of load {self.load_id} in the table's properties differs from its snapshot: {self.cause}"

    @property
    def next_step(self) -> str:
        return f"Find out who changes properties of {self.table} that begin with floe.; the load may be repeated once its snapshot has expired."


@final
@dataclass(frozen=True, slots=True)
class BrokenProperty:
    """A property or snapshot summary of the plugin cannot be parsed; the next load fails because of it."""

    table: str
    key: str

    @property
    def message(self) -> str:
        return f"{self.key} cannot be read"

    @property
    def next_step(self) -> str:
        return f"Set it back to what an older metadata file of {self.table} has, or remove it."


@final
@dataclass(frozen=True, slots=True)
class UnreadableState:
    """The pipeline's state in the table cannot be read, so the next run has no cursor."""

    table: str
    cause: str

    @property
    def message(self) -> str:
        return f"the pipeline's state cannot be read: {self.cause}"

    @property
    def next_step(self) -> str:
        return f"Restore the file that holds it from a backup, or roll {self.table} back by one load and run again."


@final
@dataclass(frozen=True, slots=True)
class CursorAhead:
    """The cursor is higher than in every row, so rows in between are never loaded."""

    table: str
    column: str
    cursor: str
    newest: str

    @property
    def message(self) -> str:
        return f"the cursor on {self.column} is {self.cursor}, and the newest row has {self.newest}"

    @property
    def next_step(self) -> str:
        return (
            f"Roll {self.table} back to a snapshot of a load (its cursor goes back with it), and run again."
        )


@final
@dataclass(frozen=True, slots=True)
class CursorBehind:
    """Some rows are beyond the cursor, so they are loaded again."""

    table: str
    column: str
    cursor: str
    newest: str

    @property
    def message(self) -> str:
        return f"the cursor on {self.column} is {self.cursor}, and a load has added a row with {self.newest}"

    @property
    def next_step(self) -> str:
        return f"Roll {self.table} back to the snapshot that set the cursor, and run again."


@final
@dataclass(frozen=True, slots=True)
class NestedWithoutRoot:
    """Rows of a nested table belong to root or parent rows that do not exist."""

    table: str
    column: str
    root: str
    rows: int
    example: str

    @property
    def message(self) -> str:
        return f"{self.rows} rows have a {self.column} that is not in {self.root}, such as {self.example}"

    @property
    def next_step(self) -> str:
        return f"Delete these rows of {self.table}, or restore those that they belong to."


@final
@dataclass(frozen=True, slots=True)
class RootMissing:
    """A nested table belongs to a root table that does not exist."""

    table: str
    root: str

    @property
    def message(self) -> str:
        return f"its rows are nested in those of {self.root}, and there is no such table"

    @property
    def next_step(self) -> str:
        return f"Restore {self.root}, or drop {self.table} too."


@final
@dataclass(frozen=True, slots=True)
class OpenLoad:
    """A load was announced and is not in its root table: it is running, or was killed."""

    table: str
    load_id: str
    nested: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"load {self.load_id} is not finished; its rows may be in {', '.join(self.nested)}"

    @property
    def next_step(self) -> str:
        return f"Unless it is running now, load {self.table} again: the next load removes what a failed one left behind."
