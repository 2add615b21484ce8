"""Folders whose files only this process's user can read or change, whatever the umask is."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
ROOT: Final = 0


def make_private_folder(folder: Path) -> None:
    """Create *folder* and its missing parents, for this user only. Raises OSError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=stat.S_IRWXU, exist_ok=True)


def close_to_others(folder: Path) -> None:
    """Let only this user open *folder* and read its files. Raises OSError, but not for files that are gone meanwhile."""
    if sys.platform == "win32" or not folder.is_dir():
        return
    _close(folder, stat.S_IRWXU)
    for above, folders, files in os.walk(folder):
        for name in folders:
            _close(Path(above, name), stat.S_IRWXU)
        for name in files:
            _close(Path(above, name), stat.S_IRUSR | stat.S_IWUSR)


def _close(path: Path, mode: int) -> None:
    """Do not follow links: they would change files elsewhere."""
    with suppress(FileNotFoundError):
        found = path.lstat().st_mode
        if not stat.S_ISLNK(found) and stat.S_IMODE(found) != mode:
            path.chmod(mode)


def distrusted(folder: Path, *, is_linked: bool = False) -> str | None:
    """Why another user may have written files in *folder*; None if nobody could, or the folder is missing.

    With *is_linked* the folder may be a link, and its target is checked. Raises OSError.
    """
    if sys.platform == "win32":
        return None
    try:
        found = folder.stat() if is_linked else folder.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return "it is a link"
    if found.st_uid not in {os.geteuid(), ROOT}:
        return f"it belongs to the user {_name_of(found.st_uid)}"
    if found.st_mode & OTHERS_MAY_WRITE:
        return f"other users may write to it (mode {stat.S_IMODE(found.st_mode):04o})"
    return None


def _name_of(uid: int) -> str:
    import pwd  # noqa: PLC0415 - Windows has none

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
