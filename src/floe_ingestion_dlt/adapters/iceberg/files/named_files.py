"""The files that a table's metadata refers to."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table, TableProperties
from pyiceberg.utils.concurrent import ExecutorFactory

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.domain.leftovers import MANIFEST_UUID_PREFIX, file_name


def folders(table: Table) -> tuple[str, str]:
    """Where the table's data files are written, and its metadata files."""
    data, metadata = (f"{table.location().rstrip('/')}/{folder}" for folder in ("data", "metadata"))
    return (
        table.properties.get(TableProperties.WRITE_DATA_PATH, data),
        table.properties.get(TableProperties.WRITE_METADATA_PATH, metadata),
    )


def manifest_uuid() -> UUID:
    """A UUID that marks a manifest as ours, even if no snapshot names it."""
    chance = uuid4().hex[len(MANIFEST_UUID_PREFIX) :]
    return UUID(hex=f"{MANIFEST_UUID_PREFIX}{chance[:4]}8{chance[5:]}")


def without_scheme(location: str) -> str:
    """The host and the path of a location, without its scheme: s3 and s3a, for example, are the same place."""
    _, host, path = PyArrowFileIO.parse_location(location)
    return path if path.startswith(host) else f"{host}{path}"


def names_in(table: Table) -> frozenset[str]:
    """The names of all files that the table's metadata refers to, rolled back or not. Names are unique."""
    metadata = table.metadata
    paths = {table.metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)}
    paths |= {file.statistics_path for file in (*metadata.statistics, *metadata.partition_statistics)}
    paths |= set(ledger.state_files(metadata))
    manifests: dict[str, ManifestFile] = {}
    for snapshot in metadata.snapshots:
        paths.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    read = ExecutorFactory.get_or_create().map(
        lambda manifest: set(_paths_in(table.io, manifest)), manifests.values()
    )
    return frozenset(map(file_name, paths.union(manifests, *read)))


def _paths_in(io: FileIO, manifest: ManifestFile) -> Iterator[str]:
    return (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(io, discard_deleted=False))
