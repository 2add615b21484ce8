"""The files of a table's current snapshot, by its manifests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final

from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestContent, ManifestFile
from pyiceberg.table import FileScanTask, Table
from pyiceberg.utils.concurrent import ExecutorFactory

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries, manifests_of
from floe_ingestion_dlt.domain.writable import Unreadable

# At most so many manifests of other engines are read, so that a load without rows costs the same however old the table is.
MOST_MANIFESTS: Final = 100
FORMATS: Final = {FileFormat.AVRO: Unreadable.AVRO, FileFormat.ORC: Unreadable.ORC}


def live_files(table: Table, entries: ManifestEntries) -> tuple[DataFile, ...]:
    """All files that the table has now: data files and delete files."""
    return tuple(_files(table, manifests_of(table), entries))


def scan_tasks(table: Table, entries: ManifestEntries) -> list[FileScanTask]:
    """The data files that the table has now, each with its delete files."""
    manifests = manifests_of(table)
    if any(manifest.content != ManifestContent.DATA for manifest in manifests):
        return list(table.scan().plan_files())
    return [FileScanTask(file) for file in _files(table, manifests, entries)]


def unreadable_in(table: Table, entries: ManifestEntries) -> frozenset[Unreadable]:
    """What in the table cannot be read, by the newest manifests that other engines may have written."""
    loads: set[int | None] = {
        snapshot.snapshot_id
        for snapshot in table.metadata.snapshots
        if snapshot.summary is not None and ledger.LOAD_ID in snapshot.summary.additional_properties
    }
    foreign = [found for found in manifests_of(table) if not _is_of_load(found, loads)]
    newest = sorted(foreign, key=lambda found: found.sequence_number, reverse=True)[:MOST_MANIFESTS]
    return frozenset(kind for file in _files(table, newest, entries) for kind in _kinds(file))


def _is_of_load(manifest: ManifestFile, loads: Collection[int | None]) -> bool:
    """Whether all files of the manifest were written by loads. A rewritten manifest may also have others."""
    is_plain = manifest.content == ManifestContent.DATA and not manifest.has_existing_files()
    return is_plain and manifest.added_snapshot_id in loads


def _kinds(file: DataFile) -> Iterator[Unreadable]:
    if file.content == DataFileContent.EQUALITY_DELETES:
        yield Unreadable.EQUALITY_DELETES
    elif file.file_format in FORMATS:
        yield FORMATS[file.file_format]


def _files(table: Table, manifests: Iterable[ManifestFile], entries: ManifestEntries) -> Iterator[DataFile]:
    read = ExecutorFactory.get_or_create().map(partial(entries.live, table.io), manifests)
    return (entry.data_file for entry in chain.from_iterable(read))
