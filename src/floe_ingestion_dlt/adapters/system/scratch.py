"""Folders for large temporary files, which are deleted even if their process was killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.system.locks import FileLock

# Each folder has this file, which is locked as long as its process runs.
LOCK: Final = ".lock"


@contextmanager
def scratch_folder(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """A folder that is deleted at the end of the block. Folders of the same *purpose* whose process was killed are deleted too.

    It is *within* a folder, or else among the system's temporary files. Raises OSError.
    """
    prefix = f"floe-{purpose}-"
    # Another process may delete the folder at the same time, between the release of the lock and the end.
    with tempfile.TemporaryDirectory(prefix=prefix, dir=within, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lock = FileLock(folder / f"{LOCK}.new")
        # Without file locks a merge still works, but the folders of killed processes are kept.
        with suppress(OSError):
            lock.acquire()
            # The file gets its name only when the lock is held, so that no process finds it unlocked.
            (folder / f"{LOCK}.new").rename(folder / LOCK)
        for other in folder.parent.glob(f"{prefix}*"):
            _delete_if_abandoned(other, like=folder)
        try:
            yield folder
        finally:
            lock.release()


def _delete_if_abandoned(folder: Path, like: Path) -> None:
    """Delete a folder of this user whose lock is free. A folder without a lock file is new, or not ours."""
    lock = FileLock(folder / LOCK)
    try:
        is_ours = not folder.is_symlink() and folder.stat().st_uid == like.stat().st_uid
        # The folder may go at any moment, and a file that was made in it now would keep it.
        is_abandoned = is_ours and lock.acquire(creates=False)
    except OSError:
        return
    if is_abandoned:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
