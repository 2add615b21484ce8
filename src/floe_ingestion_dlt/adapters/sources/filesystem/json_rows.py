"""JSON lines, and documents of JSON, as rows: their lists become nested tables, as those of APIs do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from math import isinf
from typing import Final, NoReturn

from floe_ingestion_dlt.adapters.sources.cursors import Highest
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.folder_columns import FolderColumns
from floe_ingestion_dlt.adapters.sources.filesystem.json_faults import FIX_THE_LINE
from floe_ingestion_dlt.adapters.sources.filesystem.json_lines import BrokenLineError, Parser
from floe_ingestion_dlt.adapters.sources.filesystem.jsonl_files import JsonlReader
from floe_ingestion_dlt.adapters.sources.filesystem.new_files import folder_reading
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import ProvenanceColumns
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import JsonlOptions
from floe_ingestion_dlt.adapters.sources.filesystem.readers import opener, shown_path
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.ports.source import Message, Reading, RowBatch, unreadable

_LONGS: Final = range(-(2**63), 2**63)


def read_rows(source: Filesystem, reading: Reading) -> Iterator[Message]:
    """The objects of all files, in order of path, then the highest value of the cursor, and what was read."""
    folder, expected = folder_reading(source, reading), Expected.by(reading)
    options = JsonlOptions.model_validate(dict(source.reader_options))
    reader = JsonlReader(options, expected, has_documents=source.format is FileFormat.JSON)
    folders = FolderColumns.of(folder.files if source.has_hive_folders else (), expected)
    provenance, highest = ProvenanceColumns(source.provenance), Highest(reading.ordered_by)
    parser = Parser(_finite, _not_stored, _of_64_bits)
    for file in folder.in_turn():
        path = shown_path(file.path)
        added = folders.values_of(file)
        open_file = opener(file, path, options.limits())
        for lines in reader.batches(open_file, path, parser, parser):
            rows = [_checked(_filled(row, added), reader.place_of(path, number)) for number, row in lines]
            numbered = zip(rows, lines, strict=True)
            batch = [provenance.added_to_row(row, file, line[0]) for row, line in numbered]
            highest.look_at(partial(_values_in, batch))
            yield RowBatch(batch)
    expected.keep(folders.types)
    yield from highest.position()
    yield from folder.done()


def _values_in(rows: list[dict[str, object]], column: str) -> list[object]:
    return [row.get(column) for row in rows]


def _filled(row: dict[str, object], added: Mapping[str, object]) -> dict[str, object]:
    """The row with the values of its file's folders; its own values count."""
    if not added:
        return row
    own = {name.casefold(): name for name in row}
    for name, value in added.items():
        key = own.get(name.casefold(), name)
        if row.get(key) is None:
            row[key] = value
    return row


def _checked(row: dict[str, object], place: str) -> dict[str, object]:
    """The row, unless a text of it is none."""
    try:
        json.dumps(row, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        cause = f"{place} has a text with half of a character (a single surrogate)"
        raise unreadable(cause, FIX_THE_LINE) from None
    return row


def _finite(text: str) -> float:
    if isinf(number := float(text)):
        raise BrokenLineError("has a number that is too large for double")
    return number


def _of_64_bits(text: str) -> int:
    if (number := int(text)) not in _LONGS:
        raise BrokenLineError(
            "has a whole number of more than 64 bits, which rows of nested tables cannot have"
        )
    return number


def _not_stored(name: str) -> NoReturn:
    raise BrokenLineError(f"has {name}, which rows of nested tables cannot have")
