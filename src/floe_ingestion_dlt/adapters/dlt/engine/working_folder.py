"""The folder in which dlt keeps what a pipeline has pending; one run at a time may use it, and no other user."""

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

# What a folder must take for a run to begin: dlt writes more than this before it reads the first row.
PROBE_BYTES: Final = 64 * 1024
# A folder is set up in milliseconds; who takes longer is stopped, and may never go on.
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
    """The folder *name* in *parent*, with its locks beside it, because dlt empties the folder itself now and then.

    *parent* is that of one catalog in the folder `pipelines_dir`.

    One lock is for a run, the other for the moments in which the folder is made anew: a pipeline may be created while
    another process runs one.
    """

    def __init__(self, parent: Path, name: str) -> None:
        self.parent = parent
        self.path = parent / name
        self._run = FileLock(parent / f"{name}.lock")
        self._setup = FileLock(parent / f"{name}.setup.lock")

    def prepare(self) -> Result[None, Fault]:
        """Make sure that files can be written where the folder is to be, and by no other user."""
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
        """Who else can write here can change rows that are pending, and what is done with them."""
        given = self.parent.parent
        for folder in (given, self.parent, self.path):
            if (why := distrusted(folder, is_linked=folder == given)) is not None:
                return FolderShared(str(folder), why)
        return None

    def close_to_others(self) -> None:
        """Keep other users from reading what dlt has written, as it makes files by the umask. Raises OSError."""
        self.parent.chmod(stat.S_IRWXU)
        close_to_others(self.path)

    def claim(self) -> Result[Callable[[], None], Fault]:
        """Keep other runs away; what is returned lets them in again."""
        try:
            if self._run.acquire(_this_process()):
                return Success(self._run.release)
            return Failure(FolderInUse(str(self.path), self._run.holder() or "another run"))
        except OSError as error:
            return Failure(unusable(self.parent, error))

    @contextmanager
    def being_set_up(self) -> Iterator[None]:
        """Let nobody else make, empty or open the folder meanwhile."""
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
