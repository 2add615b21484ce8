"""JSON lines, and documents of JSON, as Arrow: streamed, and with no line skipped."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Final, TypeAlias, final

import pyarrow as pa
from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.sources.columns import Column, named_type
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.json_faults import (
    FIX_THE_LINE,
    array_error,
    line_error,
    misfit_error,
)
from floe_ingestion_dlt.adapters.sources.filesystem.json_lines import BrokenLineError, Parser
from floe_ingestion_dlt.adapters.sources.filesystem.json_objects import JsonObjects
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import with_lines
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import JsonlOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import Utf8
from floe_ingestion_dlt.adapters.sources.value_columns import ValueColumns, table_of
from floe_ingestion_dlt.domain.file_limits import OverLimit
from floe_ingestion_dlt.domain.safe_texts import is_text
from floe_ingestion_dlt.ports.source import SourceError, unreadable

BATCH_LINES: Final = 50_000
BATCH_BYTES: Final = 8 << 20
# A table has a value for every line and every key, even if each line has other keys.
BATCH_VALUES: Final = 2 << 20
CHUNK_BYTES: Final = 1 << 20

SPACE: Final = b" \t\r\n"

# Its number, and its object.
Line: TypeAlias = tuple[int, dict[str, object]]


@final
@dataclass(slots=True)
class JsonlReader:
    """Reads the files of one load: values in the column types of the table, else in their own, or beside them.

    The lines are parsed by Python's own parser: pyarrow's turns texts into timestamps, loses digits of large integers,
    and does not say which line is broken.
    """

    options: JsonlOptions
    expected: Expected = field(default_factory=Expected)
    names: set[str] = field(default_factory=set)
    # Each file is one document: an array of objects, or an object.
    has_documents: bool = False
    has_lines: bool = False
    columns: ValueColumns = field(init=False)

    def __post_init__(self) -> None:
        named = {name: named_type(text) for name, text in self.options.column_types.items()}
        self.columns = ValueColumns(self.expected, named, has_structs=self.options.nested == "struct")

    def found(self) -> dict[str, pa.DataType]:
        """The types of columns that the table lacks and that have had a value, and those that hold for all values."""
        kinds = self.columns.types.items()
        return {name: kind for name, kind in kinds if not pa.types.is_nested(kind)}

    def schemas(self) -> Sequence[pa.Schema]:
        """None: a file without objects has no columns."""
        return ()

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's lines, in batches of bounded size."""
        for batch in self.batches(open_file, path, Parser(), Parser(parse_float=Decimal)):
            yield self._table(batch, path)

    def batches(
        self, open_file: OpenFile, path: str, parser: Parser, exact: Parser
    ) -> Generator[list[Line], None, None]:
        """The lines as the *parser* reads them, or the *exact* one from the first line on that has a column of decimals."""
        with open_file() as file:
            pieces = self._pieces(Utf8(file, self.options.encoding, path), path)
            lines = self._parsed(pieces, path, parser, exact)
            while batch := self._batch(lines, path):
                yield batch

    def _pieces(self, file: ByteStream, path: str) -> Iterable[bytes]:
        most = self.options.max_line_bytes
        return JsonObjects(file, most, path) if self.has_documents else _lines(file, most)

    def place_of(self, path: str, number: int) -> str:
        return f"{path}, {'object' if self.has_documents else 'line'} {number}"

    def _parsed(
        self, pieces: Iterable[bytes], path: str, parser: Parser, exact: Parser
    ) -> Iterator[tuple[int, Line]]:
        """Each line that is not blank, or each object of a document: its size, its number, and its object."""
        known: set[str] = set()
        most, is_first = self.options.max_line_bytes, True
        for number, line in enumerate(pieces, 1):
            size = len(line)
            if size > most:
                raise _over(self.place_of(path, number), self.options.limits().line(size))
            text = line.strip(SPACE)
            if not text or text.isspace():
                continue
            if is_first and text.startswith(b"[") and not self.has_documents:
                raise array_error(path, number)
            is_first = False
            try:
                row = parser.parse(text)
                if not row.keys() <= known:
                    if any(map(self.columns.has_decimals, row.keys() - known)):
                        # for decimals, no number may become a float first
                        parser = exact
                        row = parser.parse(text)
                    known |= row.keys()
                yield size, (number, row)
            except BrokenLineError as broken:
                raise line_error(self.place_of(path, number), broken) from broken

    def _batch(self, lines: Iterator[tuple[int, Line]], path: str) -> list[Line]:
        """Lines up to the limits of bytes and of values in a table of them."""
        batch: list[Line] = []
        names: set[str] = set()
        size = 0
        for length, line in islice(lines, BATCH_LINES):
            batch.append(line)
            size += length
            if not line[1].keys() <= names:
                self._check_names(self.place_of(path, line[0]), line[1].keys() - names)
                names |= line[1].keys()
            if size >= BATCH_BYTES or len(names) * len(batch) >= BATCH_VALUES:
                break
        return batch

    def _check_names(self, place: str, names: set[str]) -> None:
        """Count new names, and refuse those that are no text."""
        if not all(map(is_text, names)):
            raise unreadable(f"{place} has a key with half of a character (a single surrogate)", FIX_THE_LINE)
        self.names |= names
        allowed = self.options.limits().columns(len(self.names))
        if isinstance(allowed, Failure):
            raise _over(place, allowed)

    def _table(self, lines: list[Line], path: str) -> pa.Table:
        names = {name: None for _, row in lines for name in row}
        columns: dict[str, Column] = {}
        for name in names:
            values = [row.get(name) for _, row in lines]
            made = self.columns.columns(name, values, names)
            if isinstance(made, Failure):
                misfit = made.failure()
                at = misfit.position
                place = path if at is None else self.place_of(path, lines[at][0])
                raise misfit_error(place, name, misfit, None if at is None else values[at])
            columns |= made.unwrap()
        table = table_of(columns, names, len(lines))
        return with_lines(table, [number for number, _ in lines], path) if self.has_lines else table


def _lines(file: ByteStream, most: int) -> Iterator[bytes]:
    """The lines of a file; the first one longer than *most* bytes is the last, and may be cut off."""
    held: list[bytes] = []
    size = 0
    while chunk := file.read(CHUNK_BYTES):
        first, *others = chunk.split(b"\n")
        held.append(first)
        size += len(first)
        if others:
            yield b"".join(held)
            yield from others[:-1]
            held, size = [others[-1]], len(others[-1])
        elif size > most:
            break
    yield b"".join(held)


def _over(place: str, result: Result[None, OverLimit]) -> SourceError:
    over = result.failure()
    return unreadable(f"{place}: {over.message}", over.next_step)
