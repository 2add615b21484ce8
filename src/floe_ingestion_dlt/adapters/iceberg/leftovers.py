"""Files that loads left behind: written for a commit that was never sent, was refused, or lost a race."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final, final

from pyarrow import fs
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table, TableProperties
from pyiceberg.utils.concurrent import ExecutorFactory
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import ledger
from floe_ingestion_dlt.adapters.iceberg.file_systems import file_system
from floe_ingestion_dlt.adapters.iceberg.writing import DATA_FILE_PREFIX
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.ports.destination import Leftover

# Clocks of storages and of writers differ by less.
SKEW: Final = timedelta(hours=1)


def leftovers(table: Table, older_than: timedelta) -> Result[tuple[Leftover, ...], DestinationFailed]:
    """Our data files, and metadata files, that nothing in the table's metadata names and that are old enough.

    A file may be old and yet wanted: by a commit built on the newest snapshot of a load that was pending for long. Such
    a commit has written a manifest after that snapshot; where there is one that nothing names, data files stay.
    """
    newest = table.metadata.current_snapshot()
    if newest is None:
        return Success(())
    listable = file_system(table.io, table.location())
    if listable is None:
        return Failure(_unlistable(table))
    shown_at = datetime.fromtimestamp(newest.timestamp_ms / 1000, UTC)
    named = _names_in(table)
    data, metadata = (
        [file for file in _files(listable, folder) if _name(file.path) not in named]
        for folder in _folders(table)
    )
    ours = [file for file in data if _name(file.path).startswith(DATA_FILE_PREFIX)]
    open_since = shown_at - min(SKEW, older_than)
    is_open = any(file.path.endswith(".avro") and file.modified >= open_since for file in metadata)
    old = (file for file in (*([] if is_open else ours), *metadata) if file.modified < shown_at - older_than)
    return Success(tuple(Leftover(file.path, file.bytes) for file in old))


@final
@dataclass(frozen=True, slots=True)
class _File:
    path: str
    bytes: int
    modified: datetime


def _folders(table: Table) -> tuple[str, str]:
    """Where the table's data files are, and its metadata files."""
    data, metadata = (f"{table.location().rstrip('/')}/{folder}" for folder in ("data", "metadata"))
    return (
        table.properties.get(TableProperties.WRITE_DATA_PATH, data),
        table.properties.get(TableProperties.WRITE_METADATA_PATH, metadata),
    )


def _files(listable: fs.FileSystem, folder: str) -> Iterator[_File]:
    """Every file below *folder*, as far as it is known when it was written."""
    *_, root = PyArrowFileIO.parse_location(folder)
    for info in listable.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True)):
        if info.type is fs.FileType.File and info.mtime is not None:
            yield _File(folder + info.path.removeprefix(root), info.size, info.mtime)


def _names_in(table: Table) -> frozenset[str]:
    """The names, which are unique, of all files that the table's metadata leads to, rolled back or not."""
    metadata = table.metadata
    paths = {table.metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)}
    paths |= {file.statistics_path for file in (*metadata.statistics, *metadata.partition_statistics)}
    paths |= set(ledger.state_files(metadata))
    manifests: dict[str, ManifestFile] = {}
    for snapshot in metadata.snapshots:
        paths.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    read = ExecutorFactory.get_or_create().map(
        lambda manifest: _paths_in(table.io, manifest), manifests.values()
    )
    return frozenset(map(_name, paths.union(manifests, *read)))


def _paths_in(io: FileIO, manifest: ManifestFile) -> set[str]:
    return {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(io, discard_deleted=False)}


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _unlistable(table: Table) -> DestinationFailed:
    return DestinationFailed(
        f"the files of {'.'.join(table.name())} cannot be listed by {type(table.io).__name__}",
        Category.CONFIGURATION,
        "Use pyiceberg's PyArrowFileIO or FsspecFileIO (catalog_config: py-io-impl).",
    )
