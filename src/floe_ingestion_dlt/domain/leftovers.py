"""Which files at a table's location may be deleted: files of this plugin that no table names or may still name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

# The prefixes by which this plugin's files are recognised if no snapshot names them.
DATA_FILE_PREFIX: Final = "floe-"
STATE_FILE_PREFIX: Final = "floe-state-"
# The first digits of the UUIDs (version 8, RFC 9562) in the names of this plugin's manifests: "floe" in hexadecimal.
MANIFEST_UUID_PREFIX: Final = "666c6f65"
OUR_MANIFEST: Final = re.compile(
    rf"(snap-\d+-\d+-)?{MANIFEST_UUID_PREFIX}-[0-9a-f]{{4}}-8[0-9a-f]{{3}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}(-m\d+)?\.avro"
)

# The prefix of a name if the table's paths have no folders for partitions.
_HASH: Final = re.compile(r"\A[01]+-")

# Clocks of storages and writers differ by less than this.
SKEW: Final = timedelta(hours=1)


@final
@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file at a table's location, its size in bytes, and the time at which it was written."""

    path: str
    bytes: int
    modified: datetime

    @property
    def name(self) -> str:
        return file_name(self.path)


@final
@dataclass(frozen=True, slots=True)
class Place:
    """The folders of a table's files, and the time of its newest snapshot; None before the first."""

    folders: tuple[str, ...]
    newest: datetime | None

    def overlaps(self, other: Place) -> bool:
        """Whether files of both may be in the same folder."""
        return any(
            _is_within(one, two) or _is_within(two, one) for one in self.folders for two in other.folders
        )

    def holds(self, path: str) -> bool:
        """Whether *path* is below one of the folders."""
        return any(_is_within(path, folder) for folder in self.folders)


def removable(
    files: Iterable[FoundFile], named: Collection[str], places: Sequence[Place], older_than: timedelta
) -> tuple[FoundFile, ...]:
    """The plugin's *files* that are not *named*, and are older than the newest snapshot of each of *places* by *older_than*.

    *places* are those of all tables whose files may be there. A commit that was built before a table's newest snapshot cannot
    land any more. A commit that was built on that snapshot can, however old its data files are; but it has written a manifest
    since. So if there is a manifest that new and that no snapshot names, data files stay until the next snapshot.
    """
    newest = [place.newest for place in places]
    if not newest or None in newest:
        return ()
    oldest = min(at for at in newest if at is not None)
    unnamed = [file for file in files if file.name not in named]
    open_since = oldest - min(SKEW, older_than)
    is_open = any(file.name.endswith(".avro") and file.modified >= open_since for file in unnamed)
    return tuple(
        file
        for file in unnamed
        if is_ours(file.name)
        and file.modified < oldest - older_than
        and not (is_open and file.name.endswith(".parquet"))
    )


def file_name(path: str) -> str:
    """The part after the last slash of a path or an address."""
    return path.rpartition("/")[2]


def is_ours(name: str) -> bool:
    """Whether a file with this name was written by a load of this plugin."""
    is_data = _HASH.sub("", name, count=1).startswith(DATA_FILE_PREFIX) and name.endswith(".parquet")
    return is_data or name.startswith(STATE_FILE_PREFIX) or OUR_MANIFEST.fullmatch(name) is not None


def is_of_load(path: str, load_id: str, folders: Iterable[str]) -> bool:
    """Whether *path* is a data file that the load wrote below one of *folders*."""
    name = _HASH.sub("", file_name(path), count=1)
    is_named_so = name.startswith(f"{DATA_FILE_PREFIX}{load_id}-") and name.endswith(".parquet")
    return is_named_so and any(_is_within(path, folder) for folder in folders)


def _is_within(path: str, folder: str) -> bool:
    if ".." in path.split("/"):
        return False
    return f"{path.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")
