"""Implements what `domain.repair` needs, on an Iceberg catalog.

A request names the snapshot on which it is based, and is refused once the table has another one. So an empty snapshot is
a fence: no request that was sent before it can be committed any more.
"""

from __future__ import annotations

import json
from typing import final

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import (
    AssertRefSnapshotId,
    AssertTableUUID,
    RemovePropertiesUpdate,
    RemoveSnapshotRefUpdate,
    TableUpdate,
)
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.files.named_files import manifest_uuid
from floe_ingestion_dlt.adapters.iceberg.internals import Change, DraftTransaction, change_of, main_at
from floe_ingestion_dlt.adapters.iceberg.state_files import keep_file
from floe_ingestion_dlt.adapters.iceberg.table_loads import snapshots_of
from floe_ingestion_dlt.adapters.iceberg.tables import find
from floe_ingestion_dlt.domain.faults import Category, CommitFault, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.repair import Announced
from floe_ingestion_dlt.domain.table_history import History


@final
class CatalogTables:
    """The tables of a catalog, one at a time. Raises the catalog's errors."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def announced(self, root: TableName) -> Result[Announced, CommitFault]:
        table = find(self._catalog, root)
        if table is None:
            return Success({})
        undone = ledger.undone_loads(table.metadata)
        known = ledger.pending(table.metadata)
        # Of loads that a reset took out, the newest one is on top of the others in nested tables.
        pending = {load: known[load] for load in sorted(known, key=lambda load: -undone.get(load, 0))}
        history = ledger.history_of(table) if pending else History()
        return Success(
            {
                load: [TableName(tuple(levels), name) for *levels, name in json.loads(table.properties[key])]
                for load, key in pending.items()
                if not history.holds(load)
            }
        )

    def holds(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        found = find(self._catalog, table)
        return Success(found is not None and ledger.history_of(found).holds(load_id))

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        found = find(self._catalog, table)
        if found is None:
            return Success(True)  # noqa: FBT003 - no request lands in a table that is gone
        transaction, state = DraftTransaction(found), ledger.history_of(found).proven_state
        summary = ledger.fence_summary(state)
        with transaction.update_snapshot(snapshot_properties=summary).fast_append() as producer:
            producer.commit_uuid = manifest_uuid()
        if state is not None:
            keep_file(transaction, found, state, None, producer.snapshot_id)
        return Success(self._is_committed(change_of(transaction)))

    def undo(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        found = find(self._catalog, table)
        history = History() if found is None else ledger.history_of(found)
        if found is None or not history.holds(load_id):
            return Success(False)  # noqa: FBT003 - another process took it back
        own = snapshots_of(found).of_load(load_id)
        if isinstance(own, Failure):
            return Failure(_covered(table, load_id))
        shown = own.unwrap()
        return Success(self._is_committed(_without(found, load_id, None if shown is None else shown.id)))

    def forget(self, root: TableName, load_id: str) -> Result[bool, CommitFault]:
        table = find(self._catalog, root)
        if table is None or load_id not in ledger.pending(table.metadata):
            return Success(True)  # noqa: FBT003 - it is gone already
        removal = RemovePropertiesUpdate(removals=[ledger.PENDING_PREFIX + load_id])
        identity = AssertTableUUID(uuid=table.metadata.table_uuid)
        return Success(self._is_committed(Change(table, (removal,), (identity,))))

    def _is_committed(self, change: Change) -> bool:
        try:
            kind_of(self._catalog).commit(change)
        except CommitFailedException:
            return False
        return True


def _without(table: Table, load_id: str, shown: int | None) -> Change:
    """The change that removes a load from the table. The load is in the snapshot *shown*, or only in the properties."""
    current = table.metadata.current_snapshot()
    own = None if shown is None else table.metadata.snapshot_by_id(shown)
    updates: list[TableUpdate] = []
    if own is not None:
        updates.append(_back_to(own.parent_snapshot_id))
    # The property is removed too: it would count once the snapshots around it have expired.
    if (key := ledger.LOAD_PREFIX + load_id) in table.properties:
        updates.append(RemovePropertiesUpdate(removals=[key]))
    requirements = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=current.snapshot_id if current else None),
    )
    return Change(table, tuple(updates), requirements)


def _back_to(snapshot_id: int | None) -> TableUpdate:
    if snapshot_id is None:
        return RemoveSnapshotRefUpdate(ref_name=MAIN_BRANCH)
    return main_at(snapshot_id)


def _covered(table: TableName, load_id: str) -> DestinationFailed:
    return DestinationFailed(
        f"{table} has rows of load {load_id}, which is not in its root table, and another writer has written since",
        Category.PERMANENT,
        f"Delete the rows that the snapshot with floe.load-id {load_id} added to {table}, or roll {table} back to before it.",
    )
