"""Files that loads left behind: written for a commit that was never sent, was refused, or lost a race."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from pyarrow import fs
from pyiceberg.io import FileIO
from pyiceberg.io.fsspec import FsspecFileIO
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table, TableProperties
from pyiceberg.utils.concurrent import ExecutorFactory
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import ledger
from floe_ingestion_dlt.adapters.iceberg.writing import DATA_FILE_PREFIX
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.ports.destination import Leftover


def leftovers(table: Table, older_than: timedelta) -> Result[tuple[Leftover, ...], DestinationFailed]:
    """Our data files, and metadata files, that nothing in the table's metadata names and that are old enough."""
    newest = table.metadata.current_snapshot()
    if newest is None:
        return Success(())
    before = datetime.fromtimestamp(newest.timestamp_ms / 1000, UTC) - older_than
    listable = _file_system(table.io, table.location())
    if listable is None:
        return Failure(_unlistable(table))
    named = _names_in(table)
    return Success(
        tuple(
            Leftover(path, info.size)
            for folder in _folders(table)
            for path, info in _files(listable, folder)
            if info.mtime is not None
            and info.mtime < before
            and _name(path) not in named
            and _may_be_ours(path, table)
        )
    )


def _may_be_ours(path: str, table: Table) -> bool:
    """Whether we can have made the file; data files of other engines are theirs to delete."""
    return _name(path).startswith(DATA_FILE_PREFIX) or not path.startswith(_data_folder(table))


def _file_system(io: FileIO, location: str) -> fs.FileSystem | None:
    scheme, host, _ = PyArrowFileIO.parse_location(location)
    match io:
        case PyArrowFileIO():
            return io.fs_by_scheme(scheme, host)
        case FsspecFileIO():
            return fs.PyFileSystem(fs.FSSpecHandler(io.get_fs(scheme, host)))  # type: ignore[abstract]  # it is not
        case _:
            return None


def _folders(table: Table) -> tuple[str, str]:
    own = f"{table.location().rstrip('/')}/metadata"
    return _data_folder(table), table.properties.get(TableProperties.WRITE_METADATA_PATH, own)


def _data_folder(table: Table) -> str:
    own = f"{table.location().rstrip('/')}/data"
    return table.properties.get(TableProperties.WRITE_DATA_PATH, own)


def _files(listable: fs.FileSystem, folder: str) -> Iterator[tuple[str, fs.FileInfo]]:
    """Every file below *folder*, with its location."""
    *_, root = PyArrowFileIO.parse_location(folder)
    for info in listable.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True)):
        if info.type is fs.FileType.File:
            yield folder + info.path.removeprefix(root), info


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
