"""Taking back what a load left in nested tables, where tables are committed one by one and the root did not get it.

The root is fenced first. Otherwise a late request could bring root rows whose nested rows are gone. A nested table is
fenced after its rows went: otherwise a late request, built on the snapshot that is the current one again, could bring them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, CommitFault, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName

ATTEMPTS: Final = 20

Announced = Mapping[str, Sequence[TableName]]


class TablesInTurn(Protocol):
    """Tables that are committed one by one, the root last. Answers are False where another writer was first."""

    def announced(self, root: TableName) -> Result[Announced, CommitFault]:
        """The nested tables of each load that was announced in *root* and is not in it."""
        ...

    def holds(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Whether the load is in the table; False where there is no such table."""
        ...

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        """Give the table a new version with the same rows, unless it is gone."""
        ...

    def undo(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Make the snapshot before the load's the current one; a fault where another writer has written on top of it."""
        ...

    def forget(self, root: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Take the load's announcement out of *root*."""
        ...


def repair(tables: TablesInTurn, root: TableName, alive: str | None = None) -> Result[int, CommitFault]:
    """Take back every load that was announced in *root* and did not come there, but not *alive*; from how many tables."""
    announced = tables.announced(root)
    if isinstance(announced, Failure):
        return announced
    repaired = 0
    for load_id in announced.unwrap():
        if load_id != alive:
            taken_back = _repair_one(tables, root, load_id)
            if isinstance(taken_back, Failure):
                return taken_back
            repaired += taken_back.unwrap()
    return Success(repaired)


def take_back(tables: TablesInTurn, root: TableName, load_id: str) -> Result[int, CommitFault]:
    """Take a load of which no request for *root* is on its way out of the nested tables that are announced for it.

    The announcement stays, for a root that cannot be changed; the next load forgets it.
    """
    announced = tables.announced(root)
    if isinstance(announced, Failure):
        return announced
    repaired = 0
    for table in announced.unwrap().get(load_id, ()):
        taken_back = _take_back(tables, table, load_id)
        if isinstance(taken_back, Failure):
            return taken_back
        repaired += taken_back.unwrap()
    return Success(repaired)


def fence(tables: TablesInTurn, table: TableName, load_id: str) -> Result[None, CommitFault]:
    """Let no request for the load land in *table* any more.

    A table that has the load needs no fence: another request for it was built on the snapshot before, and is refused.
    """
    for _ in range(ATTEMPTS):
        has = tables.holds(table, load_id)
        done = has if has.value_or(True) else tables.fence(table)  # noqa: FBT003 - a failure is the answer
        if isinstance(done, Failure) or done.unwrap():
            return done.map(lambda _: None)
    return Failure(_moving(table))


def _repair_one(tables: TablesInTurn, root: TableName, load_id: str) -> Result[int, CommitFault]:
    fenced = fence(tables, root, load_id)
    if isinstance(fenced, Failure):
        return fenced
    taken_back = take_back(tables, root, load_id)
    if isinstance(taken_back, Failure):
        return taken_back
    return _forget(tables, root, load_id).map(lambda _: taken_back.unwrap())


def _take_back(tables: TablesInTurn, table: TableName, load_id: str) -> Result[int, CommitFault]:
    """Undo the load in *table* until a fence lands on the snapshot before it; 1 if the load was there."""
    repaired = 0
    for _ in range(ATTEMPTS):
        has = tables.holds(table, load_id)
        if isinstance(has, Failure):
            return has
        repaired = 1 if has.unwrap() else repaired
        done = tables.undo(table, load_id) if has.unwrap() else tables.fence(table)
        if isinstance(done, Failure):
            return done
        if done.unwrap() and not has.unwrap():
            return Success(repaired)
    return Failure(_moving(table))


def _forget(tables: TablesInTurn, root: TableName, load_id: str) -> Result[None, CommitFault]:
    for _ in range(ATTEMPTS):
        forgotten = tables.forget(root, load_id)
        if isinstance(forgotten, Failure) or forgotten.unwrap():
            return forgotten.map(lambda _: None)
    return Failure(_moving(root))


def _moving(table: TableName) -> DestinationFailed:
    return DestinationFailed(
        f"other writers changed {table} before each of {ATTEMPTS} attempts to take a load back",
        Category.TRANSIENT,
        "Run again when fewer writers are at work.",
    )
