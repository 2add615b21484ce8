"""The rows of a package that dlt has extracted and not yet normalized."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from floe_ingestion_dlt.adapters.dlt_api.internals import dlt_json


def extracted_rows(working_dir: Path, load_id: str) -> Iterator[tuple[str, object]]:
    """Each row that is not in an Arrow table, with the name of the table to which it goes."""
    folder = Path(working_dir, "normalize", "extracted", load_id, "new_jobs")
    for file in sorted(folder.glob("*.typed-jsonl*")):
        table = file.name.partition(".")[0]
        for row in _rows(file):
            yield table, row


def _rows(file: Path) -> Iterator[object]:
    try:
        with gzip.open(file) as lines:
            yield from _typed_rows(lines)
    except gzip.BadGzipFile:
        with file.open("rb") as lines:
            yield from _typed_rows(lines)


def _typed_rows(lines: Iterable[bytes]) -> Iterator[object]:
    """The rows in a file of dlt's format `typed-jsonl`, in which each line is a list of them."""
    for line in lines:
        yield from dlt_json.typed_loadb(line)
