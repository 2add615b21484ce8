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
from floe_ingestion_dlt.adapters.sources.filesystem.line_blocks import BLOCK_BYTES, LineBlock, line_blocks
from floe_ingestion_dlt.adapters.sources.filesystem.plain_lines import PlainLines
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

SPACE: Final = b" \t\r\n"

# Its number, and its object.
Line: TypeAlias = tuple[int, dict[str, object]]


@final
@dataclass(slots=True)
class JsonlReader:
    """Reads the files of one load: values in the column types of the table, else in their own, or beside them.

    Lines are parsed one by one by Python's own parser, until their columns and types are known. Then pyarrow reads whole
    blocks of them; alone it would turn texts into timestamps, lose digits of large integers, and not say which line is broken.
    """

    options: JsonlOptions
    expected: Expected = field(default_factory=Expected)
    names: set[str] = field(default_factory=set)
    # Each file is one document: an array of objects, or an object.
    has_documents: bool = False
    has_lines: bool = False
    columns: ValueColumns = field(init=False)
    plain: PlainLines = field(default_factory=PlainLines)
    block_bytes: int = BLOCK_BYTES

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
        lines = _Lines(self, path, Parser(), Parser(parse_float=Decimal))
        with open_file() as file:
            for block in self._blocks(Utf8(file, self.options.encoding, path), path):
                if isinstance(block, LineBlock) and (table := self.plain.table_of(block)) is not None:
                    yield self._numbered(table, range(block.first, block.first + block.lines), path)
                    continue
                for batch in self._batches(lines.parsed(block), path):
                    table = self._table(batch, path)
                    self.plain.learn(table, self.names)
                    yield self._numbered(table, [number for number, _ in batch], path)

    def batches(
        self, open_file: OpenFile, path: str, parser: Parser, exact: Parser
    ) -> Generator[list[Line], None, None]:
        """The lines as the *parser* reads them, or the *exact* one from the first line on that has a column of decimals."""
        lines = _Lines(self, path, parser, exact)
        with open_file() as file:
            for block in self._blocks(Utf8(file, self.options.encoding, path), path):
                yield from self._batches(lines.parsed(block), path)

    def _blocks(self, file: ByteStream, path: str) -> Iterable[LineBlock | JsonObjects]:
        """Blocks of lines, or all objects of a document."""
        most = self.options.max_line_bytes
        return (
            [JsonObjects(file, most, path)]
            if self.has_documents
            else line_blocks(file, most, self.block_bytes)
        )

    def place_of(self, path: str, number: int) -> str:
        return f"{path}, {'object' if self.has_documents else 'line'} {number}"

    def _batches(self, lines: Iterator[tuple[int, Line]], path: str) -> Iterator[list[Line]]:
        while batch := self._batch(lines, path):
            yield batch

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
        return table_of(columns, names, len(lines))

    def _numbered(self, table: pa.Table, lines: Sequence[int], path: str) -> pa.Table:
        return with_lines(table, lines, path) if self.has_lines else table


@final
@dataclass(slots=True)
class _Lines:
    """Parses the lines of one file, which come in blocks."""

    reader: JsonlReader
    path: str
    parser: Parser
    exact: Parser
    known: set[str] = field(default_factory=set)
    is_first: bool = True

    def parsed(self, pieces: LineBlock | JsonObjects) -> Iterator[tuple[int, Line]]:
        """Each line that is not blank, or each object of a document: its size, its number, and its object."""
        most = self.reader.options.max_line_bytes
        for number, line in pieces.numbered():
            size = len(line)
            if size > most:
                raise _over(self._place(number), self.reader.options.limits().line(size))
            text = line.strip(SPACE)
            if not text or text.isspace():
                continue
            if self.is_first and text.startswith(b"[") and not self.reader.has_documents:
                raise array_error(self.path, number)
            self.is_first = False
            try:
                yield size, (number, self._row(text))
            except BrokenLineError as broken:
                raise line_error(self._place(number), broken) from broken

    def _row(self, text: bytes) -> dict[str, object]:
        row = self.parser.parse(text)
        if not row.keys() <= self.known:
            if any(map(self.reader.columns.has_decimals, row.keys() - self.known)):
                # for decimals, no number may become a float first
                self.parser = self.exact
                row = self.parser.parse(text)
            self.known |= row.keys()
        return row

    def _place(self, number: int) -> str:
        return self.reader.place_of(self.path, number)


def _over(place: str, result: Result[None, OverLimit]) -> SourceError:
    over = result.failure()
    return unreadable(f"{place}: {over.message}", over.next_step)
