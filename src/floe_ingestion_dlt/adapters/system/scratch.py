"""Folders for large temporary files, which do not outlive their process for long."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.system.locks import FileLock

# It lies in each folder, and is locked for as long as its process lives.
LOCK: Final = ".lock"


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder that is deleted at the end of the block, with what dead processes left of the same *purpose*."""
    prefix = f"floe-{purpose}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        folder = Path(name)
        lock = FileLock(folder / f"{LOCK}.new")
        # A file system without locks costs no merge: what a dead process leaves there stays.
        with suppress(OSError):
            lock.acquire()
            # Nobody finds the lock before it is held.
            (folder / f"{LOCK}.new").rename(folder / LOCK)
        for other in folder.parent.glob(f"{prefix}*"):
            _delete_if_abandoned(other, like=folder)
        try:
            yield folder
        finally:
            lock.release()


def _delete_if_abandoned(folder: Path, like: Path) -> None:
    """Delete a folder of the same owner whose lock is free; one without a lock was made just now, or is not ours."""
    lock = FileLock(folder / LOCK)
    try:
        is_ours = not folder.is_symlink() and folder.stat().st_uid == like.stat().st_uid
        is_abandoned = is_ours and (folder / LOCK).exists() and lock.acquire()
    except OSError:
        return
    if is_abandoned:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
