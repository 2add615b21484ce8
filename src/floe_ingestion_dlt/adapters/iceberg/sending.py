"""How the changes of a load reach their tables: at once where the catalog can do that, else one after another.

One after another, a process may die between two tables. So the load is first announced in a property of its first table,
which is the root and is committed last: `floe.pending.<load id>` names the others. A later load that finds an
announcement of a load that is not in the root takes back what that load left in the others, before it adds its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import (
    AssertRefSnapshotId,
    AssertTableUUID,
    RemovePropertiesUpdate,
    RemoveSnapshotRefUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
)
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import ledger
from floe_ingestion_dlt.adapters.iceberg.internals import (
    Change,
    commit_in_one_rest_transaction,
    commit_in_one_sql_transaction,
    commit_one,
    takes_transactions,
)
from floe_ingestion_dlt.adapters.iceberg.tables import find
from floe_ingestion_dlt.domain.faults import Category, CommitFault, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName


def commits_together(catalog: Catalog) -> bool:
    """Whether several tables change in one act, or none does."""
    return isinstance(catalog, SqlCatalog) or (
        isinstance(catalog, RestCatalog) and takes_transactions(catalog)
    )


def send(catalog: Catalog, load_id: str, changes: Sequence[Change], between: Callable[[str], None]) -> None:
    """Send *changes*, the root's first; *between* is called with the name of each table that others follow."""
    if isinstance(catalog, SqlCatalog):
        commit_in_one_sql_transaction(catalog, changes)
        return
    root, *nested = changes
    if nested and isinstance(catalog, RestCatalog) and takes_transactions(catalog):
        commit_in_one_rest_transaction(catalog, changes)
        return
    if nested:
        _announce(catalog, load_id, root.base, nested)
    for change in reversed(nested):
        commit_one(catalog, change)
        between(".".join(change.base.name()))
    commit_one(catalog, root)


def _announce(catalog: Catalog, load_id: str, root: Table, nested: Iterable[Change]) -> None:
    """Write down in the root which tables will have the load before it; those that have it already stand there."""
    key = ledger.PENDING_PREFIX + load_id
    known = json.loads(root.properties.get(key, "[]"))
    names = [
        *known,
        *(list(change.base.name()) for change in nested if list(change.base.name()) not in known),
    ]
    if names != known:
        update = SetPropertiesUpdate(updates={key: json.dumps(names)})
        commit_one(catalog, Change(root, (update,), (AssertTableUUID(uuid=root.metadata.table_uuid),)))


def repair(
    catalog: Catalog, tables: Iterable[TableName], alive: str | None = None
) -> Result[int, CommitFault]:
    """Take back what loads left in nested tables before they died; in how many tables. The load *alive* is left alone."""
    if commits_together(catalog):
        return Success(0)
    repaired = 0
    for name in tables:
        root = find(catalog, name)
        for dead, nested in ({} if root is None else _dead(root, alive)).items():
            for table in nested:
                taken_back = _take_back(catalog, table, dead)
                if isinstance(taken_back, Failure):
                    return taken_back
                repaired += taken_back.unwrap()
    return Success(repaired)


def _dead(root: Table, alive: str | None) -> Mapping[str, list[TableName]]:
    """The tables of loads that were announced in *root* and never came there, but for the one that is *alive*."""
    history = ledger.history_of(root.metadata)
    announced = (
        (load, json.loads(root.properties[key])) for load, key in ledger.pending(root.metadata).items()
    )
    return {
        load: [TableName(tuple(namespace), name) for *namespace, name in names]
        for load, names in announced
        if load != alive and not history.holds(load)
    }


def _take_back(catalog: Catalog, name: TableName, dead: str) -> Result[int, CommitFault]:
    """Make the snapshot before the dead load the current one; 0 if the load is not in the table."""
    table = find(catalog, name)
    if table is None or not (history := ledger.history_of(table.metadata)).holds(dead):
        return Success(0)
    newest, *older = history.snapshots or (None,)
    if any(snapshot is not None and snapshot.load_id == dead for snapshot in older):
        return Failure(_covered(name, dead))
    updates: list[TableUpdate] = []
    if newest is not None and newest.load_id == dead:
        updates.append(_back_to(table.metadata.current_snapshot().parent_snapshot_id))  # type: ignore[union-attr]  # the newest is the current one
    # Without the property too: it would be believed once the snapshots around it have expired.
    if (key := ledger.LOAD_PREFIX + dead) in table.properties:
        updates.append(RemovePropertiesUpdate(removals=[key]))
    requirements = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=newest.id if newest else None),
    )
    commit_one(catalog, Change(table, tuple(updates), requirements))
    return Success(1)


def _back_to(snapshot_id: int | None) -> TableUpdate:
    if snapshot_id is None:
        return RemoveSnapshotRefUpdate(ref_name=MAIN_BRANCH)
    return SetSnapshotRefUpdate(ref_name=MAIN_BRANCH, type="branch", snapshot_id=snapshot_id)  # type: ignore[call-arg]  # the others are optional


def _covered(table: TableName, dead: str) -> DestinationFailed:
    return DestinationFailed(
        f"{table} has rows of load {dead}, which died before its root table had them, and somebody has written since",
        Category.PERMANENT,
        f"Delete what the snapshot with floe.load-id {dead} brought to {table}, or roll {table} back to before it.",
    )
