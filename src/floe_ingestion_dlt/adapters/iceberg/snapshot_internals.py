"""How pyiceberg makes a snapshot. Its classes are not public, and are used only here.

pyiceberg's own overwrite reads each manifest twice, keeps those that have no file any more, and merges none, so that each merge
of a load would take longer than the last one. Its append fails if a property of the table that says how to merge is no number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from pyiceberg.io import FileIO
from pyiceberg.manifest import ManifestContent, ManifestEntry, ManifestEntryStatus, ManifestFile
from pyiceberg.table import TableProperties, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _FastAppendFiles, _ManifestMergeManager, _OverwriteFiles
from pyiceberg.typedef import KeyDefaultDict

from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries
from floe_ingestion_dlt.adapters.iceberg.files.parquet_properties import is_true_in, number_in

Producer: TypeAlias = _OverwriteFiles | _FastAppendFiles


class Addition(_FastAppendFiles):
    """Adds files. Small manifests are merged."""

    def __init__(self, transaction: Transaction, io: FileIO, summary: Mapping[str, str]) -> None:
        super().__init__(Operation.APPEND, transaction, io, snapshot_properties=dict(summary))

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        return _merged(self, manifests)


class Overwrite(_OverwriteFiles):
    """Removes files, and adds others. Manifests that have no file any more are left out, and small ones are merged, as in appends."""

    def __init__(
        self, transaction: Transaction, io: FileIO, summary: Mapping[str, str], entries: ManifestEntries
    ) -> None:
        super().__init__(Operation.OVERWRITE, transaction, io, snapshot_properties=dict(summary))
        self._entries = entries

    @cached_property
    def _present(self) -> list[ManifestFile]:
        """The manifests of the snapshot before this one that have files."""
        parent = self._transaction.table_metadata.snapshot_by_id(self._parent_snapshot_id or 0)
        found = [] if parent is None else parent.manifests(self._io)
        return [each for each in found if each.has_added_files() or each.has_existing_files()]

    @cached_property
    def _may_have(self) -> KeyDefaultDict[int, Callable[[ManifestFile], bool]]:
        """For each partition spec, whether a manifest may have a file that is removed."""
        return KeyDefaultDict(self._build_manifest_evaluator)

    def _deleted_entries(self) -> list[ManifestEntry]:
        asked = (each for each in self._present if self._may_have[each.partition_spec_id](each))
        data = (each for each in asked if each.content == ManifestContent.DATA)
        removed = [
            ManifestEntry.from_args(
                status=ManifestEntryStatus.DELETED,
                snapshot_id=self._snapshot_id,
                sequence_number=entry.sequence_number,
                file_sequence_number=entry.file_sequence_number,
                data_file=entry.data_file,
            )
            for manifest in data
            for entry in self._entries.live(self._io, manifest)
            if entry.data_file in self._deleted_data_files
        ]
        self._validate_required_deletes(removed)
        return removed

    def _existing_manifests(self) -> list[ManifestFile]:
        return [
            kept
            for manifest in self._present
            for kept in (
                self._kept(manifest) if self._may_have[manifest.partition_spec_id](manifest) else [manifest]
            )
        ]

    def _kept(self, manifest: ManifestFile) -> Iterator[ManifestFile]:
        """The manifest, or a new one of the files in it that stay, if there are any."""
        before = self._entries.live(self._io, manifest)
        staying = [entry for entry in before if entry.data_file not in self._deleted_data_files]
        if len(staying) == len(before):
            yield manifest
        elif staying:
            with self.new_manifest_writer(self.spec(manifest.partition_spec_id)) as writer:
                for entry in staying:
                    writer.existing(entry)
            yield writer.to_manifest_file()

    def fetch_manifest_entry(
        self,
        manifest: ManifestFile,
        discard_deleted: bool = True,  # noqa: FBT001, FBT002 - as pyiceberg has it
    ) -> list[ManifestEntry]:
        """The entries of a manifest that is merged with others; only this snapshot's own may be of deleted files."""
        if manifest.added_snapshot_id == self._snapshot_id:
            return super().fetch_manifest_entry(manifest, discard_deleted)
        return list(self._entries.live(self._io, manifest))

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        return _merged(self, manifests)


class ReplaceAll(Overwrite):
    """Removes all files of a table, also delete files, which an overwrite keeps.

    They still have to be listed, so that the summary counts them.
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        return []

    def _validate_required_deletes(self, deleted_entries: list[ManifestEntry]) -> None:
        """Check nothing: the files are those of the snapshot that is replaced."""


def _merged(producer: Any, manifests: list[ManifestFile]) -> list[ManifestFile]:
    """The *manifests*, small ones of data merged as the table's properties say; one that is no number has no effect."""
    known, names = producer._transaction.table_metadata.properties, TableProperties  # noqa: SLF001 - of our own classes
    merging: _ManifestMergeManager[Any] = _ManifestMergeManager(
        number_in(known, names.MANIFEST_TARGET_SIZE_BYTES) or names.MANIFEST_TARGET_SIZE_BYTES_DEFAULT,
        number_in(known, names.MANIFEST_MIN_MERGE_COUNT) or names.MANIFEST_MIN_MERGE_COUNT_DEFAULT,
        is_true_in(known, names.MANIFEST_MERGE_ENABLED),
        producer,
    )
    data = [each for each in manifests if each.content == ManifestContent.DATA]
    others = [each for each in manifests if each.content != ManifestContent.DATA]
    return merging.merge_manifests(data) + others
