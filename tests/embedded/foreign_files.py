"""Tables as other engines leave them: files that pyiceberg writes none of, and formats that it cannot write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriterV2,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.typedef import Record


def foreign_file(
    table: Table, file_format: FileFormat, content: DataFileContent = DataFileContent.DATA
) -> DataFile:
    """The manifest entry of a file that is not really there."""
    is_equality = content is DataFileContent.EQUALITY_DELETES
    file = DataFile.from_args(
        content=content,
        file_path=f"{table.location()}/data/foreign.{file_format.value.lower()}",
        file_format=file_format,
        partition=Record(),
        record_count=1,
        file_size_in_bytes=1,
        equality_ids=[1] if is_equality else None,
    )
    file.spec_id = 0
    return file


def add_data_file(table: Table, file_format: FileFormat) -> None:
    """Add a data file as Spark would with write.format.default."""
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as files:
        files.append_data_file(foreign_file(table, file_format))


class _DeleteManifest(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class _RowDelta(_FastAppendFiles):
    file: DataFile

    def _manifests(self) -> list[ManifestFile]:
        spec, schema = self.spec(0), self.schema()
        output = self.new_manifest_output()
        with _DeleteManifest(spec, schema, output, self.snapshot_id, "null") as writer:
            writer.add(
                ManifestEntry.from_args(
                    status=ManifestEntryStatus.ADDED,
                    snapshot_id=self.snapshot_id,
                    sequence_number=None,
                    file_sequence_number=None,
                    data_file=self.file,
                )
            )
        return [writer.to_manifest_file(), *self._existing_manifests()]


def add_equality_delete(table: Table) -> None:
    """Delete rows as Flink would."""
    with table.transaction() as transaction:
        counts = ("added-delete-files", "added-equality-delete-files", "added-equality-deletes")
        summary = dict.fromkeys(counts, "1")
        delta = _RowDelta(Operation.APPEND, transaction, table.io, snapshot_properties=summary)
        delta.file = foreign_file(table, FileFormat.PARQUET, DataFileContent.EQUALITY_DELETES)
        delta.commit()


def edit_metadata(table: Table, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the table's metadata in its file."""
    path = Path(table.metadata_location.removeprefix("file://"))
    metadata = json.loads(path.read_text())
    change(metadata)
    path.write_text(json.dumps(metadata))


def upgrade_to_version_3(metadata: dict[str, Any]) -> None:
    metadata.update({"format-version": 3, "next-row-id": 0})
    for snapshot in metadata["snapshots"]:
        snapshot.update({"first-row-id": 0, "added-rows": 0})
