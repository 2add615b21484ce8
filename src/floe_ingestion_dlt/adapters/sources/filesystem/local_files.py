"""Files of a local folder: links are followed inside of it, and only regular files are opened."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, final

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.globs import Glob, Places
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import LONGEST_PATH, shown
from floe_ingestion_dlt.ports.source import SourceError, unreadable

# A name may have been replaced after the folder was listed: links are not followed, and a pipe does not block.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BELOW: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)
_REPLACED: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EMLINK, errno.ENXIO})
HIDDEN: Final = "names that begin with . or _ are no data, unless include_glob has them"
_KINDS: Final = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


@final
@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that matches the glob and is not read, and why."""

    path: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file: the path that is shown, which may be a link, and the *real* path below the real *root*.

    *size* and *listed* are its size and version when the folder was listed.
    """

    path: str
    root: str
    real: str
    size: int
    listed: str

    def open(self) -> IO[bytes]:
        """Open the file, unless its name has been replaced since the folder was listed."""
        try:
            return os.fdopen(self._descriptor(), "rb")
        except OSError as error:
            if error.errno in _REPLACED:
                raise _replaced(self.path) from error
            raise

    def version_now(self) -> str:
        """The version that the file has now."""
        try:
            status = Path(self.real).stat(follow_symlinks=False)
        except OSError as error:
            if error.errno in _REPLACED:
                raise _replaced(self.path) from error
            raise
        return _version(status)

    def _descriptor(self) -> int:
        descriptor = _open_below(self.root, Path(self.real).relative_to(self.root).parts)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise _replaced(self.path)


@final
@dataclass(slots=True)
class LocalFolder:
    """A folder that is searched once: `files` and `skipped` are what matches the *glob*."""

    path: str
    glob: Glob
    names: dict[str, tuple[bool, bool, str]] = field(default_factory=dict)
    found: dict[str, tuple[int, str]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)

    def files(self) -> list[LocalFile]:
        """The files in order of their names, each once even if several links lead to it; empty files are left out."""
        root = os.path.realpath(self.path)
        # A folder is searched once for each part of the glob, even if it has several names.
        todo = [(self.path, root, self.glob.start())]
        seen = {(root, self.glob.start())}
        while todo:
            for found in self._folders(*todo.pop(), root):
                if found[1:] not in seen:
                    seen.add(found[1:])
                    todo.append(found)
        return sorted(
            (LocalFile(path, root, real, *self.found[real]) for real, (_, _, path) in self.names.items()),
            key=lambda file: file.path,
        )

    def _folders(self, path: str, real: str, places: Places, root: str) -> Iterator[tuple[str, str, Places]]:
        """Sort the entries of one folder, and yield the folders to search next."""
        try:
            entries = sorted(os.scandir(real), key=lambda entry: entry.name)
        except OSError as error:
            if real == root:
                raise
            self._skip(path, _reason(error))
            return
        for entry in entries:
            after = self.glob.after(places, entry.name)
            name = f"{path.rstrip('/')}/{entry.name}"
            if not after and self._is_hidden(entry, places):
                self._skip(name, HIDDEN)
            if after and (folder := self._folder(name, entry, after, root)):
                yield name, folder, after

    def _folder(self, path: str, entry: os.DirEntry[str], after: Places, root: str) -> str | None:
        """The real path of a folder to search; a file to read is kept with its own."""
        is_match = self.glob.is_match(after)
        try:
            is_link = entry.is_symlink()
            real = str(Path(entry.path).resolve(strict=True)) if is_link else entry.path
            status = Path(real).stat(follow_symlinks=False) if is_link else entry.stat(follow_symlinks=False)
        except (OSError, RuntimeError) as error:  # before Python 3.13, a loop of links is a RuntimeError
            if is_match:
                self._skip(path, _reason(error))
            return None
        is_folder = stat.S_ISDIR(status.st_mode)
        if not (self.glob.may_go_on(after) if is_folder else is_match):
            return None
        if is_link and not Path(real).is_relative_to(root):
            raise _leaves(path, real, self.path)
        if is_folder:
            return real
        if not stat.S_ISREG(status.st_mode):
            self._skip(path, f"it is a {_kind(status.st_mode)}")
        elif status.st_size:
            is_hidden = any(part.startswith(".") for part in path.removeprefix(self.path).split("/"))
            name = (is_hidden, is_link, path)
            self.names[real] = min(name, self.names.get(real, name))
            self.found[real] = (status.st_size, _version(status))
        return None

    def _is_hidden(self, entry: os.DirEntry[str], places: Places) -> bool:
        """Whether it may have rows, but for its name; of folders, those of version control and volumes begin with a dot."""
        after = self.glob.after(places, entry.name, hidden_too=True)
        if entry.is_dir():
            return self.glob.may_go_on(after) and entry.name.startswith("_")
        return self.glob.is_match(after)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(path, reason))


def local_file(path: str) -> LocalFile | None:
    """The file at *path*, which may be a link to anywhere because the user named it; None for a folder."""
    real = Path(path).resolve()
    mode = real.stat().st_mode
    if stat.S_ISDIR(mode):
        return None
    if not stat.S_ISREG(mode):
        cause = f"{_shown(path)} is a {_kind(mode)}, not a folder or a file"
        raise unreadable(cause, "Set path to a folder or file.", Category.CONFIGURATION)
    status = real.stat()
    return LocalFile(path, str(real.parent), str(real), status.st_size, _version(status))


def _version(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns}"


def _open_below(root: str, parts: tuple[str, ...]) -> int:
    """Open a file folder by folder, so that none of them can have been replaced by a link."""
    if os.open not in os.supports_dir_fd:  # pragma: no cover - not on POSIX
        return os.open(Path(root, *parts), _FLAGS | getattr(os, "O_BINARY", 0))
    folder = os.open(root, _BELOW)
    for part in parts[:-1]:
        try:
            deeper = os.open(part, _BELOW, dir_fd=folder)
        finally:
            os.close(folder)
        folder = deeper
    try:
        return os.open(parts[-1], _FLAGS, dir_fd=folder)
    finally:
        os.close(folder)


def _kind(mode: int) -> str:
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "special file")


def _reason(error: OSError | RuntimeError) -> str:
    match getattr(error, "errno", errno.ELOOP):
        case errno.ENOENT:
            return "it is a link to something that is not there"
        case errno.ELOOP:
            return "it is a link that leads to itself"
        case errno.EACCES | errno.EPERM:
            return "there is no permission to read it"
        case _:
            return f"it cannot be looked at ({type(error).__name__})"


def _shown(path: str) -> str:
    return shown(redacted(path), LONGEST_PATH)


def _leaves(path: str, real: str, folder: str) -> SourceError:
    return unreadable(
        f"{_shown(path)} is a link that leaves {_shown(folder)}: it leads to {_shown(real)}",
        "Put a copy of the file into the folder, set path to a folder that holds both, or exclude the link by include_glob.",
    )


def _replaced(path: str) -> SourceError:
    return unreadable(
        f"{_shown(path)} was removed or replaced after the folder was listed",
        "Run again when nothing changes the folder.",
        Category.TRANSIENT,
    )
