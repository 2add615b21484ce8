"""Locations of tables and catalogs, in a form that means the same for pyiceberg in every working folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os.path import normpath, sep
from pathlib import PurePath
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.redaction import redacted

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# `file:/x` and `file:///x`; after exactly two slashes comes a host, which pyiceberg reads as a folder.
_ABSOLUTE_FILE: Final = re.compile(r"file:(/(?!/)|///)", re.IGNORECASE)
_BUCKETS: Final = frozenset({"s3", "s3a", "s3n", "gs", "gcs", "oss"})
_BUCKET: Final = re.compile(r"//[^/]")
# pyiceberg cuts a URL at the first two, and drops the others.
_CUT: Final = {"#": "#", "?": "?", "\n": "a line break", "\r": "a line break", "\t": "a tab"}
_SQLITE: Final = re.compile(r"(sqlite(?:\+\w+)?):")
_OPTIONS: Final = re.compile(r"\w+=[^/]*")


@final
@dataclass(frozen=True, slots=True)
class Surroundings:
    """The folders for relative paths and for `~`: the process's working folder, and the user's home."""

    here: str
    home: str

    @property
    def quoted(self) -> Surroundings:
        """The same folders for a URL of SQLAlchemy, in which `?` and `%` are escaped."""
        return Surroundings(sqlite_path(self.here), sqlite_path(self.home))

    def absolute(self, path: str, field: str) -> Result[str, Invalid]:
        """The absolute path for *path* on this machine."""
        if (wrong := _unreadable(path)) is not None:
            return Failure(Invalid(field, path, wrong))
        if path.startswith("~") and path[1:2] not in {"", "/", sep}:
            return Failure(Invalid(field, path, "the full path: ~ stands for your own home folder only"))
        written_out = self.home + path[1:] if path.startswith("~") else path
        is_whole = _DRIVE.match(written_out) or PurePath(written_out).is_absolute()
        return Success(written_out if is_whole else normpath(PurePath(self.here, written_out)))


def parse_warehouse(text: str, around: Surroundings, field: str) -> Result[str, Invalid]:
    """The location of a catalog's tables, as an absolute path or a URL.

    pyiceberg cuts a URL at `#` and `?`, so these are refused. It stores relative paths in the catalog, where they would mean another
    location for a process in another folder, so they are made absolute. It does not decode escapes such as `%20`.
    """
    if (wrong := _unreadable(text) or _no_location(text)) is not None:
        return Failure(Invalid(field, redacted(text), wrong))
    return Success(text) if _SCHEME.match(text) else around.absolute(text, field)


def parse_catalog_uri(text: str, around: Surroundings, field: str) -> Result[str, Invalid]:
    """The database of a SQL catalog; the path of a SQLite file is made absolute, and other URIs are not changed."""
    scheme = _SQLITE.match(text)
    rest = text[scheme.end() :] if scheme else ""
    if scheme is None or rest.startswith("///file:"):  # a URI in SQLite's own terms
        return Success(text)
    path, has_options, options = rest.removeprefix("///").partition("?")
    if path in {"", "//", ":memory:"}:
        wanted = "a file, such as sqlite:////lake/catalog.db: a catalog in memory is lost when its connection closes"
        return Failure(Invalid(field, text, wanted))
    if not rest.startswith("///"):
        return Failure(Invalid(field, text, f"{scheme[0]}/// and the path of a file"))
    if has_options and not all(_OPTIONS.fullmatch(part) for part in options.split("&")):
        return Failure(Invalid(field, text, "a path without ?, after which SQLAlchemy reads options"))
    if _DRIVE.match(path) and around.here.startswith("/"):
        return Failure(Invalid(field, text, "a path of this machine, without a drive"))
    written_out = around.quoted.absolute(path, field)
    return written_out.map(lambda whole: f"{scheme[0]}///{whole}{'?' if has_options else ''}{options}")


def sqlite_path(path: str) -> str:
    """A path, escaped for a URL of SQLAlchemy."""
    return path.replace("%", "%25").replace("?", "%3F")


def _unreadable(text: str) -> str | None:
    """What is expected instead of a text that would not be used as it is written; None if it is fine."""
    if "\0" in text or text[:1].isspace():
        return "a text without leading blanks and null characters"
    if text.startswith("$") or "${" in text:
        return "the full path or URL; in the plugin's configuration, variables are written as ${NAME}"
    return None


def _no_location(text: str) -> str | None:
    """What is expected instead of a URL that pyiceberg would read as a different one; None if it is fine."""
    found = _SCHEME.match(text)
    if found is None:
        return None
    scheme, rest = found[1].lower(), text[found.end() :]
    alone = f"/{rest.lstrip('/')}, the path alone," if scheme == "file" else "a place without it,"
    odd = next((name for char, name in _CUT.items() if char in text), None)
    rules = (
        (_DRIVE.match(text) and not rest.startswith("//"), f"file:///{text}".replace("\\", "/")),
        (scheme == "file" and not _ABSOLUTE_FILE.match(text), "file:///absolute/path, or to the path alone"),
        (scheme in _BUCKETS and not _BUCKET.match(rest), f"{scheme}://bucket/path"),
        (odd, f"{alone} because a URL cannot have {odd} in it"),
    )
    return next((wanted for is_wrong, wanted in rules if is_wrong), None)
