"""The files whose rows a table has: a reading can pass over them, so that each file is loaded once."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import Final, final

# With 100,000 files, two paths meet by chance once in 10**14 tables, and a change is overlooked once in 10**14 changes.
_PATH_BYTES: Final = 10
_VERSION_BYTES: Final = 6
_BYTES: Final = _PATH_BYTES + _VERSION_BYTES
# Between the files and each of the folders in a text.
_MARK: Final = "."


class OnChangedFile(Enum):
    """What becomes of a file that was loaded and then written again, if each file is loaded once.

    Its rows are loaded once more beside the rows that the table has of it (append) or in their place (reload), the load is refused (error), or the file is passed over (ignore).
    """

    APPEND = "append"
    RELOAD = "reload"
    ERROR = "error"
    IGNORE = "ignore"


class Seen(Enum):
    """How a file compares with those that are known."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@final
@dataclass(frozen=True, slots=True)
class KnownFiles:
    """Digests of the paths of files, each with a digest of the version in which the file was loaded.

    A version is whatever differs if the file is written again, such as its size and an entity tag or the time of the last write.
    *folders* are digests of the folders below which the files were found.
    """

    versions: Mapping[bytes, bytes] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.versions)

    def seen(self, path: str, version: str) -> Seen:
        """Whether the file is new, known in this version, or known in another one."""
        known = self.versions.get(_digest(path, _PATH_BYTES))
        if known is None:
            return Seen.NEW
        return Seen.KNOWN if known == _digest(version, _VERSION_BYTES) else Seen.CHANGED

    def has_any(self, files: Iterable[tuple[str, str]]) -> bool:
        """Whether one of *files*, which are pairs of a path and a version, is known in this version."""
        return any(self.seen(*file) is Seen.KNOWN for file in files)

    def with_files(self, files: Iterable[tuple[str, str]], folders: Iterable[str] = ()) -> KnownFiles:
        """These files and *files*, which are pairs of a path and a version, and were found below the *folders*."""
        added = {_digest(path, _PATH_BYTES): _digest(version, _VERSION_BYTES) for path, version in files}
        return KnownFiles({**self.versions, **added}, self.folders | _digests(folders))

    def are_all_below(self, folders: Iterable[str]) -> bool:
        """Whether all files were found below these folders, so that no two of them have one path below their folders."""
        return bool(self.folders) and self.folders == _digests(folders)

    def text(self) -> str:
        """The files as a text of 22 characters for each; equal values have equal texts."""
        files = b64encode(b"".join(path + self.versions[path] for path in sorted(self.versions))).decode()
        return _MARK.join([files, *sorted(self.folders)])


NO_FILES: Final = KnownFiles()


def known_files_in(text: object) -> KnownFiles:
    """The files in a text that `KnownFiles.text` made; none if it is no such text, and then all files are new."""
    written, *folders = text.split(_MARK) if isinstance(text, str) else [""]
    try:
        kept = b64decode(written, validate=True)
    except ValueError:
        return NO_FILES
    if len(kept) % _BYTES:
        return NO_FILES
    entries = (kept[start : start + _BYTES] for start in range(0, len(kept), _BYTES))
    return KnownFiles({entry[:_PATH_BYTES]: entry[_PATH_BYTES:] for entry in entries}, frozenset(folders))


def _digests(folders: Iterable[str]) -> frozenset[str]:
    return frozenset(_digest(folder, _PATH_BYTES).hex() for folder in folders)


def _digest(text: str, length: int) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=length).digest()
