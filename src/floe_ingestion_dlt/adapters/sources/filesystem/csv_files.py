"""CSV files as Arrow: streamed, with one type for each column, and no row skipped."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, Literal, final

import pyarrow as pa
import pyarrow.csv as pc_csv
from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.sources.columns import named_type
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.blocks_ahead import BlocksAhead
from floe_ingestion_dlt.adapters.sources.filesystem.csv_columns import CsvColumns
from floe_ingestion_dlt.adapters.sources.filesystem.csv_delimiters import Delimiter, report_doubts
from floe_ingestion_dlt.adapters.sources.filesystem.csv_header import check_names
from floe_ingestion_dlt.adapters.sources.filesystem.csv_numbers import (
    Numbers,
    first_too_large,
    has_infinite,
    is_number,
)
from floe_ingestion_dlt.adapters.sources.filesystem.csv_shape import Tail, is_open
from floe_ingestion_dlt.adapters.sources.filesystem.csv_text import CsvText, Head, behind, parse_options
from floe_ingestion_dlt.adapters.sources.filesystem.exact_numbers import exact_type
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import numbered
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import SET_ENCODING
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import Report, SourceError, unreadable, unreported

BLOCK_BYTES: Final = 1 << 20
NEXT_STEP: Final = (
    "Name the column's type in reader_options.column_types ('string' takes any text), or set encoding to the file's,"
    " then run again."
)
TYPE_STEP: Final = "Set reader_options.column_types for the column, to string or to a type of decimals."
NUMBER_STEP: Final = (
    "Set reader_options.decimal_point and thousands if the file has numbers such as 1.234,50."
)
_PLACE: Final = re.compile(r"CSV column #(\d+): Row #(\d+)")


@final
@dataclass(slots=True)
class CsvReader:
    """Reads the files of one load: values in the column types of the table, or beside them; new columns have one type for all files."""

    options: CsvOptions
    delimiter: Delimiter
    report: Report = unreported
    expected: Expected = field(default_factory=Expected)
    columns: CsvColumns = field(init=False)
    has_doubts: bool = False
    has_lines: bool = False
    headers: list[pa.Schema] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.options = self.options.model_copy(update={"delimiter": self.delimiter.text})
        named = {name: named_type(text) for name, text in self.options.column_types.items()}
        self.columns = CsvColumns(self.expected, self.expected.fixed() | named)

    def found(self) -> dict[str, pa.DataType]:
        """The types of the columns that have had a value."""
        return self.columns.found()

    def schemas(self) -> Sequence[pa.Schema]:
        return self.headers

    def look(self, files: Iterable[tuple[OpenFile, str]]) -> None:
        """Look at the first rows of all *files*, unless the table has all columns of the first one."""
        self.columns.look(self._first_rows(files))

    def _first_rows(self, files: Iterable[tuple[OpenFile, str]]) -> Iterator[pa.Schema]:
        for open_file, path in files:
            text = CsvText(open_file, path, self.options)
            if (head := text.head()) is None:
                continue
            if all(map(self.columns.is_known, head.names)):
                return
            # what is wrong with a file is told when it is read
            with suppress(pa.ArrowInvalid):
                yield self._inferred(text, replace(head, block=self._block_bytes()), [])

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows, block by block."""
        text = CsvText(open_file, path, self.options)
        if (head := text.head()) is None:
            return
        self.delimiter.check(text)
        self.has_doubts = self.has_doubts or report_doubts(text, head, self.report)
        check_names(head.names, path, self.options)
        if not head.has_rows:
            fixed = self.columns.fixed
            self.headers.append(pa.schema([(name, fixed.get(name, pa.null())) for name in head.names]))
            return
        tables = self._blocks(text, replace(head, block=self._block_bytes()))
        yield from numbered(tables, text.rows(head), path) if self.has_lines else tables

    def _blocks(self, text: CsvText, head: Head) -> Iterator[pa.Table]:
        rows = 0
        while True:
            bad_rows: list[pc_csv.InvalidRow] = []
            try:
                for table in behind(self._typed(text, head, bad_rows), rows):
                    rows += table.num_rows
                    yield table
            except pa.ArrowInvalid as error:
                if (mixed := self._mixed(error, head, bad_rows)) is not None:
                    self.columns.mix(mixed)
                else:
                    head = self._with_larger_blocks(error, text, head, bad_rows)
            else:
                return

    def _typed(self, text: CsvText, head: Head, bad_rows: list[pc_csv.InvalidRow]) -> Iterator[pa.Table]:
        self.columns.settle(self._inferred(text, head, bad_rows))
        for table in self._tables(text, head, bad_rows):
            sent = self.columns.sorted(table, self._numbers)
            if isinstance(sent, Failure):
                column, misfit = sent.failure()
                raise unreadable(f"{text.path}, column {shown(column)}: {misfit.reason}", NEXT_STEP)
            yield sent.unwrap()

    def _mixed(self, error: Exception, head: Head, bad_rows: list[pc_csv.InvalidRow]) -> str | None:
        """The column with a value that does not fit into its type; None if that is not what is wrong, or not allowed."""
        found = None if bad_rows else _PLACE.search(str(error))
        name = head.names[int(found[1])] if found else None
        if name is None or name in self.columns.fixed or pa.types.is_string(self.columns.types[name]):
            return None
        return name

    def _tables(self, text: CsvText, head: Head, bad_rows: list[pc_csv.InvalidRow]) -> Iterator[pa.Table]:
        """The rows; the last of them only if the file does not end in the middle of it."""
        last: pa.RecordBatch | None = None
        before = 0
        with text.open(head) as file:
            tail = Tail(file, head.block, self.options.quote_char)
            with self._stream(tail, head, self.columns.types, bad_rows) as batches:
                for batch in batches:
                    if last is not None:
                        yield self._without_unseen(self._table(last, before, text, head))
                        before += last.num_rows
                    last = batch
        if last is None:
            return
        # only a look at all rows is certain, and slow
        if is_open(tail, last, self.options) and (error := text.row_without_end(head)) is not None:
            raise error
        yield self._without_unseen(self._table(last, before, text, head))

    def _table(self, batch: pa.RecordBatch, before: int, text: CsvText, head: Head) -> pa.Table:
        """The rows of a batch, with numbers that were read as text; so many rows are *before* them."""
        table = pa.Table.from_batches([batch])
        for place, name in enumerate(table.column_names):
            known = self.columns.types.get(name)
            if known is None or not self._numbers.are_texts(known):
                continue
            column = self._numbers.column(table[place], known)
            if not isinstance(column, int):
                table = table.set_column(place, name, column)
            elif name in self.columns.fixed:
                raise self._misfit(name, before + column + 1, text, head)
            else:
                self.columns.mix(name)
        self._check_infinite(table, before, text, head)
        return table

    def _check_infinite(self, table: pa.Table, before: int, text: CsvText, head: Head) -> None:
        """Refuse numbers that are too large for a double: pyarrow takes them for infinite ones."""
        names = [name for name in table.column_names if has_infinite(table[name])]
        if not names:
            return
        with text.open(head) as file, self._stream(file, head, dict.fromkeys(names, pa.string()), []) as same:
            texts = next(behind((pa.Table.from_batches([batch]) for batch in same), before))
        for name in names:
            if (row := first_too_large(texts[name], table[name])) is not None:
                at = f"{text.path}, {text.place(before + row + 1 + head.lines, head)}, column {shown(name)}"
                raise unreadable(f"{at}: a number is too large for {table[name].type}", TYPE_STEP)

    @property
    def _numbers(self) -> Numbers:
        return Numbers(self.options.decimal_point, self.options.thousands)

    def _block_bytes(self) -> int:
        return BLOCK_BYTES

    def _inferred(self, text: CsvText, head: Head, bad_rows: list[pc_csv.InvalidRow]) -> pa.Schema:
        """The columns as the first block has them."""
        if not head.has_rows:
            return pa.schema([(name, pa.null()) for name in head.names])
        with text.open(head) as file, self._stream(file, head, {}, bad_rows) as batches:
            schema = batches.schema
        return self._exact(schema, text, head)

    def _exact(self, schema: pa.Schema, text: CsvText, head: Head) -> pa.Schema:
        """The columns with types that keep the digits of all numbers in the first block."""
        also = pa.types.is_string if self.options.thousands else pa.types.is_integer
        numbers = [f.name for f in schema if is_number(f.type) or also(f.type)]
        if not numbers or len(set(schema.names)) < len(schema.names):
            return schema
        texts = dict.fromkeys(numbers, pa.string())
        with text.open(head) as file, self._stream(file, head, texts, []) as batches:
            block = pa.Table.from_batches([*islice(batches, 1)], batches.schema)
        kinds = (
            self._number_type(each.type, block[each.name]) if each.name in numbers else each.type
            for each in schema
        )
        return pa.schema([pa.field(name, kind) for name, kind in zip(schema.names, kinds, strict=True)])

    def _number_type(self, kind: pa.DataType, texts: pa.ChunkedArray[Any]) -> pa.DataType:
        found = self._numbers.type_of(texts) or kind
        return exact_type(found, self._numbers.plain(texts)) if is_number(found) else kind

    def _stream(
        self,
        file: ByteStream,
        head: Head,
        types: Mapping[str, pa.DataType],
        bad_rows: list[pc_csv.InvalidRow],
    ) -> pc_csv.CSVStreamingReader:
        def refuse(row: pc_csv.InvalidRow) -> Literal["error"]:
            bad_rows.append(row)
            return "error"

        # in a file of one column, an empty line is a row without a value
        parsing = parse_options(self.options, refuse, ignore_empty_lines=not head.has_one_column)
        ahead = as_file(BlocksAhead(file))
        return pc_csv.open_csv(ahead, self._read_options(head), parsing, self._convert_options(types))

    def _read_options(self, head: Head) -> pc_csv.ReadOptions:
        return pc_csv.ReadOptions(
            use_threads=False,  # with threads, pyarrow has no number for a bad row
            block_size=head.block,
            column_names=list(head.names),
        )

    def _convert_options(self, types: Mapping[str, pa.DataType]) -> pc_csv.ConvertOptions:
        return pc_csv.ConvertOptions(
            column_types={
                name: pa.string() if self._numbers.are_texts(kind) else kind for name, kind in types.items()
            },
            decimal_point=self.options.decimal_point,
            null_values=["", *(self.options.null_values or ())],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            # 0 and 1 are numbers
            true_values=["true", "True", "TRUE"],
            false_values=["false", "False", "FALSE"],
        )

    def _without_unseen(self, table: pa.Table) -> pa.Table:
        """The table without the columns that had no value yet, so that none gets a guessed type."""
        unseen = self.columns.unseen
        here = [name for name in table.column_names if name in unseen]
        empty = [name for name in here if table[name].null_count == table.num_rows]
        unseen -= set(here) - set(empty)
        return table.drop_columns(empty) if len(empty) < table.num_columns else table

    def _with_larger_blocks(
        self, error: Exception, text: CsvText, head: Head, bad_rows: list[pc_csv.InvalidRow]
    ) -> Head:
        """Blocks that hold the row which is longer than one; raises the error for anything else that is wrong."""
        is_row = not bad_rows and _PLACE.search(str(error)) is None
        larger = text.with_larger_blocks(head) if is_row else None
        if larger is None:
            raise self._refusal(error, text, head, bad_rows) from error
        return larger

    def _refusal(
        self, error: Exception, text: CsvText, head: Head, bad_rows: list[pc_csv.InvalidRow]
    ) -> SourceError:
        if bad_rows:
            row = bad_rows[0]
            place = text.place((row.number or 0) + head.lines, head)
            return unreadable(
                f"{text.path}, {place}: {row.actual_columns} fields instead of {row.expected_columns}",
                "Fix the row, or set reader_options.delimiter or quote_char to what the file uses; skip_footer and comment leave out lines that are no rows.",
            )
        # pyarrow has the place of a value that does not fit only in its text
        if found := _PLACE.search(str(error)):
            return self._misfit(head.names[int(found[1])], int(found[2]), text, head)
        return unreadable(f"{text.path} is not CSV in {text.encoding()}: {type(error).__name__}", NEXT_STEP)

    def _misfit(self, column: str, row: int, text: CsvText, head: Head) -> SourceError:
        known = self.columns.types.get(column, pa.string())
        at = f"{text.path}, {text.place(row + head.lines, head)}, column {shown(column)}"
        if pa.types.is_string(known):
            return unreadable(f"{at}: a text is not in {text.encoding()}", SET_ENCODING)
        step = f"{NUMBER_STEP} {NEXT_STEP}" if is_number(known) else NEXT_STEP
        return unreadable(f"{at}: a value cannot be read as {known}", step)
