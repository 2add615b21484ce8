"""The rows of a package that dlt has extracted and not yet normalized."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from floe_ingestion_dlt.adapters.dlt_api.internals import ParsedLoadJobFileName, dlt_json, may_have_pua


def extracted_rows(working_dir: Path, load_id: str) -> Iterator[tuple[str, object]]:
    """Each row that is not in an Arrow table, with the name of the table to which it goes."""
    for table, files in row_files(working_dir, load_id).items():
        for rows in rows_in(files):
            yield from ((table, row) for row in rows)


def extracted_folder(working_dir: Path, load_id: str) -> Path:
    """The folder of a package that is not normalized yet."""
    return Path(working_dir, "normalize", "extracted", load_id)


def row_files(working_dir: Path, load_id: str) -> dict[str, list[Path]]:
    """The files of rows of each table, in the order in which they were written."""
    found: dict[str, list[Path]] = {}
    for file in sorted(Path(extracted_folder(working_dir, load_id), "new_jobs").glob("*.typed-jsonl*")):
        found.setdefault(ParsedLoadJobFileName.parse(file.name).table_name, []).append(file)
    return found


def rows_in(files: Iterable[Path]) -> Iterator[list[Any]]:
    """The rows in the files, as many at once as dlt has written at once."""
    for file in files:
        try:
            with gzip.open(file) as lines:
                yield from map(_parsed, lines)
        except gzip.BadGzipFile:
            with file.open("rb") as lines:
                yield from map(_parsed, lines)


def _parsed(line: bytes) -> list[Any]:
    """The rows of a line; dlt marks values that JSON lacks, such as times, and only then looks at each value."""
    rows: list[Any] = dlt_json.typed_loadb(line) if may_have_pua(line) else dlt_json.loadb(line)
    return rows
