"""The facts of a table: from its metadata, its storage and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import final

from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_history import Tag
from floe_ingestion_dlt.domain.verification.file_findings import Unchecked


@final
@dataclass(frozen=True, slots=True)
class FileFact:
    """A file that the metadata names: its length by the metadata (*says*), if known, and its real length (*has*); None if it is gone."""

    path: str
    role: str
    says: int | None
    has: int | None


@final
@dataclass(frozen=True, slots=True)
class RowsFact:
    """The rows of a data file, by its manifest (*says*) and by its footer (*has*).

    *foreign* are columns that are not the table's, *outside* those with values outside of the manifest's bounds.
    """

    path: str
    says: int
    has: int
    foreign: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Total:
    """A total that is recorded at a *place*, and the total by the files."""

    place: str
    name: str
    says: int
    has: int


@final
@dataclass(frozen=True, slots=True)
class SequenceNumber:
    """A sequence number that is recorded at a *place*, and the highest number that is valid there."""

    place: str
    number: int
    most: int


class Change(Enum):
    """What a snapshot changed."""

    NOTHING = "the same rows"
    ADDED = "a load added rows"
    CHANGED = "a load changed rows"
    FOREIGN = "another writer changed rows"


Figures = Mapping[str, int]


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot of the current history."""

    id: int
    sequence: int
    change: Change
    load_id: str | None = None
    state: str | None = None
    figures: Figures = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Record:
    """The record of a load in a table property."""

    tag: Tag
    figures: Figures = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class CursorFact:
    """The cursor in the state, the lowest and highest value in the table, and the highest value in the plugin's own files."""

    column: str
    value: object
    lowest: object = None
    newest: object = None
    newest_of_ours: object = None


@final
@dataclass(frozen=True, slots=True)
class Orphans:
    """The plugin's files at the tables' locations that no table names; a load that is running now has some, too."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: Orphans) -> Orphans:
        return Orphans(self.files + other.files, self.bytes + other.bytes)


@final
@dataclass(frozen=True, slots=True)
class TableFacts:
    """All facts of one table; *elsewhere* has the sequence numbers of snapshots that are not in its history."""

    table: TableName
    columns: frozenset[str] = frozenset()
    owner: TableName | None = None
    files: tuple[FileFact, ...] = ()
    rows: tuple[RowsFact, ...] = ()
    twice: tuple[str, ...] = ()
    damaged: tuple[tuple[str, str, str], ...] = ()
    totals: tuple[Total, ...] = ()
    sequences: tuple[SequenceNumber, ...] = ()
    history: tuple[Shown, ...] = ()
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    pending: Mapping[str, Sequence[TableName]] = field(default_factory=dict)
    state_fault: str | None = None
    cursor: CursorFact | None = None
    unreadable: str | None = None
    unchecked: tuple[Unchecked, ...] = ()
    orphans: Orphans = Orphans()
