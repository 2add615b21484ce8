"""What is known of a table: what its metadata says, what its storage has, and what its rows say."""

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
    """A file that the metadata names: the length that it *says*, if it does, and the one it *has*; None where it is gone."""

    path: str
    role: str
    says: int | None
    has: int | None


@final
@dataclass(frozen=True, slots=True)
class RowsFact:
    """A data file's own account of itself: its rows, the columns that are not the table's, and those with other values."""

    path: str
    says: int
    has: int
    foreign: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Total:
    """A number that is written at a *place*, and what it should be by the files."""

    place: str
    name: str
    says: int
    has: int


@final
@dataclass(frozen=True, slots=True)
class SequenceNumber:
    """A sequence number that stands at a *place*, and the highest that can stand there."""

    place: str
    number: int
    most: int


class Change(Enum):
    """What a snapshot did to the rows."""

    NOTHING = "the same rows"
    ADDED = "a load added rows"
    CHANGED = "a load changed rows"
    FOREIGN = "somebody else changed rows"


Figures = Mapping[str, int]


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot of the current history, newest first."""

    id: int
    sequence: int
    change: Change
    load_id: str | None = None
    state: str | None = None
    figures: Figures = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Record:
    """What a property says of a load."""

    tag: Tag
    figures: Figures = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class CursorFact:
    """The cursor in the state, and the lowest and newest value in the table, and the newest in files of ours."""

    column: str
    value: object
    lowest: object = None
    newest: object = None
    newest_of_ours: object = None


@final
@dataclass(frozen=True, slots=True)
class Orphans:
    """Files of ours at the tables' places that nothing names; a load that runs now has some, too."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: Orphans) -> Orphans:
        return Orphans(self.files + other.files, self.bytes + other.bytes)


@final
@dataclass(frozen=True, slots=True)
class TableFacts:
    """All that is known of one table; *elsewhere* are the sequence numbers of snapshots that are not of its history."""

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
