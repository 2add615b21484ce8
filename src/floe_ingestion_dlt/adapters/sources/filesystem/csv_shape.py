"""A check of a CSV file that pyarrow does not have: whether it is cut off."""

from __future__ import annotations

import io
import re
from collections import deque
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream


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

    def text(self) -> str:
        return b"".join(self._last).decode(errors="replace")


def is_open(file: Tail, last: pa.RecordBatch, options: CsvOptions) -> bool:
    """Whether a file seems to end within quotes, which only the last value of its *last* rows can show.

    It does if the value is all the text from an opening quote to the end of the file. If the last character is a quote,
    which may close a value, the number of quotes decides.
    """
    quote, tail = options.quote_char, file.text()
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
