"""Collects the facts about a table for a check. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Final

import pydantic
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError, ValidationError
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot, ancestors_of
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg import tables
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import DamagedMetadataError, cause_of, fault_of
from floe_ingestion_dlt.adapters.iceberg.owners import owner_in
from floe_ingestion_dlt.adapters.iceberg.state_files import FILE, INLINE, find_state, path_in
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_files import orphans, walk
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_footers import rows_in
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_rows import ends_of, strays_in
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_storage import (
    Answer,
    ContentIO,
    Damaged,
    Storage,
    parsed,
)
from floe_ingestion_dlt.domain.faults import DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_history import History, Tag
from floe_ingestion_dlt.domain.verification.facts import Change, CursorFact, Record, Shown, TableFacts
from floe_ingestion_dlt.domain.verification.file_findings import Unchecked
from floe_ingestion_dlt.domain.verification.rules import findings_in, has_sound_files
from floe_ingestion_dlt.ports.verification import CursorIn, Strays

# Another writer may change the table during the check, so problems are checked again.
LOOKS: Final = 3
FIGURES: Final = {"rows": ledger.ROWS, "bytes": ledger.ADDED_BYTES, "files": ledger.ADDED_FILES}

# What is raised for a table whose metadata is gone or damaged.
_UNREADABLE: Final = (
    FileNotFoundError,
    DamagedMetadataError,
    ValidationError,
    pydantic.ValidationError,
    ValueError,
    KeyError,
)


def inspect(
    catalog: Catalog, name: TableName, cursor_in: CursorIn, *, rows: bool
) -> Result[TableFacts | None, DestinationFailed]:
    """The facts of one version of the table. What the catalog does not answer is unchecked; what it cannot read is unreadable."""
    for _ in range(LOOKS):
        try:
            table = tables.find(catalog, name)
        except Exception as error:  # noqa: BLE001 - this is the edge
            return _unread(name, error)
        if table is None:
            return Success(None)
        facts = _facts(table, name, cursor_in, rows=rows)
        if not (findings_in(facts) or facts.unchecked) or not _has_moved(catalog, table):
            break
    return Success(facts)


def _unread(name: TableName, error: Exception) -> Result[TableFacts | None, DestinationFailed]:
    if isinstance(error, _UNREADABLE):
        return Success(TableFacts(name, unreadable=cause_of(error)))
    fault = fault_of(error)
    return Success(TableFacts(name, unchecked=(Unchecked(str(name), "the table", fault.cause),)))


def _has_moved(catalog: Catalog, table: Table) -> bool:
    try:
        return catalog.load_table(table.name()).metadata_location != table.metadata_location
    except (NoSuchTableError, NoSuchNamespaceError):
        return True
    except Exception:  # noqa: BLE001 - what was found before stands
        return False


def strays(catalog: Catalog, nested: TableName, column: str, homes: Sequence[TableName], key: str) -> Strays:
    """Count the rows without a root row. The nested table is read first: its rows never appear before their root rows are announced."""
    for _ in range(LOOKS):
        own = tables.load(catalog, nested)
        others = [table for name in homes if (table := tables.find(catalog, name)) is not None]
        found = strays_in(own, column, others, key)
        if not found.rows or any(_is_announced(home, nested) for home in others):
            return Strays(0, "")
        if not any(_has_moved(catalog, table) for table in (own, *others)):
            break
    return found


def _is_announced(home: Table, nested: TableName) -> bool:
    """Whether a load is announced in *home* and not in it yet, and adds rows to *nested* first."""
    properties = _valid_properties(home.metadata, [])
    history = _ledger(home, properties)
    announced = _pending(properties).items()
    return any(nested in tables and not history.holds(load) for load, tables in announced)


def _facts(table: Table, name: TableName, cursor_in: CursorIn, *, rows: bool) -> TableFacts:
    metadata, storage = table.metadata, Storage(table.io, str(name))
    broken: list[str] = []
    properties = _valid_properties(metadata, broken)
    shown = [_shown(snapshot, properties, broken) for snapshot in _history(metadata)]
    history = _ledger(table, properties)
    references = list(_references(metadata, properties, history))
    latest = history.proven_state
    found = walk(table, storage, _needed(references, latest))
    found.names.update(path for path in map(path_in, references) if path is not None)
    in_files = rows_in(table, storage, found) if rows else ()
    files = TableFacts(
        name,
        files=tuple(found.files),
        rows=in_files,
        damaged=tuple(found.damaged),
        unchecked=tuple(storage.unchecked),
    )
    is_intact = has_sound_files(files)
    state_fault, cursor = _state(table, storage, latest, cursor_in, rows=rows) if is_intact else (None, None)
    unproven = ledger.latest_state(history, name)
    if isinstance(unproven, Failure):
        storage.unchecked.append(Unchecked(str(name), "the pipeline's state", unproven.failure().cause))
    left = orphans(table, storage, found)
    known = {snapshot.id for snapshot in shown}
    return replace(
        files,
        columns=frozenset(table.schema().column_names),
        owner=owner_in(properties, name),
        twice=found.twice,
        totals=tuple(found.totals),
        sequences=tuple(found.sequences),
        history=tuple(shown),
        elsewhere={
            s.snapshot_id: s.sequence_number or 0 for s in metadata.snapshots if s.snapshot_id not in known
        },
        records={
            load: _record(json.loads(properties[key])) for load, key in _keys(properties, ledger.LOAD_PREFIX)
        },
        broken=tuple(broken),
        pending=_pending(properties),
        state_fault=state_fault,
        cursor=cursor,
        unchecked=tuple(storage.unchecked),
        orphans=left,
    )


def _pending(properties: Mapping[str, str]) -> dict[str, list[TableName]]:
    return {
        load: [TableName(tuple(levels), last) for *levels, last in json.loads(properties[key])]
        for load, key in _keys(properties, ledger.PENDING_PREFIX)
    }


def _keys(properties: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    return [(key.removeprefix(prefix), key) for key in properties if key.startswith(prefix)]


def _history(metadata: TableMetadata) -> list[Snapshot]:
    return list(ancestors_of(metadata.current_snapshot(), metadata))


def _valid_properties(metadata: TableMetadata, broken: list[str]) -> dict[str, str]:
    """The table's properties without those of ours that cannot be read, which are named in *broken*."""
    wrong = [key for key, value in metadata.properties.items() if not _is_valid(key, value)]
    broken += [f"the property {key}" for key in wrong]
    return {key: value for key, value in metadata.properties.items() if key not in wrong}


def _is_valid(key: str, value: str) -> bool:
    def read() -> bool:
        if key.startswith(ledger.LOAD_PREFIX):
            _record(json.loads(value))
        elif key == ledger.STATE:
            entry = json.loads(value)
            _record(entry)
            return _is_reference(entry["state"])
        elif _is_note(key):
            return _is_reference(value)
        elif key.startswith(ledger.PENDING_PREFIX):
            return all(len(levels) > 1 for levels in json.loads(value))
        return True

    return parsed(read) is True


def _is_reference(text: object) -> bool:
    kind, _version, _rest = str(text).split(":", 2)
    return kind in {INLINE, FILE}


def _is_note(key: str) -> bool:
    return key.startswith(ledger.NOTED_PREFIX) and key != ledger.ACCEPTED


def _record(entry: Mapping[str, object]) -> Record:
    """The record in a property; raises KeyError or ValueError where it is none."""
    snapshot, sequence = entry["snapshot"], entry["sequence"]
    figures = {key: _number(entry[key]) for key in FIGURES if key in entry}
    return Record(Tag(None if snapshot is None else _number(snapshot), _number(sequence)), figures)


def _number(written: object) -> int:
    return int(str(written))


def _shown(snapshot: Snapshot, properties: Mapping[str, str], broken: list[str]) -> Shown:
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    state = summary.get(ledger.STATE)
    if state is not None and parsed(lambda: _is_reference(state)) is not True:
        broken.append(f"{ledger.STATE} of snapshot {snapshot.snapshot_id}")
        state = None
    noted = properties.get(f"{ledger.NOTED_PREFIX}{snapshot.snapshot_id}")
    written = ((name, summary.get(key, "")) for name, key in FIGURES.items())
    figures = {name: int(text) for name, text in written if text.isdigit()}
    load_id = summary.get(ledger.LOAD_ID)
    sequence = snapshot.sequence_number or 0
    return Shown(snapshot.snapshot_id, sequence, _change(snapshot), load_id, state or noted, figures)


def _change(snapshot: Snapshot) -> Change:
    """What the snapshot did to the rows, by its summary."""
    if snapshot.summary is None:
        return Change.FOREIGN
    summary, operation = snapshot.summary.additional_properties, snapshot.summary.operation
    if ledger.FENCE in summary or operation is Operation.REPLACE:
        return Change.NOTHING
    if ledger.LOAD_ID in summary:
        return Change.ADDED if operation is Operation.APPEND else Change.CHANGED
    rows = ("added-records", "deleted-records", "added-delete-files", "removed-delete-files")
    return Change.FOREIGN if any(summary.get(key, "0") != "0" for key in rows) else Change.NOTHING


def _ledger(table: Table, properties: Mapping[str, str]) -> History:
    """The history as loads see it, without the properties that cannot be read."""
    readable = copy(table)
    readable.metadata = table.metadata.model_copy(update={"properties": dict(properties)})
    return ledger.history_of(readable)


def _references(metadata: TableMetadata, properties: Mapping[str, str], history: History) -> Iterator[str]:
    """All references to states that can be read."""
    yield from (shown.state for s in metadata.snapshots if (shown := _shown(s, properties, [])).state)
    yield from (value for key, value in properties.items() if _is_note(key))
    yield from (history.state[1],) if history.state else ()


def _needed(references: Iterable[str], latest: str | None) -> Iterator[str]:
    """The files of states that must exist. Other states have a short form, and engines may have removed their files."""
    for reference in references:
        path = path_in(reference)
        if path is not None and (reference == latest or "\n" not in reference):
            yield path


def _state(
    table: Table, storage: Storage, reference: str | None, cursor_in: CursorIn, *, rows: bool
) -> tuple[str | None, CursorFact | None]:
    """Why the state cannot be read, or its cursor. Both are None if the state's file has its own finding."""
    if reference is None or parsed(lambda: _is_reference(reference)) is not True:
        return None, None
    content = storage.content(path) if (path := path_in(reference)) is not None else b""
    if isinstance(content, Answer):
        return None, None
    text = parsed(lambda: find_state(ContentIO(content), reference))
    cursor = Failure(text.cause) if isinstance(text, Damaged) else cursor_in(text)
    if isinstance(cursor, Failure):
        return cursor.failure(), None
    found = cursor.unwrap()
    if found is None or not rows:
        return None, None
    ends = storage.ask("the column of the cursor", lambda: ends_of(table, found))
    return None, (None if isinstance(ends, Answer) else ends)
