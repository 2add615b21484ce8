"""Checks every file that a table's metadata names, and adds up the manifests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, final

from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    read_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from floe_ingestion_dlt.adapters.iceberg.upkeep.leftovers import files_at
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_storage import (
    Answer,
    ContentFile,
    ContentIO,
    Damaged,
    Storage,
    parsed,
)
from floe_ingestion_dlt.domain.leftovers import file_name, is_ours
from floe_ingestion_dlt.domain.verification.facts import FileFact, Orphans, SequenceNumber, Total

DATA_FILE: Final = "data file"
DELETE_FILE: Final = "delete file"
MANIFEST: Final = "manifest"
MANIFEST_LIST: Final = "manifest list"
STATE_FILE: Final = "state file"

Entries = list[ManifestEntry]


@final
@dataclass
class Walk:
    """What was found between the metadata and the data files."""

    files: list[FileFact] = field(default_factory=list)
    damaged: list[tuple[str, str, str]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    sequences: list[SequenceNumber] = field(default_factory=list)
    twice: tuple[str, ...] = ()
    data: dict[str, DataFile] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    is_whole: bool = True

    def note(self, path: str, role: str, says: int | None, has: object) -> None:
        """Record the storage's answer for a file."""
        if isinstance(has, int):
            self.files.append(FileFact(path, role, says, has))
        elif has is Answer.ABSENT:
            self.files.append(FileFact(path, role, says, None))


def walk(table: Table, storage: Storage, states: Iterable[str]) -> Walk:
    """Ask the storage for every file of the table; *states* are the files with states of the pipeline."""
    found = Walk()
    lists = _lists(table, storage, found)
    manifests = {manifest.manifest_path: manifest for part in lists.values() for manifest in part}
    entries = _entries(manifests, storage, found)
    _count(table, lists, entries, found)
    _data_files(entries, storage, found)
    _others(table, storage, states, found)
    current = lists.get(table.metadata.current_snapshot_id or 0, [])
    live = [e for m in current for e in entries.get(m.manifest_path, []) if _is_live_data(e)]
    counted = Counter(entry.data_file.file_path for entry in live)
    found.twice = tuple(path for path, count in counted.items() if count > 1)
    return found


def _lists(table: Table, storage: Storage, found: Walk) -> dict[int, list[ManifestFile]]:
    """The manifests of each snapshot whose list can be read. pyiceberg's own method caches lists that are gone."""

    def read(snapshot: Snapshot) -> tuple[Snapshot, object]:
        return snapshot, storage.content(snapshot.manifest_list)

    lists: dict[int, list[ManifestFile]] = {}
    snapshots = [snapshot for snapshot in table.metadata.snapshots if snapshot.manifest_list]
    for snapshot, content in storage.each(read, snapshots):
        path = snapshot.manifest_list
        found.names.add(path)
        manifests = _parsed_list(path, content)
        found.note(path, MANIFEST_LIST, None, len(content) if isinstance(content, bytes) else content)
        if isinstance(manifests, Damaged):
            found.damaged.append((path, MANIFEST_LIST, manifests.cause))
        elif manifests is not None:
            lists[snapshot.snapshot_id] = manifests
    found.is_whole = len(lists) == len(snapshots)
    return lists


def _parsed_list(path: str, content: object) -> list[ManifestFile] | Damaged | None:
    if not isinstance(content, bytes):
        return None
    return parsed(lambda: list(read_manifest_list(ContentFile(path, content))))


def _entries(manifests: Mapping[str, ManifestFile], storage: Storage, found: Walk) -> dict[str, Entries]:
    """The entries of each manifest that can be read."""

    def read(manifest: ManifestFile) -> tuple[ManifestFile, object, Entries | Damaged | None]:
        content = storage.content(manifest.manifest_path)
        if not isinstance(content, bytes):
            return manifest, content, None
        files = ContentIO(content)
        entries = parsed(lambda: list(manifest.fetch_manifest_entry(files, discard_deleted=False)))
        return manifest, len(content), entries

    known: dict[str, Entries] = {}
    for manifest, length, entries in storage.each(read, manifests.values()):
        path = manifest.manifest_path
        found.names.add(path)
        found.note(path, MANIFEST, manifest.manifest_length, length)
        if isinstance(entries, list):
            known[path] = entries
        elif isinstance(entries, Damaged) and length == manifest.manifest_length:
            found.damaged.append((path, MANIFEST, entries.cause))
    found.is_whole = found.is_whole and len(known) == len(manifests)
    return known


def _data_files(entries: Mapping[str, Entries], storage: Storage, found: Walk) -> None:
    """Check the length of all data files that must exist. A removed file may be gone, unless another snapshot still has it."""
    for entry in (entry for part in entries.values() for entry in part):
        found.names.add(entry.data_file.file_path)
        if entry.status is not ManifestEntryStatus.DELETED:
            found.data[entry.data_file.file_path] = entry.data_file
    for path, length in zip(found.data, storage.each(storage.length, found.data), strict=True):
        file = found.data[path]
        role = DATA_FILE if file.content is DataFileContent.DATA else DELETE_FILE
        found.note(path, role, file.file_size_in_bytes, length)


def _others(table: Table, storage: Storage, states: Iterable[str], found: Walk) -> None:
    metadata = table.metadata
    named: list[tuple[str, str, int | None]] = []
    if table.metadata_location:
        named.append(("metadata file", table.metadata_location, None))
    named += [("previous metadata file", entry.metadata_file, None) for entry in metadata.metadata_log]
    needed = set(states)
    for file in (*metadata.statistics, *metadata.partition_statistics):
        role = STATE_FILE if file.statistics_path in needed else "statistics file"
        needed.discard(file.statistics_path)
        named.append((role, file.statistics_path, file.file_size_in_bytes))
    named += [(STATE_FILE, path, None) for path in sorted(needed)]
    found.names.update(path for _, path, _ in named)
    lengths = storage.each(storage.length, [path for _, path, _ in named])
    for (role, path, says), length in zip(named, lengths, strict=True):
        found.note(path, role, says, length)


def _is_live_data(entry: ManifestEntry) -> bool:
    is_data = entry.data_file.content is DataFileContent.DATA
    return is_data and entry.status is not ManifestEntryStatus.DELETED


def _count(
    table: Table, lists: Mapping[int, list[ManifestFile]], entries: Mapping[str, Entries], found: Walk
) -> None:
    # Format version 1 has no sequence numbers, and so no highest one.
    newest: int | None = getattr(table.metadata, "last_sequence_number", None)
    once: dict[tuple[object, ...], Total] = {}
    for snapshot in table.metadata.snapshots:
        manifests = lists.get(snapshot.snapshot_id)
        if newest is not None:
            found.sequences += _sequences(snapshot, manifests or [], entries, newest)
        if manifests is not None and all(m.manifest_path in entries for m in manifests):
            found.totals += _totals(snapshot, [e for m in manifests for e in entries[m.manifest_path]])
            counts = (t for m in manifests for t in _counts(m, entries[m.manifest_path]))
            once |= {(total.place, total.name, total.says): total for total in counts}
    found.totals += once.values()


def _totals(snapshot: Snapshot, entries: Entries) -> Iterator[Total]:
    """The totals in the snapshot's summary."""
    data = [entry.data_file for entry in entries if _is_live_data(entry)]
    live = sum(entry.status is not ManifestEntryStatus.DELETED for entry in entries)
    has = {
        "total-records": sum(file.record_count for file in data),
        "total-data-files": len(data),
        "total-delete-files": live - len(data),
    }
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    for name, count in has.items():
        says = summary.get(name)
        if says is not None:
            number = int(says) if says.isdigit() else -1
            yield Total(f"snapshot {snapshot.snapshot_id}", name, number, count)


def _counts(manifest: ManifestFile, entries: Entries) -> Iterator[Total]:
    """The counts in the manifest list about one manifest."""
    kinds = {
        "added": (ManifestEntryStatus.ADDED, manifest.added_files_count, manifest.added_rows_count),
        "existing": (
            ManifestEntryStatus.EXISTING,
            manifest.existing_files_count,
            manifest.existing_rows_count,
        ),
        "deleted": (ManifestEntryStatus.DELETED, manifest.deleted_files_count, manifest.deleted_rows_count),
    }
    for kind, (status, files, rows) in kinds.items():
        of_kind = [entry.data_file for entry in entries if entry.status is status]
        place = f"the list entry of manifest {manifest.manifest_path}"
        if files is not None:
            yield Total(place, f"{kind}_files_count", files, len(of_kind))
        if rows is not None:
            yield Total(place, f"{kind}_rows_count", rows, sum(file.record_count for file in of_kind))


def _sequences(
    snapshot: Snapshot, manifests: Iterable[ManifestFile], entries: Mapping[str, Entries], newest: int
) -> Iterator[SequenceNumber]:
    own = snapshot.sequence_number or 0
    yield SequenceNumber(f"the sequence number of snapshot {snapshot.snapshot_id}", own, newest)
    for manifest in manifests:
        place = f"sequence number of manifest {manifest.manifest_path}"
        highest = manifest.sequence_number or 0
        yield SequenceNumber(f"the {place}", highest, own)
        yield SequenceNumber(f"the least {place}", manifest.min_sequence_number or 0, highest)
        of_files = (entry.sequence_number or 0 for entry in entries.get(manifest.manifest_path, []))
        yield SequenceNumber(f"the highest of a file in the {place}", max(of_files, default=0), highest)


def orphans(table: Table, storage: Storage, found: Walk) -> Orphans:
    """Files of loads at the table's location that nothing names. None are reported if not all names are known."""
    if not found.is_whole:
        return Orphans()
    names = {file_name(path) for path in found.names}

    def listed() -> Orphans:
        left = [file for file in files_at(table) or () if is_ours(file.name) and file.name not in names]
        return Orphans(len(left), sum(file.bytes for file in left))

    counted = storage.ask(f"the list of files at {table.location()}", listed)
    return counted if isinstance(counted, Orphans) else Orphans()
