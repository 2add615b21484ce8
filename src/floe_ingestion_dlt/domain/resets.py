"""Resets: a table goes back to an earlier snapshot, or its cursor to an earlier value."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.cursor_moves import TARGET
from floe_ingestion_dlt.domain.cursors import shown
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed, Invalid
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.load_state import PastLoad, ResourceCursor
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_loads import TableSnapshot, TableSnapshots
from floe_ingestion_dlt.domain.window_bounds import Bound

# How many snapshots an error names.
_MOST_NAMED: Final = 5
WANTED: Final = "ToSnapshot(id) or ToCursor(value)"


@final
@dataclass(frozen=True, slots=True)
class ToSnapshot:
    """The table gets the rows and the state of its snapshot with this id. Raises ValueError if it is no whole number."""

    id: int

    def __post_init__(self) -> None:
        if type(self.id) is not int:
            raise ValueError(
                f"{shown(self.id)} is no id of a snapshot. Give a whole number, as state() shows it."
            )


@final
@dataclass(frozen=True, slots=True)
class ToCursor:
    """The next load reads from this value of the cursor on; rows stay."""

    value: Bound | float


Target: TypeAlias = ToSnapshot | ToCursor


@final
@dataclass(frozen=True, slots=True)
class ResetReport:
    """What a reset has done to the *table*, and what the next load reads again.

    *undone* are the loads whose rows were taken out, newest first. *cursors* are those from which the next load reads. *files* is the number of files that were known
    and are not any more, so that they are read again.
    """

    table: TableName
    cursors: tuple[ResourceCursor, ...] = ()
    undone: tuple[PastLoad, ...] = ()
    files: int = 0

    @property
    def loads(self) -> int:
        """The number of loads that were undone."""
        return len(self.undone)

    @property
    def rows(self) -> int:
        """The rows that these loads had applied to the table; those of nested tables do not count."""
        return sum(load.rows or 0 for load in self.undone)


@final
@dataclass(frozen=True, slots=True)
class TableReturn:
    """A *table* whose current snapshot was *seen*, and the snapshot whose rows it gets; None for no rows."""

    table: TableName
    seen: int | None
    to: int | None


@final
@dataclass(frozen=True, slots=True)
class Return:
    """The tables of one source that go back together, the root first.

    The loads that are *undone* are named newest first. The root gets the *state*; without one, that of the snapshot to which it returns.
    """

    id: str
    tables: tuple[TableReturn, ...]
    undone: tuple[str, ...] = ()
    state: StoredState | None = None

    @property
    def root(self) -> TableReturn:
        return self.tables[0]

    @property
    def changes_nothing(self) -> bool:
        """Whether all tables stay as they are."""
        return self.state is None and all(table.seen == table.to for table in self.tables)


def undone_by(
    table: TableName, snapshots: TableSnapshots, to: int
) -> Result[tuple[TableSnapshot, ...], Invalid]:
    """The snapshots of the root that are undone if it returns to the snapshot *to*; refused if one is another writer's."""
    if not snapshots.has(to):
        wanted = f"ToSnapshot(id) with a snapshot from which the present rows of {table} were made, and which has not expired"
        return Failure(Invalid(TARGET, str(to), wanted))
    newer = snapshots.after(to)
    if foreign := [snapshot for snapshot in newer if snapshot.is_foreign]:
        wanted = f"ToSnapshot(id) of {named(foreign)} or a later one: other writers made them, and their changes would be lost"
        return Failure(Invalid(TARGET, str(to), wanted))
    return Success(newer)


def nested_return(
    table: TableName, snapshots: TableSnapshots, undone: Collection[str]
) -> Result[TableReturn | None, DestinationFailed]:
    """How a nested table returns with its root, whose loads are *undone*; None if it has none of them."""
    newest = snapshots.newest_first
    places = [place for place, snapshot in enumerate(newest) if snapshot.load_id in undone]
    if not places:
        return Success(None)
    last = places[-1]
    if others := [s for s in newest[:last] if not s.is_fence and s.load_id not in undone]:
        return Failure(
            _refused(
                f"{table} has changes of others since: {named(others)}", "Undo them in the nested table first"
            )
        )
    if last + 1 < len(newest):
        return Success(TableReturn(table, snapshots.current, newest[last + 1].id))
    if not snapshots.whole:
        return Failure(
            _refused(f"the snapshot of {table} that belongs to it has expired", "Choose a later one")
        )
    return Success(TableReturn(table, snapshots.current, None))


def past_loads(snapshots: Iterable[TableSnapshot]) -> tuple[PastLoad, ...]:
    """The loads that made *snapshots*."""
    return tuple(
        PastLoad(found.load_id, found.id, found.at, found.rows, found.kind)
        for found in snapshots
        if found.load_id is not None
    )


def named(snapshots: Collection[TableSnapshot]) -> str:
    """The ids of the snapshots, of many the first ones."""
    ids = [str(snapshot.id) for snapshot in snapshots]
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(ids[:_MOST_NAMED]) + more


def _refused(cause: str, step: str) -> DestinationFailed:
    return DestinationFailed(
        f"the table cannot go back to the snapshot: {cause}",
        Category.PERMANENT,
        f"{step}, or load with refresh=True, which reads everything again.",
    )
