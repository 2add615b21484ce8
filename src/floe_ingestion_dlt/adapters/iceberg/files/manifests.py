"""The manifests of a table, and their entries, which are read once: a load asks for them up to five times, and each file takes a millisecond."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final, final

from pyiceberg.io import FileIO
from pyiceberg.manifest import ManifestEntry, ManifestFile
from pyiceberg.table import Table

# The bytes of manifests whose entries are kept. In memory, they take about 25 times as much.
MOST_BYTES: Final = 1 << 20


def manifests_of(table: Table) -> list[ManifestFile]:
    """The manifests of the table's current snapshot."""
    current = table.metadata.current_snapshot()
    return current.manifests(table.io) if current else []


@final
class ManifestEntries:
    """The entries of manifests, which never change. Those that were used last are kept, up to *most_bytes* of their files."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._known: OrderedDict[str, tuple[int, Sequence[ManifestEntry]]] = OrderedDict()
        self._lock = Lock()

    def live(self, io: FileIO, manifest: ManifestFile) -> Sequence[ManifestEntry]:
        """The entries of the files that the table has, and not those of files that were deleted. Nobody may change them."""
        path = manifest.manifest_path
        with self._lock:
            if path in self._known:
                self._known.move_to_end(path)
                return self._known[path][1]
        entries = manifest.fetch_manifest_entry(io, discard_deleted=True)
        self._keep(path, manifest.manifest_length, entries)
        return entries

    def _keep(self, path: str, size: int, entries: Sequence[ManifestEntry]) -> None:
        with self._lock:
            if path in self._known or size > self._most:
                return
            self._known[path] = size, entries
            self._bytes += size
            while self._bytes > self._most:
                _, (freed, _) = self._known.popitem(last=False)
                self._bytes -= freed
