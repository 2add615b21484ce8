"""The folder in which dlt keeps a pipeline's pending rows; one run at a time may use it, and no other user."""

from __future__ import annotations

import errno
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.system.locks import FileLock
from floe_ingestion_dlt.adapters.system.private_folders import (
    close_to_others,
    distrusted,
    make_private_folder,
)
from floe_ingestion_dlt.domain.faults import Fault, FolderInUse, FolderShared, Invalid

# The free space that a run needs to start: dlt writes more than this before it reads the first row.
PROBE_BYTES: Final = 64 * 1024
# Setup takes milliseconds; a process that takes longer is suspended, and may stay so.
SETUP_SECONDS: Final = 30.0
_WANTED: Final[Mapping[int, str]] = {
    errno.ENOSPC: "a folder on a disk with free space",
    errno.EDQUOT: "a folder on a disk with free space",
    errno.ENOLCK: "a folder on a file system that can lock files, such as a local disk",
    errno.ENOSYS: "a folder on a file system that can lock files, such as a local disk",
    errno.EOPNOTSUPP: "a folder on a file system that can lock files, such as a local disk",
}


@final
class WorkingFolder:
    """The folder *name* in *parent*, the catalog's folder in `pipelines_dir`.

    Its locks are beside it, because dlt empties the folder itself. One lock is for a run, the other for the moments in which
    the folder is created or emptied: a pipeline may be created while another process runs one.
    """

    def __init__(self, parent: Path, name: str) -> None:
        self.parent = parent
        self.path = parent / name
        self._run = FileLock(parent / f"{name}.lock")
        self._setup = FileLock(parent / f"{name}.setup.lock")

    def prepare(self) -> Result[None, Fault]:
        """Check that this process can write files at the folder's place, and no other user can."""
        probe = self.parent / f".probe-{os.getpid()}-{time.monotonic_ns()}"
        try:
            if (refused := self._distrusted()) is not None:
                return Failure(refused)
            make_private_folder(self.parent)
            self.close_to_others()
            try:
                probe.write_bytes(bytes(PROBE_BYTES))
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            return Failure(unusable(self.parent, error))
        return Success(None)

    def _distrusted(self) -> FolderShared | None:
        """The fault of a folder in which another user could change pending rows or how they are loaded."""
        given = self.parent.parent
        for folder in (given, self.parent, self.path):
            if (why := distrusted(folder, is_linked=folder == given)) is not None:
                return FolderShared(str(folder), why)
        return None

    def close_to_others(self) -> None:
        """Remove other users' permissions, which dlt's files have by the umask. Raises OSError."""
        self.parent.chmod(stat.S_IRWXU)
        close_to_others(self.path)

    def claim(self) -> Result[Callable[[], None], Fault]:
        """Claim the folder for a run; returns what ends the claim."""
        try:
            if self._run.acquire(_this_process()):
                return Success(self._run.release)
            return Failure(FolderInUse(str(self.path), self._run.holder() or "another run"))
        except OSError as error:
            return Failure(unusable(self.parent, error))

    @contextmanager
    def being_set_up(self) -> Iterator[None]:
        """Keep other processes from creating, emptying or opening the folder."""
        try:
            self._wait_for_setup()
        except OSError as error:
            throw(unusable(self.parent, error))
        try:
            yield
            self.close_to_others()
        finally:
            self._setup.release()

    def _wait_for_setup(self) -> None:
        deadline = time.monotonic() + SETUP_SECONDS
        while not self._setup.acquire(_this_process()):
            if time.monotonic() > deadline:
                throw(FolderInUse(str(self.path), self._setup.holder() or "another process"))
            time.sleep(0.01)


def unusable(folder: Path, error: OSError) -> Invalid:
    """The fault of a folder in which a file could not be written or locked."""
    wanted = _WANTED.get(error.errno or 0, "a folder that this process can write")
    return Invalid("pipelines_dir", str(folder), f"{wanted} ({error.strerror or type(error).__name__})")


def _this_process() -> str:
    since = datetime.now(UTC)
    return f"process {os.getpid()} on {socket.gethostname()}, since {since:%Y-%m-%d %H:%M:%S} UTC"
