"""The text of a CSV file: in UTF-8, with a line end at its end, and what stands before its rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal, final

import pyarrow as pa
import pyarrow.csv as pc_csv
from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.filesystem.csv_rows import CHUNK_BYTES, CsvRows, Row, without_last
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import SET_ENCODING, Utf8
from floe_ingestion_dlt.domain.delimited_rows import Quoting, RowState
from floe_ingestion_dlt.domain.file_limits import larger_block
from floe_ingestion_dlt.domain.header_names import named_columns
from floe_ingestion_dlt.ports.source import SourceError, unreadable

# Blocks may end before a carriage return and not behind it.
_LINE_END: Final = 2
BLANKS: Final = b" \t\r\n"
UNCLOSED: Final = "Close the quote, write the file again if it was cut off, or set reader_options.quote_char to what the file uses."


@final
@dataclass(frozen=True, slots=True)
class Head:
    """The names of the columns, how many *lines* of how many bytes stand before the rows, and whether there are rows.

    The rows are read in blocks of so many bytes.
    """

    names: tuple[str, ...]
    lines: int
    size: int
    has_rows: bool
    block: int = CHUNK_BYTES

    @property
    def has_one_column(self) -> bool:
        return len(self.names) == 1


@final
@dataclass(frozen=True, slots=True)
class CsvText:
    """The text of the file at *path*, which can be read more than once."""

    open_file: OpenFile
    path: str
    options: CsvOptions

    @property
    def quoting(self) -> Quoting:
        return self.quoting_by(self.options.delimiter)

    def quoting_by(self, delimiters: str) -> Quoting:
        """How values are quoted if any of these characters divides them."""
        quote, escape = (self.options.quote_char or "").encode(), (self.options.escape_char or "").encode()
        return Quoting(delimiters.encode(), quote or None, escape or None)

    @contextmanager
    def open(self, head: Head) -> Iterator[ByteStream]:
        """What is behind the *head*, without comments and the last lines that are left out."""
        with self._behind(head.size) as text:
            if not self.options.comment and not self.options.skip_footer:
                yield text
                return
            rows = self._kept(self._scan(text, self.quoting, head.lines + 1).rows())
            yield _Blocks(_Joined(row.text for row in rows))

    @contextmanager
    def _behind(self, size: int) -> Iterator[ByteStream]:
        """The text behind so many bytes."""
        with self.open_file() as raw:
            text = _Blocks(Utf8(raw, self.options.encoding, self.path))
            while size and (data := text.read(min(size, CHUNK_BYTES))):
                size -= len(data)
            yield text

    def _scan(self, text: ByteStream, quoting: Quoting, line: int = 1) -> CsvRows:
        comment = (self.options.comment or "").encode()
        return CsvRows(text, quoting, self.options.max_line_bytes, line, comment or None)

    def _kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows without the last ones; raises the error of a row that would swallow others."""
        if not self.options.comment and not self.options.skip_footer:
            return rows
        return without_last(map(self._checked, rows), self.options.skip_footer)

    def _checked(self, row: Row) -> Row:
        if (error := self._row_error(row, row.line)) is not None:
            raise error
        return row

    def encoding(self) -> str:
        """The encoding in which the file is read."""
        with self.open_file() as raw:
            return Utf8(raw, self.options.encoding, self.path).encoding

    def head(self) -> Head | None:
        """What the file has before its rows; None if it has nothing but blanks."""
        skip = self.options.skip_rows
        with self._behind(0) as text:
            scan = self._scan(text, self.quoting)
            skipped = self._skip(scan)
            rows = self._kept(scan.rows())
            first = next((row for row in rows if not row.is_empty), None)
            if first is None or (self._is_blank(first) and all(map(self._is_blank, rows))):
                return None
            if not self.options.has_header:
                return Head(self.options.column_names or (), skip, skipped, has_rows=True)
            names = self.options.column_names or named_columns(self._names(self._checked(first)))
            has_rows = next(rows, None) is not None
        return Head(names, first.line - 1 + first.lines, first.end, has_rows)

    def rows(self, head: Head) -> Generator[tuple[int, Row], None, None]:
        """The rows behind the head with their numbers; an empty line is one in a file of one column."""
        with self._behind(head.size) as text:
            rows = self._scan(text, self.quoting, head.lines + 1).rows()
            yield from enumerate(
                (row for row in rows if head.has_one_column or not row.is_empty), head.lines + 1
            )

    def all_rows(self, quoting: Quoting) -> Iterator[Row]:
        """The rows that are not empty, with that of the header, if values are quoted so."""
        with self._behind(0) as text:
            scan = self._scan(text, quoting)
            self._skip(scan)
            yield from (row for row in self._kept(scan.rows()) if not row.is_empty)

    def row_without_end(self, head: Head) -> SourceError | None:
        """The error for the first row that is too long or does not end; None if there is no such row."""
        errors = (self._row_error(row, number) for number, row in self.rows(head))
        return next((error for error in errors if error is not None), None)

    def with_larger_blocks(self, head: Head) -> Head | None:
        """Blocks that hold the first row which is longer than one; None if there is no such row.

        pyarrow needs the end of a row in each block, and reads other files faster in small blocks. The first larger size is tried
        without a look at the rows, which takes longer.
        """
        larger = larger_block(head.block, 0)
        if head.block == CHUNK_BYTES and larger <= self.options.max_line_bytes:
            return replace(head, block=larger)
        for number, row in self.rows(head):
            if (error := self._row_error(row, number)) is not None:
                raise error
            if len(row.text) > head.block - _LINE_END:
                return replace(head, block=larger_block(head.block, len(row.text) + _LINE_END))
        return None

    def place(self, number: int, head: Head) -> str:
        """The row with this number, and its line if that is another one."""
        line = next((row.line for at, row in self.rows(head) if at == number), number)
        return f"row {number}" if line == number else f"row {number} (line {line})"

    def _skip(self, scan: CsvRows) -> int:
        """The bytes of the lines that are skipped."""
        size = 0
        for number, line in enumerate(islice(scan.lines(), self.options.skip_rows), 1):
            allowed = self.options.limits().line(len(line))
            if isinstance(allowed, Failure):
                over = allowed.failure()
                raise unreadable(f"{self.path}, line {number}: {over.message}", over.next_step)
            size += len(line)
        return size

    def _is_blank(self, row: Row) -> bool:
        return not row.text.strip(BLANKS.replace(self.options.delimiter.encode(), b""))

    def _row_error(self, row: Row, number: int) -> SourceError | None:
        place = f"{self.path}, row {number}, from line {row.line} on"
        is_quoted = row.state is RowState.IN_QUOTES
        allowed = self.options.limits().line(len(row.text))
        if isinstance(allowed, Failure):
            over, quoted = allowed.failure(), ", in quotes that may never be closed" if is_quoted else ""
            step = (
                f"Close the quote, or set reader_options.quote_char. {over.next_step}"
                if is_quoted
                else over.next_step
            )
            return unreadable(f"{place}{quoted}: {over.message}", step)
        return unreadable(f"{place}: the file ends within a value in quotes", UNCLOSED) if is_quoted else None

    def _names(self, header: Row) -> list[str]:
        columns = self.quoting.outside(header.text).count(self.options.delimiter.encode()) + 1
        allowed = self.options.limits().columns(columns)
        if isinstance(allowed, Failure):
            over = allowed.failure()
            raise unreadable(f"{self.path}: {over.message}", over.next_step)
        read_options = pc_csv.ReadOptions(use_threads=False, block_size=len(header.text) + 1)
        try:
            return pc_csv.read_csv(
                io.BytesIO(header.text), read_options, parse_options(self.options)
            ).column_names
        except UnicodeDecodeError as error:
            cause = f"{self.path}, line {header.line}: the names of the columns are not in {self.encoding()}"
            raise unreadable(cause, SET_ENCODING) from error


def parse_options(
    options: CsvOptions,
    refuse: Callable[[pc_csv.InvalidRow], Literal["error", "skip"]] | None = None,
    *,
    ignore_empty_lines: bool = True,
) -> pc_csv.ParseOptions:
    """How pyarrow divides the text into values; *refuse* is called with a row of too many or too few values."""
    return pc_csv.ParseOptions(
        delimiter=options.delimiter,
        quote_char=options.quote_char or False,
        escape_char=options.escape_char or False,
        newlines_in_values=True,
        ignore_empty_lines=ignore_empty_lines,
        invalid_row_handler=refuse,
    )


def behind(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The tables without so many rows at the beginning."""
    for table in tables:
        if rows >= table.num_rows > 0:
            rows -= table.num_rows
        else:
            yield table.slice(rows)
            rows = 0


@final
class _Joined(io.RawIOBase):
    """Pieces of a text, one after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 - of any size
        return next(self._pieces, b"")

    def readable(self) -> bool:
        return True


@final
class _Blocks(io.RawIOBase):
    """A text whose last line has an end, in blocks of the size that is asked for, as pyarrow needs them.

    No block ends between a carriage return and its line feed: pyarrow would lose the line feed of a value in quotes.
    """

    def __init__(self, text: ByteStream) -> None:
        self._text, self._held, self._last = text, b"", b"\n"
        self._is_at_end = False

    def read(self, size: int = -1, /) -> bytes:
        pieces, found = [self._held] if self._held else [], len(self._held)
        while not self._is_at_end and (size < 0 or found < size):
            pieces.append(piece := self._piece(size if size < 0 else size - found))
            found += len(piece)
        # a single piece is not copied: it may be large
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        end = found if size < 0 else min(size, found)
        ends_early = end < found or not self._is_at_end
        if ends_early and end > 1 and data[end - 1 : end] == b"\r" and data[end : end + 1] in {b"", b"\n"}:
            end -= 1
        self._held = data[end:]
        return data if end == found else data[:end]

    def readable(self) -> bool:
        return True

    def _piece(self, size: int) -> bytes:
        data = self._text.read(size)
        if not data:
            self._is_at_end = True
            return b"" if self._last in {b"\n", b"\r"} else b"\n"
        self._last = data[-1:]
        return data
