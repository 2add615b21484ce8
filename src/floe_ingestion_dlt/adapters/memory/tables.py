"""Tables in memory, with their history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.types import from_arrow, to_arrow
from floe_ingestion_dlt.domain.load import Receipt, StoredState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.table_history import History, Snapshot, Tag, traced
from floe_ingestion_dlt.domain.table_loads import TableSnapshot, TableSnapshots
from floe_ingestion_dlt.domain.wider_types import widened
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.writable import WRITABLE_VERSION, Unreadable


@final
@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """A table's rows at one moment, the staged files that they came from, and the *window* that was replaced, if one was."""

    snapshot: Snapshot
    rows: pa.Table
    files: frozenset[str] = frozenset()
    is_fence: bool = False
    window: Window | None = None
    kind: str | None = None
    at: datetime = field(default_factory=partial(datetime.now, UTC))


@final
@dataclass(frozen=True, slots=True)
class BuiltOn:
    """A table's current snapshot, its columns, and the sequence number of its newest snapshot, which a roll-back does not reset."""

    head: int | None
    schema: TableSchema
    sequence: int

    def is_taken(self, now: BuiltOn, *, is_snapshot: bool) -> bool:
        """Whether a table in the state *now* accepts a request that was built on this one, by the rules of Iceberg's catalogs.

        A snapshot must have a higher number than all before it, unless it has no parent.
        """
        in_order = not is_snapshot or self.head is None or self.sequence == now.sequence
        return in_order and (self.head, self.schema) == (now.head, now.schema)


@final
@dataclass
class MemoryTable:
    """A table with its history, newest snapshot last; *pending* are announced loads with their nested tables."""

    schema: TableSchema
    history: list[MemorySnapshot] = field(default_factory=list)
    loads: dict[str, tuple[Tag, Receipt]] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None
    states: dict[str, StoredState] = field(default_factory=dict)
    pending: dict[str, tuple[TableName, ...]] = field(default_factory=dict)
    version: int = 0
    whole: bool = True
    owner: TableName | None = None
    sequence: int = 0
    added: set[str] = field(default_factory=set)
    made: dict[int, Snapshot] = field(default_factory=dict)
    format_version: int = WRITABLE_VERSION
    unreadable: frozenset[Unreadable] = frozenset()
    undone: set[str] = field(default_factory=set)
    applied: dict[int, int] = field(default_factory=dict)

    @property
    def rows(self) -> pa.Table:
        """The rows now, in the columns that the table has now."""
        target = arrow_schema(self.schema)
        return filled(self.history[-1].rows, target) if self.history else target.empty_table()

    @property
    def files(self) -> frozenset[str]:
        return self.history[-1].files if self.history else frozenset()

    @property
    def head(self) -> int | None:
        """The current snapshot's id."""
        return self.history[-1].snapshot.id if self.history else None

    def changes_since(self, version: str) -> Iterator[Window | None]:
        """The windows that were replaced after the snapshot *version*; None for any other change."""
        for entry in reversed(self.history):
            if str(entry.snapshot.id) == version:
                return
            if not entry.is_fence:
                yield entry.window
        if version or not self.whole:
            yield None

    @property
    def snapshots(self) -> TableSnapshots:
        """The snapshots from which the present rows were made."""
        newest_first = (
            TableSnapshot(
                entry.snapshot.id,
                entry.at,
                entry.snapshot.load_id,
                self.applied.get(entry.snapshot.id),
                entry.kind,
                is_fence=entry.is_fence,
            )
            for entry in reversed(self.history)
        )
        return TableSnapshots(tuple(newest_first), self.whole)

    @property
    def built_on(self) -> BuiltOn:
        """What a request that is built now requires of the table."""
        return BuiltOn(self.head, self.schema, self.sequence)

    @property
    def being_created(self) -> bool:
        return all(entry.is_fence for entry in self.history)

    def note(self, past: History) -> None:
        """Record the state with the snapshots that others made since the last load."""
        noted = {s.id: replace(s, state=past.proven_state) for s in past.without_state()}
        self.made |= noted
        self.history = [
            replace(entry, snapshot=noted.get(entry.snapshot.id, entry.snapshot)) for entry in self.history
        ]

    def grow(self, schema: TableSchema) -> None:
        """Replace the schema by *schema*, which has all of its columns, some perhaps in other types."""
        self.added |= {column.name for column in schema.columns if self.schema.type_of(column.name) is None}
        self.schema = schema

    def roll_back(self) -> None:
        """Make the snapshot before the current one the current one."""
        self.history.pop()
        self.version += 1

    def go_back(self, to: int | None) -> None:
        """Make the snapshot *to* the current one; without one, the table has no rows."""
        while self.history and self.head != to:
            self.roll_back()
        self.whole = self.whole or not self.history

    def expire(self) -> None:
        """Forget all snapshots but the current one."""
        self.whole = self.whole and len(self.history) == 1
        self.history = self.history[-1:]

    @property
    def past(self) -> History:
        """The history: the snapshots that exist, and what is still recorded of expired ones."""
        shown = History(
            snapshots=tuple(entry.snapshot for entry in reversed(self.history)),
            whole=self.whole,
            loads={load_id: tag for load_id, (tag, _) in self.loads.items()},
            state=self.state,
        )
        return traced(shown, [self.made])


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """The table and load of a staged file; *number* counts files and snapshots in the order in which they were made."""

    table: TableName
    load_id: str
    number: int


def arrow_schema(schema: TableSchema) -> pa.Schema:
    return pa.schema([(column.name, to_arrow(column.type)) for column in schema.columns])


def filled(rows: pa.Table, target: pa.Schema) -> pa.Table:
    """*rows* in the columns of *target*: cast if the type is wider, and null if the column is missing or has another type."""
    columns = [
        rows[f.name].cast(f.type) if _is_wider(rows, f) else pa.nulls(len(rows), f.type) for f in target
    ]
    return pa.Table.from_arrays(columns, schema=target)


def _is_wider(rows: pa.Table, wanted: pa.Field[pa.DataType]) -> bool:
    if wanted.name not in rows.column_names:
        return False
    has, kind = (from_arrow(found) for found in (rows.schema.field(wanted.name).type, wanted.type))
    return widened(has, kind) == kind
