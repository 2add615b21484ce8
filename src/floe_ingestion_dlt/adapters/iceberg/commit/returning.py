"""Takes tables back to earlier snapshots, all at once if the catalog can do that, else the root first.

In the second case, the root announces the loads that are still in its nested tables, as a commit of several tables does. So the
next load takes them out of the nested tables if this process is killed in between.
"""

from __future__ import annotations

import json
from typing import Final

from pyiceberg.catalog import Catalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import (
    AssertCurrentSchemaId,
    AssertRefSnapshotId,
    AssertTableUUID,
    RemovePropertiesUpdate,
)
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import commit_fault_of
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.commit.sending import repaired
from floe_ingestion_dlt.adapters.iceberg.files.named_files import manifest_uuid
from floe_ingestion_dlt.adapters.iceberg.internals import (
    Change,
    DraftTransaction,
    change_of,
    set_known_schema,
    set_main,
)
from floe_ingestion_dlt.adapters.iceberg.state_files import keep_file, reference_to
from floe_ingestion_dlt.adapters.iceberg.tables import find
from floe_ingestion_dlt.domain.faults import CommitConflict, CommitFault, TableDropped
from floe_ingestion_dlt.domain.resets import Return, TableReturn
from floe_ingestion_dlt.domain.table_history import Tag
from floe_ingestion_dlt.library_errors.error_texts import log_traceback
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones

# The newest loads that were undone are remembered, as many as loads in the table.
KEPT_MARKS: Final = ledger.KEPT_LOADS


def go_back(catalog: Catalog, how: Return, milestones: Milestones) -> Result[None, CommitFault]:
    """Return the tables as *how* says, after loads that were interrupted between two tables are taken back."""
    mended = repaired(catalog, [how.root.table], alive="")
    if isinstance(mended, Failure) or how.changes_nothing:
        return mended.map(lambda _: None)
    changes: list[Change] = []
    for table in how.tables:
        change = _change(catalog, how, table)
        if isinstance(change, Failure):
            return change
        changes.append(change.unwrap())
    try:
        _send(catalog, how, changes, milestones)
    except Exception as error:  # noqa: BLE001 - this is the edge; the answer may be lost, the commit not
        log_traceback("the reset was not answered with a success", error)
        names = ", ".join(str(table.table) for table in how.tables)
        return Failure(commit_fault_of(error, names, how.id))
    return Success(None)


def _send(catalog: Catalog, how: Return, changes: list[Change], milestones: Milestones) -> None:
    kind = kind_of(catalog)
    if kind.commits_together():
        kind.commit_together(changes)
        return
    root, *nested = changes
    kind.commit(root)
    for change in nested:
        milestones(Milestone.BETWEEN_TABLES, ".".join(change.base.name()))
        kind.commit(change)
    if nested and (now := find(catalog, how.root.table)) is not None:
        keys = [key for load, key in ledger.pending(now.metadata).items() if load in how.undone]
        identity = AssertTableUUID(uuid=now.metadata.table_uuid)
        kind.commit(Change(now, (RemovePropertiesUpdate(removals=keys),), (identity,)))


def _change(catalog: Catalog, how: Return, how_table: TableReturn) -> Result[Change, CommitFault]:
    """An empty snapshot on the one to which the table returns: no request that was built on another one can land."""
    name, state = how_table.table, how.state if how_table is how.root else None
    table = find(catalog, name)
    if table is None:
        return Failure(TableDropped(str(name), how.id))
    if table.metadata.current_snapshot_id != how_table.seen:
        return Failure(CommitConflict(str(name), how.id, "the table changed after the look"))
    transaction = DraftTransaction(table)
    if how_table.to != how_table.seen:
        set_main(transaction, how_table.to)
        if (schema := _schema_of_rows(table.metadata, how_table.to)) is not None:
            set_known_schema(transaction, schema)
    history = ledger.history_of(
        Table(table.name(), transaction.table_metadata, table.metadata_location, table.io, table.catalog)
    )
    latest = ledger.latest_state(history, name)
    if isinstance(latest, Failure):
        return latest
    if state is not None and state.follows != ledger.version_of(latest.unwrap()):
        return Failure(CommitConflict(str(name), how.id, "the state changed after the look"))
    reference = latest.unwrap() if state is None else reference_to(table, how.id, state)
    sequence = table.metadata.next_sequence_number()
    summary = ledger.fence_summary(reference, is_new=state is not None)
    with transaction.update_snapshot(snapshot_properties=summary).fast_append() as new:
        new.commit_uuid = manifest_uuid()
    if reference is not None:
        keep_file(transaction, table, reference, state, new.snapshot_id)
    if old := (*ledger.outdated(table.metadata, history, how.id), *_oldest_marks(table.metadata, how)):
        transaction.remove_properties(*old)
    noted = ledger.notes_of(table.metadata, history)
    copy = ledger.state_copy(Tag(new.snapshot_id, sequence), reference)
    marks = _marks(catalog, table, how) if how_table is how.root else {}
    transaction.set_properties(noted | copy | marks)
    asked = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=how_table.seen),
        AssertCurrentSchemaId(current_schema_id=table.metadata.current_schema_id),
    )
    return Success(Change(table, change_of(transaction).updates, asked))


def _marks(catalog: Catalog, table: Table, how: Return) -> dict[str, str]:
    """The properties of the root that remember the loads which are undone, and name the nested tables that still have them."""
    later = table.metadata.next_sequence_number() * KEPT_MARKS
    loads = how.undone[:KEPT_MARKS]
    marks = {ledger.UNDONE_PREFIX + load: str(later - place) for place, load in enumerate(loads)}
    nested = json.dumps([[*each.table.namespace, each.table.name] for each in how.tables[1:]])
    if kind_of(catalog).commits_together() or not how.tables[1:]:
        return marks
    return marks | {ledger.PENDING_PREFIX + load: nested for load in how.undone}


def _oldest_marks(metadata: TableMetadata, how: Return) -> tuple[str, ...]:
    """The marks of earlier resets that are too many."""
    known = ledger.undone_loads(metadata)
    earlier = sorted((load for load in known if load not in how.undone), key=lambda load: -known[load])
    return tuple(ledger.UNDONE_PREFIX + load for load in earlier[max(0, KEPT_MARKS - len(how.undone)) :])


def _schema_of_rows(metadata: TableMetadata, snapshot_id: int | None) -> int | None:
    """The schema of the snapshot, if a load has since given a column another type: its rows are null in the present column."""
    snapshot = None if snapshot_id is None else metadata.snapshot_by_id(snapshot_id)
    by_id = {schema.schema_id: schema for schema in metadata.schemas}
    then = by_id.get(snapshot.schema_id) if snapshot is not None and snapshot.schema_id is not None else None
    if then is None:
        return None
    now = _ids(metadata.schema())
    there = set(now.values())
    gone = ((name, field_id) for name, field_id in _ids(then).items() if field_id not in there)
    return then.schema_id if any(name in now for name, _ in gone) else None


def _ids(schema: Schema) -> dict[str, int]:
    return {field.name: field.field_id for field in schema.fields}
