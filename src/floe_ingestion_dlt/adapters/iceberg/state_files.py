"""Keeps states that are too large for a snapshot in Puffin files, which the table's metadata lists as statistics.

So every engine's maintenance knows the file, and keeps it for as long as its snapshot exists. If it is
gone nevertheless, the short form of the state is used, which is in the snapshot itself.
"""

from __future__ import annotations

import json
import uuid
from typing import Final

from pyiceberg.io import FileIO
from pyiceberg.table import Table, Transaction
from pyiceberg.table.puffin import MAGIC_BYTES, PuffinFile
from pyiceberg.table.statistics import StatisticsFile

from floe_ingestion_dlt.domain.leftovers import STATE_FILE_PREFIX, file_name
from floe_ingestion_dlt.domain.load import StoredState

# A larger state would make every version of the metadata larger, for as long as the snapshot exists.
LARGEST_INLINE_STATE: Final = 4_000
INLINE: Final = "inline"
FILE: Final = "file"
SUFFIX: Final = ".puffin"
BLOB: Final = "floe-state-v1"
# A roll-back by one load finds the file of its state; for older ones the short form is used.
KEPT_FILES: Final = 2


def reference_to(table: Table, load_id: str, state: StoredState) -> str:
    """The reference by which the state is found again: the state itself if it is small, else a path and the short form."""
    if len(state.text) <= LARGEST_INLINE_STATE:
        return f"{INLINE}:{state.version}:{state.text}"
    path = table.location_provider().new_metadata_location(
        f"{STATE_FILE_PREFIX}{load_id}-{uuid.uuid4()}{SUFFIX}"
    )
    return f"{FILE}:{state.version}:{path}\n{state.short}"


def path_in(reference: str) -> str | None:
    """The path of the file in the reference, if it has one."""
    kind, _version, rest = reference.split(":", 2)
    return rest.partition("\n")[0] if kind == FILE else None


def find_state(io: FileIO, reference: str) -> str:
    """The state of a reference; its short form if the file is gone."""
    _kind, _version, rest = reference.split(":", 2)
    path, _, short = rest.partition("\n")
    if path_in(reference) is None:
        return rest
    try:
        with io.new_input(path).open() as stream:
            content = stream.read()
    except FileNotFoundError:
        if not short:
            raise
        return short
    return _unpacked(content) if path.endswith(SUFFIX) else content.decode()


def keep_file(
    transaction: Transaction, table: Table, reference: str, state: StoredState | None, snapshot_id: int | None
) -> None:
    """Write the file of a *state* that needs one, register it for the snapshot, and keep only the newest few registered.

    A state that is repeated keeps its file, which is registered for the new snapshot too.
    """
    path = path_in(reference)
    if path is None or not path.endswith(SUFFIX):
        return
    named = next((file for file in table.metadata.statistics if file.statistics_path == path), None)
    current = table.metadata.current_snapshot_id if snapshot_id is None else snapshot_id
    if state is not None:
        content, footer = _packed(state.text, current or -1, table.metadata.next_sequence_number())
        with table.io.new_output(path).create(overwrite=True) as stream:
            stream.write(content)
        size = len(content)
    elif named is not None:
        size, footer = named.file_size_in_bytes, named.file_footer_size_in_bytes
    else:
        return
    if current is None or _has_other_statistics(table, current):
        return
    file = StatisticsFile(
        **{
            "snapshot-id": current,
            "statistics-path": path,
            "file-size-in-bytes": size,
            "file-footer-size-in-bytes": footer,
            # Iceberg's readers skip blobs of unknown types, such as ours.
            "blob-metadata": [],
        }
    )
    with transaction.update_statistics() as update:
        update.set_statistics(file)
    ours = [f.snapshot_id for f in table.metadata.statistics if _is_ours(f) and f.snapshot_id != current]
    for old in ours[: max(0, len(ours) + 1 - KEPT_FILES)]:
        with transaction.update_statistics() as update:
            update.remove_statistics(old)


def _has_other_statistics(table: Table, snapshot_id: int) -> bool:
    """Whether the snapshot has another engine's statistics: only one statistics file can be registered for it."""
    there = (file for file in table.metadata.statistics if file.snapshot_id == snapshot_id)
    return any(not _is_ours(file) for file in there)


def _is_ours(file: StatisticsFile) -> bool:
    return file_name(file.statistics_path).startswith(STATE_FILE_PREFIX)


def _packed(text: str, snapshot_id: int, sequence: int) -> tuple[bytes, int]:
    """A Puffin file with the state as its blob, and the size of its footer."""
    payload = text.encode()
    blob = {
        "type": BLOB,
        "fields": [],
        "snapshot-id": snapshot_id,
        "sequence-number": sequence,
        "offset": len(MAGIC_BYTES),
        "length": len(payload),
    }
    description = json.dumps({"blobs": [blob], "properties": {"created-by": "floe-ingestion-dlt"}}).encode()
    footer = MAGIC_BYTES + description + len(description).to_bytes(4, "little") + bytes(4) + MAGIC_BYTES
    return MAGIC_BYTES + payload + footer, len(footer)


def _unpacked(content: bytes) -> str:
    puffin = PuffinFile(content)
    (blob,) = (blob for blob in puffin.footer.blobs if blob.type == BLOB)
    return puffin.get_blob_payload(blob).decode()
