"""Removes a load's rows from nested tables if tables are committed one by one and the root table did not get the load.

The root is fenced first. Otherwise, a late request could add root rows whose nested rows are gone. A nested table is fenced
after its rows were removed. Otherwise, a late request that was built on the snapshot that is current again could add them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, CommitFault, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName

ATTEMPTS: Final = 20

Announced = Mapping[str, Sequence[TableName]]


class TablesInTurn(Protocol):
    """Tables that are committed one by one, the root last. The methods return False if another writer was first."""

    def announced(self, root: TableName) -> Result[Announced, CommitFault]:
        """For each load that was announced in *root* and is not in it, its nested tables; of those that a reset has undone, the newest first."""
        ...

    def holds(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Whether the load is in the table; False if there is no such table."""
        ...

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        """Give the table a new version with the same rows, unless it was dropped."""
        ...

    def undo(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Roll the table back to the snapshot before the load's; a fault if anything but fences was written since."""
        ...

    def forget(self, root: TableName, load_id: str) -> Result[bool, CommitFault]:
        """Remove the load's announcement from *root*."""
        ...


def repair(tables: TablesInTurn, roots: Iterable[TableName], alive: str) -> Result[int, CommitFault]:
    """Take back every load except *alive* that was announced in one of *roots* and is not in it.

    Returns the number of tables from which loads were removed.
    """
    return _total(_repair_root(tables, root, alive) for root in roots)


def take_back(tables: TablesInTurn, roots: Iterable[TableName], load_id: str) -> Result[int, CommitFault]:
    """Take a load back from its announced nested tables; no request of it for *roots* may still be open.

    Returns the number of tables from which it was removed. The announcement stays, because the root may not be changeable; the
    next load removes it.
    """
    return _total(_take_back_nested(tables, root, load_id) for root in roots)


def fence(tables: TablesInTurn, names: Iterable[TableName], load_id: str) -> Result[None, CommitFault]:
    """Ensure that no request for the load can land in these tables any more.

    A table that has the load needs no fence: any other request for the load was built on the snapshot before, and is refused.
    """
    fences = (_fence(tables, name, load_id) for name in names)
    return next((failed for failed in fences if isinstance(failed, Failure)), Success(None))


def _fence(tables: TablesInTurn, table: TableName, load_id: str) -> Result[None, CommitFault]:
    for _ in range(ATTEMPTS):
        has = tables.holds(table, load_id)
        done = has if has.value_or(True) else tables.fence(table)  # noqa: FBT003 - a failure is the answer
        if isinstance(done, Failure) or done.unwrap():
            return done.map(lambda _: None)
    return Failure(_moving(table))


def _repair_root(tables: TablesInTurn, root: TableName, alive: str) -> Result[int, CommitFault]:
    return tables.announced(root).bind(
        lambda loads: _total(_repair_load(tables, root, load) for load in loads if load != alive)
    )


def _repair_load(tables: TablesInTurn, root: TableName, load_id: str) -> Result[int, CommitFault]:
    return (
        _fence(tables, root, load_id)
        .bind(lambda _: _take_back_nested(tables, root, load_id))
        .bind(lambda repaired: _forget(tables, root, load_id).map(lambda _: repaired))
    )


def _take_back_nested(tables: TablesInTurn, root: TableName, load_id: str) -> Result[int, CommitFault]:
    return tables.announced(root).bind(
        lambda loads: _total(_take_back(tables, table, load_id) for table in loads.get(load_id, ()))
    )


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
        f"other writers changed {table} before each of {ATTEMPTS} attempts to take back a load",
        Category.TRANSIENT,
        "Run again when fewer writers are active.",
    )


def _total(counts: Iterable[Result[int, CommitFault]]) -> Result[int, CommitFault]:
    """The sum, or the first failure; the remaining counts are not evaluated after a failure."""
    total = 0
    for count in counts:
        if isinstance(count, Failure):
            return count
        total += count.unwrap()
    return Success(total)
