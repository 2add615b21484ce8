"""CSV files as Arrow: streamed, with one type for each column, and no row skipped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal, final

import pyarrow as pa
import pyarrow.csv as pc_csv
from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.sources.columns import named_type
from floe_ingestion_dlt.adapters.sources.expected_types import Expected, settled
from floe_ingestion_dlt.adapters.sources.filesystem.csv_shape import Tail, columns_in, first_long_row, is_open
from floe_ingestion_dlt.adapters.sources.filesystem.exact_numbers import exact_type
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.safe_texts import listed, shown
from floe_ingestion_dlt.ports.source import SourceError, unreadable

BLOCK_BYTES: Final = 1 << 20
BOM: Final = b"\xef\xbb\xbf"
NEXT_STEP: Final = (
    "Name the column's type in reader_options.column_types ('string' takes any text), or set encoding to the file's,"
    " then run again."
)
UNCLOSED: Final = "Close the quote, write the file again if it was cut off, or set reader_options.quote_char to what the file uses."
_PLACE: Final = re.compile(r"CSV column #(\d+): Row #(\d+)")


@final
@dataclass(slots=True)
class CsvReader:
    """Reads the files of one load, all with the column types of the table, else of the first file."""

    options: CsvOptions
    expected: Expected = field(default_factory=Expected)
    types: dict[str, pa.DataType] = field(default_factory=dict)
    # columns that are text only because they have had no value yet
    unseen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.types.update(self.expected.fixed())
        self.types.update({name: named_type(text) for name, text in self.options.column_types.items()})

    def found(self) -> dict[str, pa.DataType]:
        """The types of the columns that have had a value."""
        return {name: kind for name, kind in self.types.items() if name not in self.unseen}

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows, block by block."""
        bad_rows: list[pc_csv.InvalidRow] = []
        names: list[str] = []
        try:
            if (inferred := self._infer(open_file, path, bad_rows)) is None:
                return
            names = inferred.names
            self._check_names(names, path)
            self._settle(inferred)
            with open_file() as raw:
                tail = Tail(raw, 2 * self._block_bytes(), self.options.quote_char)
                yield from self._tables(tail, path, bad_rows)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise self._refusal(error, open_file, path, names, bad_rows) from error

    def _tables(self, tail: Tail, path: str, bad_rows: list[pc_csv.InvalidRow]) -> Iterator[pa.Table]:
        """The rows; the last of them only if the file does not end in the middle of it."""
        last: pa.RecordBatch | None = None
        with self._stream(tail, self.types, bad_rows) as batches:
            for batch in batches:
                if last is not None:
                    yield self._without_unseen(pa.Table.from_batches([last]))
                last = batch
        if last is None:
            return
        if is_open(tail, last, self.options):
            raise unreadable(f"{path} ends within a value in quotes, in its last row", UNCLOSED)
        yield self._without_unseen(pa.Table.from_batches([last]))

    def _block_bytes(self) -> int:
        return max(BLOCK_BYTES, self.options.max_line_bytes)

    def _infer(self, open_file: OpenFile, path: str, bad_rows: list[pc_csv.InvalidRow]) -> pa.Schema | None:
        """The columns as the first block has them; None for an empty file."""
        with open_file() as file:
            head = file.read(self._block_bytes())
            if not head.removeprefix(BOM):
                return None
        allowed = self.options.limits().columns(columns_in(head, self.options))
        if isinstance(allowed, Failure):
            over = allowed.failure()
            raise unreadable(f"{path}: {over.message}", over.next_step)
        with open_file() as file, self._stream(file, {}, bad_rows) as batches:
            schema = batches.schema
        return self._exact(schema, open_file)

    def _exact(self, schema: pa.Schema, open_file: OpenFile) -> pa.Schema:
        """The columns with types that keep the digits of all numbers in the first block."""
        numbers = [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
        if not numbers or len(set(schema.names)) < len(schema.names):
            return schema
        with open_file() as file, self._stream(file, dict.fromkeys(numbers, pa.string()), []) as batches:
            block = pa.Table.from_batches([*islice(batches, 1)], batches.schema)
        kinds = (
            exact_type(each.type, block[each.name]) if each.name in numbers else each.type for each in schema
        )
        return pa.schema([pa.field(name, kind) for name, kind in zip(schema.names, kinds, strict=True)])

    def _stream(
        self, file: ByteStream, types: Mapping[str, pa.DataType], bad_rows: list[pc_csv.InvalidRow]
    ) -> pc_csv.CSVStreamingReader:
        def refuse(row: pc_csv.InvalidRow) -> Literal["error"]:
            bad_rows.append(row)
            return "error"

        return pc_csv.open_csv(
            as_file(file),
            read_options=self._read_options(),
            parse_options=pc_csv.ParseOptions(
                delimiter=self.options.delimiter,
                quote_char=self.options.quote_char or False,
                escape_char=self.options.escape_char or False,
                newlines_in_values=True,
                invalid_row_handler=refuse,
            ),
            convert_options=self._convert_options(types),
        )

    def _read_options(self) -> pc_csv.ReadOptions:
        names = self.options.column_names
        header_rows = 1 if names and self.options.has_header else 0
        return pc_csv.ReadOptions(
            use_threads=False,  # with threads, pyarrow has no number for a bad row
            block_size=self._block_bytes(),
            column_names=list(names) if names else None,
            skip_rows=self.options.skip_rows + header_rows,
            encoding=self.options.encoding,
        )

    def _convert_options(self, types: Mapping[str, pa.DataType]) -> pc_csv.ConvertOptions:
        return pc_csv.ConvertOptions(
            column_types=dict(types),
            null_values=["", *(self.options.null_values or ())],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )

    def _check_names(self, names: list[str], path: str) -> None:
        twice = sorted(name for name, number in Counter(names).items() if number > 1)
        if twice:
            raise unreadable(
                f"{path} has more than one column named {listed(twice) or 'with no name'}",
                "Give each column a name of its own in reader_options.column_names.",
            )
        if any("\0" in name for name in names):
            raise unreadable(
                f"{path} has zero bytes in the names of its columns, {listed(names)}",
                "Set reader_options.encoding to the file's encoding (utf-16, ...), then run again.",
            )
        unknown = sorted(set(self.options.column_types) - set(names))
        if unknown:
            raise unreadable(
                f"{path} has no column {listed(unknown)}; it has {listed(names)}",
                "Correct the names in reader_options.column_types.",
                Category.CONFIGURATION,
            )

    def _settle(self, inferred: pa.Schema) -> None:
        """Give each new column the type that it keeps; one without a value is text until it has one."""
        for column in inferred:
            expected = self.expected.type_of(column.name)
            if column.name not in self.types and expected is None and pa.types.is_null(column.type):
                self.types[column.name] = pa.string()
                self.unseen.add(column.name)
            elif column.name not in self.types or column.name in self.unseen:
                self.types[column.name] = settled(column.type, expected)
                if not pa.types.is_null(column.type):
                    self.unseen.discard(column.name)

    def _without_unseen(self, table: pa.Table) -> pa.Table:
        """The table without the columns that had no value yet, so that none gets a guessed type."""
        here = [name for name in table.column_names if name in self.unseen]
        empty = [name for name in here if table[name].null_count == table.num_rows]
        self.unseen -= set(here) - set(empty)
        return table.drop_columns(empty) if len(empty) < table.num_columns else table

    def _refusal(
        self,
        error: Exception,
        open_file: OpenFile,
        path: str,
        names: list[str],
        bad_rows: list[pc_csv.InvalidRow],
    ) -> SourceError:
        if bad_rows:
            row = bad_rows[0]
            return unreadable(
                f"{path}, row {row.number}: {row.actual_columns} fields instead of {row.expected_columns}",
                "Fix the row, or set reader_options.delimiter or quote_char to what the file uses.",
            )
        # pyarrow has the place of a value that does not fit only in its text
        place = _PLACE.search(str(error))
        if place and names:
            column = names[int(place[1])]
            known = self.types.get(column, pa.string())
            at = f"{path}, row {place[2]}, column {shown(column)}"
            if pa.types.is_string(known):
                return unreadable(
                    f"{at}: a text is not in {self.options.encoding}",
                    "Set reader_options.encoding to the file's encoding (latin-1, cp1252, ...), then run again.",
                )
            return unreadable(f"{at}: a value cannot be read as {known}", NEXT_STEP)
        with open_file() as file:
            long_row = first_long_row(file, self.options)
        if long_row is not None:
            return unreadable(f"{path}, {long_row.place}: {long_row.over.message}", long_row.next_step)
        return unreadable(f"{path} is not CSV in {self.options.encoding}: {type(error).__name__}", NEXT_STEP)
