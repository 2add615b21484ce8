"""How loads and states are recorded in a table: in the snapshot's summary, with copies in table properties.

Keys in a summary: `floe.load-id`, `floe.rows`, `floe.kind`, `floe.state`; `floe.trace-id` where the run is traced; `floe.window` where the load
replaced the rows of a window; `floe.fence` in an empty snapshot that keeps late requests from landing.

Keys of properties: `floe.load.<id>`, one for each recent load, because a list in one property would lose entries when
two writers race; `floe.state`, for loads that bring no rows; `floe.state.<snapshot>`, for a snapshot that somebody else
made; `floe.undone.<id>`, for a load that a reset took out, with its place among the snapshots; `floe.state.accepted`, which a person sets if a state cannot be proved to be current; `floe.pending.<id>` in a root table, for a load that is committed to its nested tables first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, ancestors_of
from pyiceberg.table.snapshots import Snapshot as IcebergSnapshot
from returns.result import Result

from floe_ingestion_dlt.adapters.iceberg.state_files import path_in
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.load import Load, Receipt
from floe_ingestion_dlt.domain.merge import ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_history import (
    History,
    Snapshot,
    Tag,
    Unproven,
    Version,
    history_in,
    traced,
)
from floe_ingestion_dlt.domain.table_loads import RESET, kind_of_write
from floe_ingestion_dlt.domain.window_texts import text_of, window_in
from floe_ingestion_dlt.domain.windows import Window

LOAD_ID: Final = "floe.load-id"
STATE: Final = "floe.state"
ROWS: Final = "floe.rows"
DELETED: Final = "floe.rows-deleted"
FENCE: Final = "floe.fence"
TRACE_ID: Final = "floe.trace-id"
WINDOW: Final = "floe.window"
KIND: Final = "floe.kind"
ADDED_BYTES: Final = "added-files-size"
ADDED_FILES: Final = "added-data-files"
LOAD_PREFIX: Final = "floe.load."
PENDING_PREFIX: Final = "floe.pending."
UNDONE_PREFIX: Final = "floe.undone."
NOTED_PREFIX: Final = "floe.state."
# A person sets it to the snapshot whose copy is to be used. The next commit removes it, together with outdated copies.
ACCEPTED: Final = "floe.state.accepted"
DOUBTFUL: Final = "doubtful"
# Iceberg's own key: the snapshot that was cherry-picked.
SOURCE: Final = "source-snapshot-id"
KEPT_LOADS: Final = 100
MOST_NOTED: Final = 20


def history_of(table: Table) -> History:
    """The table's history. Older versions of its metadata are read if the newest one is not enough."""
    metadata = table.metadata
    accepted = metadata.properties.get(ACCEPTED)
    shown = history_in(
        _snapshots(metadata),
        metadata.current_snapshot_id,
        loads={
            key.removeprefix(LOAD_PREFIX): _tag(json.loads(value))
            for key, value in metadata.properties.items()
            if key.startswith(LOAD_PREFIX)
        },
        state=_state_copy(metadata.properties),
        accepted=int(accepted) if accepted and accepted.isdecimal() else None,
    )
    return traced(shown, _older(table))


def _older(table: Table) -> Iterator[Version]:
    """The table's snapshots in older versions of its metadata, newest first, up to the first version that cannot be read."""
    for entry in reversed(table.metadata.metadata_log):
        try:
            version = FromInputFile.table_metadata(table.io.new_input(entry.metadata_file))
        except Exception:  # noqa: BLE001 - whatever the reason is: what it would tell is not known
            return
        yield _snapshots(version)


def _snapshots(metadata: TableMetadata) -> Version:
    return {s.snapshot_id: _snapshot(s, metadata.properties) for s in metadata.snapshots}


def _snapshot(snapshot: IcebergSnapshot, properties: Mapping[str, str]) -> Snapshot:
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    source = summary.get(SOURCE, "")
    return Snapshot(
        snapshot.snapshot_id,
        snapshot.sequence_number or 0,
        summary.get(LOAD_ID),
        summary.get(STATE) or properties.get(f"{NOTED_PREFIX}{snapshot.snapshot_id}"),
        snapshot.parent_snapshot_id,
        int(source) if source.isdecimal() else None,
    )


def _tag(entry: Mapping[str, int | None]) -> Tag:
    return Tag(entry.get("snapshot"), entry.get("sequence") or 0, DOUBTFUL in entry)


def _state_copy(properties: Mapping[str, str]) -> tuple[Tag, str] | None:
    if STATE not in properties:
        return None
    entry = json.loads(properties[STATE])
    return _tag(entry), entry["state"]


def is_being_created(metadata: TableMetadata) -> bool:
    """Whether the table has no snapshots other than fences."""
    shown = ancestors_of(metadata.current_snapshot(), metadata)
    return all(s.summary is not None and FENCE in s.summary.additional_properties for s in shown)


def summary_of(load: Load, receipt: Receipt, state: str | None) -> dict[str, str]:
    """The properties of the load's snapshot of a table, in addition to Iceberg's own figures about files."""
    write = next((write for write in load.writes if write.table == receipt.table), None)
    window = text_of(write.mode.window) if write and isinstance(write.mode, ReplaceWindow) else None
    kind = kind_of_write(write) if write else None
    known = {
        LOAD_ID: load.id,
        ROWS: str(receipt.rows),
        DELETED: str(receipt.deleted) if receipt.deleted else None,
        STATE: state,
        TRACE_ID: load.trace_id,
        WINDOW: window,
        KIND: kind,
    }
    return {key: value for key, value in known.items() if value is not None}


def changes_since(metadata: TableMetadata, version: str) -> Iterator[Window | None]:
    """The windows that were replaced after the snapshot *version*; None for any other change of rows, and where that is not known."""
    oldest: IcebergSnapshot | None = None
    for oldest in ancestors_of(metadata.current_snapshot(), metadata):
        if str(oldest.snapshot_id) == version:
            return
        summary = oldest.summary
        if summary is None:
            yield None
        elif FENCE not in summary.additional_properties and summary.operation is not Operation.REPLACE:
            yield window_in(summary.additional_properties.get(WINDOW, ""))
    if version or (oldest is not None and oldest.parent_snapshot_id is not None):
        yield None


def fence_summary(state: str | None, *, is_new: bool = False) -> dict[str, str]:
    """The properties of a fence, an empty snapshot: they mark it as a fence and keep the table's *state*, or one that *is_new*."""
    kept = {} if state is None else {STATE: state}
    return {FENCE: "true"} | kept | ({KIND: RESET} if is_new else {})


def properties_of(load: Load, receipt: Receipt, tag: Tag, state: str | None) -> dict[str, str]:
    """The copies that a load leaves in the table's properties."""
    where = {"snapshot": tag.snapshot_id, "sequence": tag.sequence}
    figures = {"rows": receipt.rows, "bytes": receipt.bytes, "files": receipt.files}
    figures |= {"deleted": receipt.deleted} if receipt.deleted else {}
    return {LOAD_PREFIX + load.id: json.dumps(where | figures)} | state_copy(tag, state)


def state_copy(tag: Tag, state: str | None) -> dict[str, str]:
    """The copy of the *state* that belongs to the tagged snapshot."""
    where = {"snapshot": tag.snapshot_id, "sequence": tag.sequence}
    return {} if state is None else {STATE: json.dumps(where | {"state": state})}


def outdated(metadata: TableMetadata, history: History, load_id: str) -> tuple[str, ...]:
    """The properties to remove: of loads that are too old or were rolled back, and of a state without a load.

    Records of loads that were rolled back are removed by the next commit, because they could not be recognised once snapshots expire.
    The announcement of *load_id* is removed by the load's commit; that of another load, when that load is taken back.
    """
    kept = history.newest_loads(KEPT_LOADS - 1)
    loads = tuple(LOAD_PREFIX + load_id for load_id in history.loads if load_id not in kept)
    state = (STATE,) if history.state and history.kept_state is None else ()
    there = {f"{NOTED_PREFIX}{snapshot.snapshot_id}" for snapshot in metadata.snapshots}
    noted = (key for key in metadata.properties if key.startswith(NOTED_PREFIX) and key not in there)
    announced = (key for load, key in pending(metadata).items() if load == load_id or history.holds(load))
    undone = (UNDONE_PREFIX + load_id,) if load_id in undone_loads(metadata) else ()
    return (*loads, *state, *noted, *announced, *undone)


def notes_of(metadata: TableMetadata, history: History) -> dict[str, str]:
    """Copies of what the history shows now and may not show later.

    One is the state of the snapshots that others made since the last load: a roll-back to one of them must find it.
    The snapshot that has it may expire, and until then the copy is that of the newest load. The others are the loads that were
    cherry-picked, and those that cannot be proved: the next load must not seem to prove them.
    """
    state, others = history.proven_state, history.without_state()[:MOST_NOTED]
    noted = {} if state is None else {f"{NOTED_PREFIX}{snapshot.id}": state for snapshot in others}
    picked = {
        LOAD_PREFIX + s.load_id: json.dumps({"snapshot": s.id, "sequence": s.sequence})
        for s in history.snapshots
        if s.source is not None and s.load_id is not None and s.load_id not in history.loads
    }
    doubtful = {
        LOAD_PREFIX + load_id: _doubtful(json.loads(metadata.properties[LOAD_PREFIX + load_id]))
        for load_id in history.loads
        if history.doubts_load(load_id)
    }
    return noted | picked | doubtful | _doubtful_state(history)


def _doubtful_state(history: History) -> dict[str, str]:
    kept = history.kept_state
    if kept is None or not kept[0].doubtful:
        return {}
    tag, state = kept
    return {STATE: _doubtful({"snapshot": tag.snapshot_id, "sequence": tag.sequence, "state": state})}


def _doubtful(copy: Mapping[str, object]) -> str:
    return json.dumps({**copy, DOUBTFUL: True})


def pending(metadata: TableMetadata) -> dict[str, str]:
    """The loads that are announced in this root table, each with the property that announces it."""
    return {
        key.removeprefix(PENDING_PREFIX): key for key in metadata.properties if key.startswith(PENDING_PREFIX)
    }


def undone_loads(metadata: TableMetadata) -> dict[str, int]:
    """The loads that resets took out of the table, each with a number that is higher for later ones."""
    marks = (
        (key.removeprefix(UNDONE_PREFIX), value)
        for key, value in metadata.properties.items()
        if key.startswith(UNDONE_PREFIX)
    )
    return {load_id: int(value) if value.isdecimal() else 0 for load_id, value in marks}


def receipt_from(metadata: TableMetadata, history: History, load: Load, table: TableName) -> Receipt:
    """The receipt of a load that is in the table: from its snapshot, or else from its property."""
    shown = next((s for s in history.snapshots if s.load_id == load.id), None)
    snapshot = metadata.snapshot_by_id(shown.source or shown.id) if shown else None
    if shown is not None and snapshot is not None and snapshot.summary is not None:
        summary = snapshot.summary.additional_properties
        names = (ROWS, ADDED_BYTES, ADDED_FILES, DELETED)
        rows, size, files, deleted = (int(summary.get(name, "0")) for name in names)
        return Receipt(table, rows, size, files, shown.id, deleted=deleted)
    entry = json.loads(metadata.properties.get(LOAD_PREFIX + load.id, "{}"))
    rows, size, files, deleted = (entry.get(name, 0) for name in ("rows", "bytes", "files", "deleted"))
    return Receipt(table, rows, size, files, entry.get("snapshot"), deleted=deleted)


def unproven_load(table: TableName, load_id: str) -> DestinationFailed:
    return DestinationFailed(
        f"it is not known whether load {load_id} is in {table}: the table was changed by others, its snapshots have "
        "expired, and so have the older versions of its metadata",
        Category.PERMANENT,
        "Check whether its rows are in the table. If they are missing, run with another idempotency key.",
    )


def state_files(metadata: TableMetadata) -> Iterator[str]:
    """The paths of all files that hold states, of all snapshots and copies."""
    summaries = (s.summary.additional_properties for s in metadata.snapshots if s.summary)
    states = [summary[STATE] for summary in summaries if STATE in summary]
    states += [value for key, value in metadata.properties.items() if key.startswith(NOTED_PREFIX)]
    if STATE in metadata.properties:
        states.append(json.loads(metadata.properties[STATE])["state"])
    return (path for path in map(path_in, states) if path is not None)


def latest_state(history: History, table: TableName) -> Result[str | None, DestinationFailed]:
    """The reference to the state that matches the table's rows."""
    return history.latest_state().alt(lambda unproven: _unproven(table, unproven))


def version_of(reference: str | None) -> str | None:
    """The version of the state behind a reference."""
    return reference and reference.split(":", 2)[1]


def _unproven(table: TableName, unproven: Unproven) -> DestinationFailed:
    copied = unproven.snapshot_id
    return DestinationFailed(
        f"it is not known whether {table} still has all rows of the load in snapshot {copied}: the table was changed by "
        "others, its snapshots have expired, and so have the older versions of its metadata",
        Category.PERMANENT,
        f"If all rows up to that load are there, set the table's property {ACCEPTED} to {copied}: the next run goes on "
        f"from there. If not, remove the property {STATE}: the next run reads the source from its start.",
    )
