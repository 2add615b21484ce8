"""Where files are, and how they are opened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeAlias, final

import fsspec
from fsspec.core import url_to_fs

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    FilesystemConfiguration,
    fsspec_from_config,
    known_sections,
    resolve_configuration,
)
from floe_ingestion_dlt.adapters.sources.filesystem.local_files import (
    HIDDEN,
    LocalFile,
    LocalFolder,
    Skipped,
    local_file,
)
from floe_ingestion_dlt.adapters.sources.filesystem.public_buckets import ANONYMOUS, public_access
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.globs import Glob
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import SourceError

OpenFile: TypeAlias = Callable[[], AbstractContextManager[ByteStream]]
# The names that file systems of fsspec give to a checksum or an entity tag, and to the time of the last write.
_CONTENT: Final = ("md5Hash", "content_md5", "ETag", "etag")
_WRITTEN: Final = (
    *_CONTENT,
    *("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified", "created"),
)
_DEPTH: Final = 4
_WANTED: Final = "a mapping beside source_config, such as {aws_access_key_id: ..., aws_secret_access_key: ...}, or the same as a JSON text"
_MOST_COUNTED: Final = 1_000
LOCAL: Final = frozenset({"file", "local"})


def open_filesystem(source: Filesystem) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system and the path on it; credentials are the source's own, else those of dlt's configuration."""
    scheme = FilesystemConfiguration.parse_protocol(source.url)
    if scheme not in FilesystemConfiguration.PROTOCOL_CREDENTIALS:
        fs, root = url_to_fs(source.url)
        return fs, str(root)
    given: dict[str, object] = {"bucket_url": source.url}
    if source.credentials is not None:
        credentials = _parsed(source.credentials)
        if ANONYMOUS in credentials:
            fs, root = url_to_fs(source.url, use_listings_cache=False, **_public(scheme, credentials))
            return fs, str(root)
        given["credentials"] = credentials
    configuration = resolve_configuration(
        FilesystemConfiguration(), sections=(known_sections.SOURCES, "filesystem"), explicit_value=given
    )
    fs, root = fsspec_from_config(configuration)
    return fs, str(root)


def _public(scheme: str, credentials: Mapping[str, object]) -> Mapping[str, object]:
    return public_access(scheme, credentials).alt(SourceError).unwrap()


def _parsed(credentials: Secret) -> dict[str, object]:
    """The credentials as dlt takes them; its fault does not show their text."""
    try:
        found = json.loads(credentials.reveal())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SourceError(Invalid("credentials", None, _WANTED))
    return found


class Origin(Protocol):
    """Where a file is."""

    def open(self) -> IO[bytes]:
        """Open the file, from its beginning."""

    def version_now(self) -> str | None:
        """The version that the file has now; None if the file system takes care that a file which is being read does not change."""


@final
@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be opened more than once.

    Its *path* is as the file system writes it, and the part of it *below* the source's folder. Its *version* differs if the file is written again. Its
    *content* differs only if it is written with other bytes, where the file system knows that, and else as the version does.
    """

    path: str
    origin: Origin
    size: int
    version: str
    content: str
    below: str = ""

    def open(self) -> IO[bytes]:
        """Open the file, from its beginning."""
        return self.origin.open()

    @property
    def is_written(self) -> bool:
        """Whether the file has changed since it was listed, as far as that can be known."""
        return self.origin.version_now() not in {None, self.version}


@final
@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a bucket, or of another place that fsspec reads."""

    fs: fsspec.AbstractFileSystem
    path: str

    def open(self) -> IO[bytes]:
        opened: IO[bytes] = self.fs.open(self.path, "rb")
        return opened

    def version_now(self) -> None:
        return None


def files_of(
    fs: fsspec.AbstractFileSystem, root: str, source: Filesystem
) -> tuple[list[SourceFile], Sequence[Skipped]]:
    """The path itself if it is one file, else the chosen files below it, sorted; empty files are left out.

    The second value is what matches the glob and cannot be read, or is hidden.
    """
    if is_local(fs):
        return _local_files(root, source.chosen)
    if fs.isfile(root):
        return [_stored_file(fs, root, fs.info(root), "")], ()
    folder = root.rstrip("/")
    found = fs.glob(f"{_literal(folder)}/{source.glob or '**/*'}", detail=True)
    files = [(path, info) for path, info in sorted(found.items()) if info["type"] == "file" and info["size"]]
    glob, below = source.chosen, {path: path.removeprefix(folder).lstrip("/") for path, _ in files}
    chosen = [_stored_file(fs, path, info, below[path]) for path, info in files if glob.matches(below[path])]
    matching = [path for path, _ in files if glob.matches(below[path], hidden_too=True)]
    return chosen, [Skipped(path, HIDDEN) for path in matching if not glob.matches(below[path])]


def others(fs: fsspec.AbstractFileSystem, root: str) -> tuple[int, str | None]:
    """How many files are below the folder, at most as many as are worth counting, and one of them."""
    below = (f"{folder}/{name}" for folder, _, names in fs.walk(root, maxdepth=_DEPTH) for name in names)
    found = [*islice(below, _MOST_COUNTED)]
    return len(found), min(found, default=None)


def _stored_file(fs: fsspec.AbstractFileSystem, path: str, info: Mapping[str, Any], below: str) -> SourceFile:
    return SourceFile(path, StoredFile(fs, path), info["size"], _version(info), _content(info), below)


def _local_files(root: str, glob: Glob) -> tuple[list[SourceFile], Sequence[Skipped]]:
    file = local_file(root)
    if file is not None:
        return ([_local_file(file, "")] if file.size else []), ()
    folder = LocalFolder(root, glob)
    found = [_local_file(file, file.path.removeprefix(root).lstrip("/")) for file in folder.files()]
    return found, folder.skipped


def _local_file(file: LocalFile, below: str) -> SourceFile:
    return SourceFile(file.path, file, file.size, file.listed, file.listed, below)


def _version(info: Mapping[str, object]) -> str:
    """The file's size, and what else its file system says of its content and of when it was written."""
    return " ".join(str(info[name]) for name in ("size", *_WRITTEN) if info.get(name) is not None)


def _content(info: Mapping[str, object]) -> str:
    """The file's size, and a checksum or an entity tag; without one, its version."""
    tag = next((info[name] for name in _CONTENT if info.get(name) is not None), None)
    return _version(info) if tag is None else f"{info['size']} {tag}"


def is_local(fs: fsspec.AbstractFileSystem) -> bool:
    protocols = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
    return not LOCAL.isdisjoint(protocols)


def has_buckets(url: str) -> bool:
    """Whether the place is in a bucket, where a folder without files does not exist, and may be filled later."""
    scheme = FilesystemConfiguration.parse_protocol(url)
    return scheme not in LOCAL and scheme in FilesystemConfiguration.PROTOCOL_CREDENTIALS


def is_relative(url: str) -> bool:
    """Whether the place depends on the working folder."""
    return "://" not in url and not Path(url).is_absolute()


def _literal(path: str) -> str:
    """A glob that matches this path only."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)
