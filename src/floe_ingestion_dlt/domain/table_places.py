"""Where the tables of a catalog may be; an answer of the catalog cannot change where files are read, written and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, final
from urllib.parse import urlsplit

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.redaction import redacted

LOCAL: Final = "file"
# Other names of the same storage.
_SAME: Final = {
    "s3a": "s3",
    "s3n": "s3",
    "gcs": "gs",
    "abfs": "abfss",
    "wasb": "abfss",
    "wasbs": "abfss",
}
_AZURE: Final = "abfss"
_HADOOP: Final = frozenset({"hdfs", "viewfs"})
_REMOTE: Final = frozenset({"s3", "gs", "oss", _AZURE, *_HADOOP})
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]|^\s")
_SEPARATOR: Final = re.compile(r"[/\\]")
_ENDPOINT_KIND: Final = re.compile(r"\.(?:dfs|blob)\.")


class Kind(Enum):
    """The kind of a catalog: a configured database, a REST catalog, or another service."""

    DATABASE = "database"
    REST = "rest"
    SERVICE = "service"


@final
@dataclass(frozen=True, slots=True)
class Folder:
    """A location as pyiceberg reads it: the kind of storage, its owner (a bucket or host), and the path in it."""

    scheme: str
    owner: str
    path: tuple[str, ...] = ()

    def holds(self, other: Folder) -> bool:
        """Whether *other* is this folder or is below it."""
        same_storage = (self.scheme, self.owner) == (other.scheme, other.owner)
        return same_storage and other.path[: len(self.path)] == self.path

    @property
    def root(self) -> Folder:
        """The whole bucket."""
        return Folder(self.scheme, self.owner)

    def __str__(self) -> str:
        return f"{self.scheme}://{'/'.join((self.owner, *self.path))}"


def parse_folder(location: str) -> Result[Folder, str]:
    """The folder of *location*; a failure says what is wrong with it."""
    if _UNPRINTABLE.search(location):
        return Failure("it has control characters, or begins with a blank")
    try:
        address = urlsplit(location)
    except ValueError:
        return Failure("it cannot be read as a URL")
    if not address.scheme or _DRIVE.match(location):
        return _parsed(LOCAL, "", location)
    scheme = _SAME.get(address.scheme, address.scheme)
    # The part after ? and # is kept: some readers of a location cut it off, and others do not.
    return _parsed(scheme, address.netloc, location.split(":", 1)[1].removeprefix(f"//{address.netloc}"))


def _parsed(scheme: str, owner: str, path: str) -> Result[Folder, str]:
    is_local = scheme == LOCAL
    rules = (
        (any(part in {".", ".."} for part in _SEPARATOR.split(path)), "it has . or .. in its path"),
        (is_local and bool(owner), "a file of this machine has no host"),
        (is_local and not (path.startswith("/") or _DRIVE.match(path)), "its path is not absolute"),
        (not is_local and not owner, "it names no bucket and no host"),
        ("@" in owner and scheme != _AZURE, "it has a user before the bucket"),
        # Hadoop's default on this machine may be a local folder
        (scheme in _HADOOP and owner == "default", "it names no host"),
    )
    if (wrong := next((why for is_wrong, why in rules if is_wrong), None)) is not None:
        return Failure(wrong)
    whole = path.replace("\\", "/") if _DRIVE.match(path) else path
    parts = whole.removeprefix("/").rstrip("/").split("/")
    kept = tuple(part for part in parts if part) if is_local or parts == [""] else tuple(parts)
    return Success(Folder(scheme, _ENDPOINT_KIND.sub(".", owner), kept))


@final
@dataclass(frozen=True, slots=True)
class AllowedLocations:
    """The folders in which the tables of a catalog may be; without any, every object store is allowed, but no local file."""

    folders: tuple[Folder, ...] = ()
    everywhere: bool = False

    def refusal(self, location: str) -> str | None:
        """Why *location* is refused; None if files there may be read, written and deleted."""
        if self.everywhere:
            return None
        parsed = parse_folder(location)
        return self._refusal_of(parsed.unwrap()) if isinstance(parsed, Success) else str(parsed.failure())

    def _refusal_of(self, found: Folder) -> str | None:
        if self.folders:
            is_inside = any(folder.holds(found) for folder in self.folders)
            return None if is_inside else f"tables must be below {' or '.join(map(str, self.folders))}"
        if found.scheme == LOCAL:
            return "it is a file of this machine, and the catalog is not"
        return None if found.scheme in _REMOTE else f"{found.scheme} is not a storage for tables"


EVERYWHERE: Final = AllowedLocations(everywhere=True)


def parse_allowed(texts: Sequence[str], field: str) -> Result[AllowedLocations, Invalid]:
    """The locations in the option `allowed_locations`."""
    folders: list[Folder] = []
    for text in texts:
        parsed = parse_folder(text)
        if isinstance(parsed, Failure):
            wanted = f"places such as s3://bucket/folder or file:///folder ({parsed.failure()})"
            return Failure(Invalid(field, redacted(text), wanted))
        folders.append(parsed.unwrap())
    if not folders:
        return Failure(Invalid(field, "", "at least one place, such as s3://bucket/folder, or leave it out"))
    return Success(AllowedLocations(tuple(folders)))


def default_allowed(kind: Kind, warehouse: str, answered: Iterable[str] = ()) -> AllowedLocations:
    """The locations without that option: *warehouse* is the configured one, *answered* are those that the catalog calls its own.

    A catalog on the network cannot name a file of this machine, unless the configured warehouse is there.
    """
    scheme = _SCHEME.match(warehouse)
    if kind is Kind.DATABASE:
        return EVERYWHERE if scheme is None or scheme[1].lower() == LOCAL else AllowedLocations()
    ours = parse_folder(warehouse).value_or(None) if warehouse else None
    # The warehouse of a REST catalog is a name, and not a path.
    if ours is not None and ours.scheme == LOCAL and (kind is Kind.SERVICE or scheme is not None):
        return AllowedLocations((ours,))
    if kind is Kind.SERVICE:
        return AllowedLocations()
    places = (parse_folder(place).value_or(None) for place in (warehouse, *answered))
    buckets = dict.fromkeys(place.root for place in places if place and place.scheme in _REMOTE)
    return AllowedLocations(tuple(buckets))
