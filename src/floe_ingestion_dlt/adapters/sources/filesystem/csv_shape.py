"""Checks of a CSV file that pyarrow does not have: its number of columns, whether it is cut off, and rows that are too long."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from dataclasses import dataclass
from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.domain.file_limits import OverLimit

CHUNK_BYTES: Final = 1 << 20


@final
class Tail(io.RawIOBase):
    """A file that keeps the last *size* bytes that were read, and counts its quotes."""

    def __init__(self, raw: ByteStream, size: int, quote: str | None) -> None:
        self._raw, self._size, self._quote = raw, size, (quote or "").encode()
        self.quotes = 0
        self._last: deque[bytes] = deque()
        self._held = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._raw.read(size)
        self.quotes += data.count(self._quote) if self._quote else 0
        self._last.append(data)
        self._held += len(data)
        while self._held - len(self._last[0]) > self._size:
            self._held -= len(self._last.popleft())
        return data

    def readable(self) -> bool:
        return True

    def text(self, encoding: str) -> str:
        return b"".join(self._last).decode(encoding, "replace")


@final
@dataclass(frozen=True, slots=True)
class LongRow:
    """A row with more bytes than allowed, and where it begins."""

    row: int
    line: int
    over: OverLimit
    is_quoted: bool

    @property
    def place(self) -> str:
        quoted = ", in quotes that may never be closed" if self.is_quoted else ""
        return f"row {self.row}, from line {self.line} on{quoted}"

    @property
    def next_step(self) -> str:
        return (
            f"Close the quote, or set reader_options.quote_char. {self.over.next_step}"
            if self.is_quoted
            else self.over.next_step
        )


def columns_in(head: bytes, options: CsvOptions) -> int:
    """The columns in the first row of *head*; quotes are only parsed where there may be too many columns."""
    if options.column_names:
        return len(options.column_names)
    lines = head.decode(options.encoding, "replace").lstrip("\ufeff").splitlines()[options.skip_rows :]
    first = next((line for line in lines if line), "")
    about = first.count(options.delimiter) + 1
    if about <= options.max_columns or not options.quote_char:
        return about
    try:
        return len(next(csv.reader([first], delimiter=options.delimiter, quotechar=options.quote_char)))
    except csv.Error:
        return about


def is_open(file: Tail, last: pa.RecordBatch, options: CsvOptions) -> bool:
    """Whether a file ends within quotes, which only the last value of its *last* rows can show.

    It does if the value is all the text from an opening quote to the end of the file. If the last character is a quote,
    which may close a value, the number of quotes decides.
    """
    quote, tail = options.quote_char, file.text(options.encoding)
    if not quote or not last.num_rows or quote not in tail:
        return False
    if tail.rstrip("\r\n").endswith(quote) and file.quotes % 2 == 0:
        return False
    column = last.column(last.num_columns - 1)
    value = column[len(column) - 1].as_py()
    if not isinstance(value, str):
        before, _, inside = tail.rpartition(quote)
        return _opens(before + quote, options) and options.delimiter not in inside
    at = len(tail)
    # each character of the text may be escaped by another one
    while (at := tail.rfind(quote, 0, at)) >= 0 and len(tail) - at <= 2 * len(value) + 2:
        if (
            _opens(tail[at - 1 : at + 1] if at else quote, options)
            and _unquoted(tail[at + 1 :], options) == value
        ):
            return True
    return False


def _unquoted(text: str, options: CsvOptions) -> str:
    """The value of *text* that stands in quotes."""
    quote, escape = options.quote_char or "", options.escape_char
    if escape:
        text = re.sub(f"{re.escape(escape)}(.)", r"\1", text, flags=re.DOTALL)
    return text.replace(2 * quote, quote)


def _opens(text: str, options: CsvOptions) -> bool:
    """Whether *text* ends in a quote that begins a value."""
    before = text[-2:-1]
    return text.endswith(options.quote_char or "\0") and before in {"", options.delimiter, "\n", "\r"}


def first_long_row(file: ByteStream, options: CsvOptions) -> LongRow | None:
    """The first row of more than `max_line_bytes`; None if pyarrow refused the file for another reason.

    A row ends with a line in which all quotes are closed.
    """
    quote = (options.quote_char or "").encode()
    row = line = begin = 1
    size, is_quoted = 0, False
    while chunk := file.read(CHUNK_BYTES):
        for part in chunk.splitlines(keepends=True):
            size += len(part)
            is_quoted ^= bool(quote) and part.count(quote) % 2 == 1
            if size > options.max_line_bytes:
                over = options.limits().line(size).failure()
                return LongRow(row, begin, over, is_quoted)
            if part.endswith(b"\n"):
                line += 1
                if not is_quoted:
                    row, begin, size = row + 1, line, 0
    return None
