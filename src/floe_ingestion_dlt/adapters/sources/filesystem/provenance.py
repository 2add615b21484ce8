"""Columns that say from which file and line a row is."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.filesystem.csv_rows import Row
from floe_ingestion_dlt.adapters.sources.filesystem.files import SourceFile
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Provenance
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import LONGEST_PATH, is_text, shown
from floe_ingestion_dlt.domain.source_columns import FILE, LINE
from floe_ingestion_dlt.ports.source import SourceError, unreadable


def name_of(file: SourceFile) -> str:
    """The file as its rows name it: by its path below the source's folder, or by its whole path without credentials.

    Raises SourceError for a name that is no text, because rows could not be told from those of another file.
    """
    name = file.below or redacted(file.path)
    if not is_text(name):
        raise unreadable(
            f"the name of {shown(redacted(file.path), LONGEST_PATH)} is not in UTF-8, so provenance cannot store it",
            "Rename the file, or remove file from provenance.",
        )
    return name


@final
@dataclass(frozen=True, slots=True)
class ProvenanceColumns:
    """The columns that are asked for."""

    wanted: frozenset[Provenance]

    def added_to(self, table: pa.Table, file: SourceFile) -> pa.Table:
        """The table with the file, by its path below the source's folder; a table without rows gets the column of lines, too."""
        if Provenance.LINE in self.wanted and not table.num_rows and LINE not in table.column_names:
            table = with_lines(table, (), redacted(file.path))
        if Provenance.FILE not in self.wanted:
            return table
        path = pa.repeat(pa.scalar(name_of(file), pa.string()), table.num_rows)
        return _with_column(table, FILE, path, redacted(file.path))

    def added_to_row(self, row: dict[str, object], file: SourceFile, line: int) -> dict[str, object]:
        """The row with its file and its line."""
        wanted = {Provenance.FILE: (FILE, name_of(file)), Provenance.LINE: (LINE, line)}
        for each in self.wanted:
            name, value = wanted[each]
            if any(key.casefold() == name for key in row):
                raise _taken(name, redacted(file.path))
            row[name] = value
        return row


def with_lines(table: pa.Table, lines: Iterable[int], path: str) -> pa.Table:
    """The table with the lines of its rows."""
    return _with_column(table, LINE, pa.array(lines, pa.int64()), path)


def numbered(
    tables: Iterator[pa.Table], rows: Generator[tuple[int, Row], None, None], path: str
) -> Generator[pa.Table, None, None]:
    """The tables with the lines in which their *rows* begin."""
    with closing(rows):
        lines = (row.line for _, row in rows)
        for table in tables:
            yield with_lines(table, islice(lines, table.num_rows), path)


def _with_column(table: pa.Table, name: str, values: pa.Array[pa.Scalar[pa.DataType]], path: str) -> pa.Table:
    if any(each.casefold() == name for each in table.column_names):
        raise _taken(name, path)
    return table.append_column(name, values)


def _taken(name: str, path: str) -> SourceError:
    return unreadable(
        f"{path} has a column {name} of its own, which provenance would add",
        "Remove provenance, or give the column another name in the file.",
    )
