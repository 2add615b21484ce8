"""File locks, which the operating system releases when their process ends."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Final, final
from weakref import WeakSet

# On Windows a locked range cannot be read by others, so the lock is on a byte after the text.
_BEHIND_THE_TEXT: Final = 1 << 20
MOST_TEXT: Final = 400


@final
class FileLock:
    """A lock on *path* for one holder among all processes and threads. It is free again when its process ends.

    The file is kept when the lock is released: if it were removed, one process could lock the old file and another a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, holder: str = "", *, creates: bool = True) -> bool:
        """Lock the file, and write the *holder* into it; False if somebody else holds the lock.

        Raises OSError; FileNotFoundError if there is no file and it *creates* none.
        """
        descriptor = os.open(self._path, os.O_RDWR | (os.O_CREAT if creates else 0), 0o600)
        try:
            if not _locked(descriptor):
                os.close(descriptor)
                return False
            os.ftruncate(descriptor, 0)
            os.write(descriptor, holder.encode()[:MOST_TEXT])
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held().add(self)
        return True

    def forget(self) -> None:
        """Leave the lock to the process from which this one was forked."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def holder(self) -> str:
        """The text that the current holder has written; empty if there is none yet, or the file is gone."""
        text = self._path.read_text(errors="replace") if self._path.exists() else ""
        return "".join(char for char in text[:MOST_TEXT] if char.isprintable())

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            os.ftruncate(descriptor, 0)
        finally:
            _unlock(descriptor)
            os.close(descriptor)


@cache
def _held() -> WeakSet[FileLock]:
    """The locks that this process holds; a forked process forgets them, or it would hold them when this one was killed."""
    held: WeakSet[FileLock] = WeakSet()

    def forget() -> None:
        for lock in tuple(held):
            lock.forget()

    if sys.platform != "win32":
        os.register_at_fork(after_in_child=forget)
    return held


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, _BEHIND_THE_TEXT, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _BEHIND_THE_TEXT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        # A forked process has the descriptor too, and would keep the lock if we only closed ours.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
