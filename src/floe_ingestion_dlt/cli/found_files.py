"""The files of a folder as sources: those with the same columns are one table."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import lzma
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from glob import escape
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.sources.filesystem.settings import ENDINGS, PACKED, FileFormat
from floe_ingestion_dlt.cli.drafts import Draft, plain_name
from floe_ingestion_dlt.domain.globs import Glob

MOST_FILES: Final = 10_000
_HEAD_BYTES: Final = 65_536
_OPENERS: Final[Mapping[str, Callable[[Path], AbstractContextManager[Any]]]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
_OTHER_DELIMITERS: Final = ";\t|"


def drafts_of(place: Path, written: str) -> list[Draft]:
    """A source for each group of files below the *place*, which is *written* so in the declaration; none without files.

    Files belong together if they have the same columns: the first line of CSV, the schema of Parquet, the keys of the first JSON line.
    Other files do if their names differ by digits only.
    """
    files = [place] if place.is_file() else list(islice(_files_below(place), MOST_FILES))
    # An empty file has no columns, and is passed over by a run, too.
    formats = {
        file: found for file in files if file.stat().st_size and (found := _format_of(file)) is not None
    }
    groups: dict[tuple[FileFormat, str], list[Path]] = defaultdict(list)
    for file, found in formats.items():
        groups[found, _columns_of(file, found)].append(file)
    names, drafts = set[str](), list[Draft]()
    for (found, columns), members in groups.items():
        # A file of JSON lines may have an ending of JSON, and the reverse.
        others = [file for file in formats if _ending(file) in ENDINGS[found] and file not in members]
        for pattern, part in _patterns(place, members, others):
            name = _new_name(_common_name(part, place), names)
            drafts.append(_draft(name, _config(written, found, columns, pattern), part))
    return drafts


def _draft(name: str, config: Mapping[str, object], files: Sequence[Path]) -> Draft:
    return Draft(
        name, "filesystem", config, comment=files[0].name if len(files) == 1 else f"{len(files)} files"
    )


def _config(written: str, found: FileFormat, columns: str, pattern: str | None) -> dict[str, object]:
    config: dict[str, object] = {"path": written, "format": found.value}
    if pattern is not None:
        config["file_glob"] = pattern.replace("${", "$${")
    if found is FileFormat.CSV and "," not in columns and any(mark in columns for mark in _OTHER_DELIMITERS):
        config["reader_options"] = {"delimiter": "auto"}
    return config


def _files_below(folder: Path) -> Iterator[Path]:
    """All files but hidden ones, in order."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith((".", "_")))


def _format_of(file: Path) -> FileFormat | None:
    found = next((form for form, known in ENDINGS.items() if _ending(file) in known), None)
    return FileFormat.JSONL if found is FileFormat.JSON and _has_lines(file) else found


def _ending(file: Path) -> str:
    """The ending of the name that says the format; empty if there is none."""
    endings = [suffix.removeprefix(".").lower() for suffix in file.suffixes]
    if endings and endings[-1] in PACKED:
        endings.pop()
    return endings[-1] if endings else ""


def _columns_of(file: Path, found: FileFormat) -> str:
    """What files with the same columns have in common."""
    match found:
        case FileFormat.CSV:
            return _first_line(file).removeprefix(codecs.BOM_UTF8).decode(errors="replace")
        case FileFormat.JSONL:
            return _keys_of(_first_line(file)) or _without_digits(file)
        case FileFormat.PARQUET:
            return _parquet_columns(file) or _without_digits(file)
        case _:
            return _without_digits(file)


def _keys_of(line: bytes) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return ""
    return ", ".join(sorted(found)) if isinstance(found, dict) else ""


def _parquet_columns(file: Path) -> str:
    try:
        return ", ".join(pq.read_schema(file).names)
    except (OSError, pa.ArrowInvalid):
        return ""


def _without_digits(file: Path) -> str:
    return re.sub(r"\d+", "", file.name)


def _has_lines(file: Path) -> bool:
    """Whether each line of a JSON file begins an object, as two of them do."""
    lines = _head(file).split(b"\n")[:2]
    return len(lines) > 1 and all(
        line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines
    )


def _first_line(file: Path) -> bytes:
    return _head(file).split(b"\n")[0].strip()


def _plain(file: Path) -> IO[bytes]:
    return file.open("rb")


def _head(file: Path) -> bytes:
    """The first bytes of a file; none of one that cannot be read, about which a check says more."""
    try:
        with _OPENERS.get(file.suffix.lower(), _plain)(file) as opened:
            return bytes(opened.read(_HEAD_BYTES))
    except (OSError, EOFError, lzma.LZMAError):
        return b""


def _patterns(
    place: Path, members: Sequence[Path], others: Sequence[Path]
) -> list[tuple[str | None, Sequence[Path]]]:
    """A pattern that all *members* match, and none of the *others*; without such a one, each has its own."""
    if not others:
        return [(None, members)]
    paths = [file.relative_to(place).as_posix() for file in members]
    start, end = _common_start(paths), _common_start([path[::-1] for path in paths])[::-1]
    folder = os.path.commonpath([file.parent for file in members])
    below = Path(folder).relative_to(place).as_posix()
    wrong = [file.relative_to(place).as_posix() for file in others]
    for pattern in (f"{start}*{end}", f"{below}/**/*{members[0].suffix}"):
        glob = Glob.parse(pattern).value_or(None)
        if glob is not None and all(map(glob.matches, paths)) and not any(map(glob.matches, wrong)):
            return [(pattern, members)]
    return [(escape(path), [file]) for path, file in zip(paths, members, strict=True)]


def _common_start(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = next(
        (n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first)
    )
    return first[:same]


def _common_name(members: Sequence[Path], place: Path) -> str:
    if len(members) == 1:
        return plain_name(members[0].name.partition(".")[0])
    start = plain_name(
        _common_start([file.name.partition(".")[0] for file in members]).rstrip("0123456789-_. ")
    )
    parents = {file.parent for file in members}
    return (
        start
        if start != "data"
        else plain_name(parents.pop().name if len(parents) == 1 else place.resolve().name)
    )


def _new_name(name: str, names: set[str]) -> str:
    """The name, with a number if a source has it already."""
    found = next(
        each for each in (name, *(f"{name}_{n}" for n in range(2, MOST_FILES + 2))) if each not in names
    )
    names.add(found)
    return found
