"""Commits a load: one snapshot for each table, and all tables at once if the catalog can do that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never, final

from pyiceberg.catalog import Catalog
from pyiceberg.manifest import DataFile, DataFileContent
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import AssertCurrentSchemaId, AssertLastAssignedFieldId, AssertRefSnapshotId
from pyiceberg.utils.concurrent import ExecutorFactory
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import commit_fault_of, fault_of
from floe_ingestion_dlt.adapters.iceberg.commit.sending import repaired, send
from floe_ingestion_dlt.adapters.iceberg.drafts import Draft, drafted
from floe_ingestion_dlt.adapters.iceberg.files.live_files import live_files, unreadable_in
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries
from floe_ingestion_dlt.adapters.iceberg.files.named_files import folders, manifest_uuid
from floe_ingestion_dlt.adapters.iceberg.files.staging import StagedFileGoneError, staged_entry
from floe_ingestion_dlt.adapters.iceberg.internals import Change, change_of
from floe_ingestion_dlt.adapters.iceberg.merge.file_change import FileChange
from floe_ingestion_dlt.adapters.iceberg.merge.merging import Merging
from floe_ingestion_dlt.adapters.iceberg.snapshot_internals import Addition, Overwrite, Producer, ReplaceAll
from floe_ingestion_dlt.adapters.iceberg.state_files import keep_file, reference_to
from floe_ingestion_dlt.adapters.iceberg.tables import find
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.domain.faults import (
    CommitConflict,
    CommitFault,
    StagedFilesGone,
    TableDropped,
)
from floe_ingestion_dlt.domain.leftovers import is_of_load
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt, TableVersion, TableWrite
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions, ReplaceFiles, ReplaceWindow
from floe_ingestion_dlt.domain.mode_columns import without_columns
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_history import Tag
from floe_ingestion_dlt.domain.writable import unreadable_files, unwritable_version
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.library_errors.error_texts import log_traceback
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones


def look(catalog: Catalog, load: Load) -> Result[Look, CommitFault]:
    """Whether the load is in all of its tables, by their current metadata."""
    landed: list[Receipt] = []
    missing: list[TableVersion] = []
    state: str | None = None
    was_undone = False
    for name in load.tables:
        table = find(catalog, name)
        if table is None:
            return Failure(TableDropped(str(name), load.id))
        history = ledger.history_of(table)
        if history.is_unproven(load.id):
            return Failure(ledger.unproven_load(name, load.id))
        if history.holds(load.id):
            landed.append(ledger.receipt_from(table.metadata, history, load, name))
        else:
            missing.append(TableVersion(name, table.metadata_location))
            was_undone = was_undone or load.id in ledger.undone_loads(table.metadata)
            if load.state is not None and load.state.table == name:
                latest = ledger.latest_state(history, name)
                if isinstance(latest, Failure):
                    return latest
                state = ledger.version_of(latest.unwrap())
    absent = Absent(tuple(missing), tuple(landed), state, was_undone)
    return Success(absent if missing else Landed(tuple(landed)))


def commit(
    catalog: Catalog, load: Load, base: Absent, merging: Merging, milestones: Milestones
) -> Result[tuple[Receipt, ...], CommitFault]:
    """Send the load to the tables of *base*, based on exactly the versions that the look found."""
    try:
        prepared = _repaired(catalog, load, base).bind(lambda _: _prepared(catalog, load, base, merging))
    except StagedFileGoneError as gone:
        return Failure(StagedFilesGone(str(load.tables[0]), load.id, str(gone)))
    except Exception as error:  # noqa: BLE001 - this is the edge; nothing has been sent yet
        log_traceback("the commit could not be built", error)
        return Failure(fault_of(error))
    return prepared.bind(lambda ready: _sent(catalog, load, base, ready, milestones))


@final
@dataclass(frozen=True, slots=True)
class Prepared:
    """A table's part of a load, ready to be sent."""

    change: Change
    receipt: Receipt


def _repaired(catalog: Catalog, load: Load, base: Absent) -> Result[None, CommitFault]:
    """Nothing if no load was interrupted between two tables. If something was taken back, the tables must be looked at again."""
    names = [version.table for version in base.versions]
    return repaired(catalog, names, alive=load.id).bind(
        lambda found: (
            Failure(CommitConflict(str(names[0]), load.id, "the rows of a failed load were taken back"))
            if found
            else Success(None)
        )
    )


def _prepared(
    catalog: Catalog, load: Load, base: Absent, merging: Merging
) -> Result[list[Prepared], CommitFault]:
    ready: list[Prepared] = []
    for version in base.versions:
        table = find(catalog, version.table)
        if table is None:
            return Failure(TableDropped(str(version.table), load.id))
        if table.metadata_location != version.token:
            return Failure(CommitConflict(str(version.table), load.id, "the table changed after the look"))
        written = next((w for w in load.writes if w.table == version.table), None)
        write = written or TableWrite(version.table, Append(), ())
        if unwritable := unwritable_version(write.table, table.metadata.format_version):
            return Failure(unwritable)
        _check_paths(table, write, load.id)
        draft = drafted(table, write.table, write.grows, replaces=write.replaces_all)
        if isinstance(draft, Failure):
            raise StagedFileGoneError(draft.failure().message)
        changed = draft.unwrap().table
        change = _change(changed, write, merging)
        if isinstance(change, Failure):
            return change
        applied = change.unwrap()
        if write.is_refresh:
            applied = replace(applied, removed=live_files(changed, merging.entries))
        ready.append(_part(load, version.table, draft.unwrap(), applied, merging.entries))
    return Success(ready)


def _check_paths(table: Table, write: TableWrite, load_id: str) -> None:
    """Check that the load staged every file that its package names: another user may have written to the disk.

    Raises StagedFileGoneError.
    """
    places = (table.location(), *folders(table))
    for file in write.files:
        if not is_of_load(file.path, load_id, places):
            raise StagedFileGoneError(
                f"{file.path} is no file that load {load_id} wrote below {table.location()}"
            )


def _change(  # noqa: PLR0911 - one line for each mode
    table: Table, write: TableWrite, merging: Merging
) -> Result[FileChange, CommitFault]:
    refused = _refused(table, write, merging.entries)
    if refused is not None:
        return Failure(refused)
    match write.mode:
        case Append():
            return Success(FileChange((), _data_files(table, write), sum(f.rows for f in write.files)))
        case Replace():
            before = live_files(table, merging.entries)
            return Success(FileChange(before, _data_files(table, write), sum(f.rows for f in write.files)))
        case MergeRows() as how:
            return merging.rows(table, write, how)
        case MergeNested() as how:
            return Success(merging.nested(table, write, how))
        case MergeVersions() as how:
            return merging.versions(table, write, how)
        case ReplaceWindow() as how:
            return merging.window(table, write, how)
        case ReplaceFiles() as how:
            return merging.files(table, write, how)
        case _:
            assert_never(write.mode)


def _refused(table: Table, write: TableWrite, entries: ManifestEntries) -> CommitFault | None:
    """The refusal if another engine has changed the table since the load began, in a way that this write cannot follow."""
    if isinstance(write.mode, Append | Replace):
        return None
    refused = without_columns(write.table, write.mode, schema_from_iceberg(table.metadata.schema()))
    if refused or write.is_refresh:
        return refused
    return unreadable_files(write.table, unreadable_in(table, entries))


def _data_files(table: Table, write: TableWrite) -> tuple[DataFile, ...]:
    return tuple(ExecutorFactory.get_or_create().map(partial(staged_entry, table), write.files))


def _part(
    load: Load, name: TableName, draft: Draft, change: FileChange, entries: ManifestEntries
) -> Prepared:
    transaction, table = draft.transaction, draft.before
    history = ledger.history_of(table)
    state = load.state if load.state is not None and load.state.table == name else None
    reference = None if state is None else reference_to(table, load.id, state)
    # A load without a state repeats the last one, so that it is not lost when the snapshot that has it expires.
    known = reference or history.proven_state
    summary = ledger.summary_of(load, _figures(name, change), known)
    snapshot_id = _snapshot(draft, change, summary, entries)
    receipt = replace(_figures(name, change), snapshot_id=snapshot_id)
    if old := ledger.outdated(table.metadata, history, load.id):
        transaction.remove_properties(*old)
    tag = _tag(table, snapshot_id)
    if known is not None:
        keep_file(transaction, table, known, state, snapshot_id)
    notes = ledger.notes_of(table.metadata, history)
    transaction.set_properties(notes | ledger.properties_of(load, receipt, tag, known))
    return Prepared(_on_this_version(table, change_of(transaction)), receipt)


def _on_this_version(table: Table, change: Change) -> Change:
    """The change with the requirement that the table still has this snapshot and these columns; pyiceberg requires less."""
    now = table.metadata
    asked = (
        AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=now.current_snapshot_id),
        AssertCurrentSchemaId(current_schema_id=now.current_schema_id),
        AssertLastAssignedFieldId(last_assigned_field_id=now.last_column_id),
    )
    others = (other for other in change.requirements if other not in asked)
    return replace(change, requirements=(*others, *asked))


def _figures(name: TableName, change: FileChange) -> Receipt:
    size = sum(file.file_size_in_bytes for file in change.added)
    return Receipt(name, change.applied, size, len(change.added), None, deleted=change.deleted)


def _snapshot(
    draft: Draft, change: FileChange, summary: dict[str, str], entries: ManifestEntries
) -> int | None:
    """Add one snapshot to the transaction and return its id; None if there is nothing to commit.

    All files of *change* must be read before: pyiceberg copies the table's metadata when it begins a snapshot, and reading
    a footer in another thread at that moment fills caches in that metadata.
    """
    if not change.removed and not change.added:
        return None
    with _producer(draft, change, summary, entries) as producer:
        producer.commit_uuid = manifest_uuid()
        for file in change.removed:
            producer.delete_data_file(file)
        for file in change.added:
            producer.append_data_file(file)
    return producer.snapshot_id


def _producer(
    draft: Draft, change: FileChange, summary: dict[str, str], entries: ManifestEntries
) -> Producer:
    transaction = draft.transaction
    if not change.removed:
        return Addition(transaction, draft.before.io, summary)
    removes_deletes = any(file.content != DataFileContent.DATA for file in change.removed)
    overwrite = ReplaceAll if removes_deletes else Overwrite
    return overwrite(transaction, draft.before.io, summary, entries)


def _tag(table: Table, snapshot_id: int | None) -> Tag:
    if snapshot_id is not None:
        return Tag(snapshot_id, table.metadata.next_sequence_number())
    current = table.metadata.current_snapshot()
    return Tag(current.snapshot_id, current.sequence_number or 0) if current else Tag(None, 0)


def _sent(
    catalog: Catalog, load: Load, base: Absent, ready: Sequence[Prepared], milestones: Milestones
) -> Result[tuple[Receipt, ...], CommitFault]:
    try:
        between_tables = partial(milestones, Milestone.BETWEEN_TABLES)
        send(catalog, load.id, [part.change for part in ready], between_tables)
        milestones(Milestone.COMMITTED, str(base.versions[0].table))
    except Exception as error:  # noqa: BLE001 - this is the edge; the answer may be lost, the commit not
        log_traceback("the commit was not answered with a success", error)
        names = ", ".join(str(version.table) for version in base.versions)
        return Failure(commit_fault_of(error, names, load.id))
    return Success((*base.landed, *(part.receipt for part in ready)))
