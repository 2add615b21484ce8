"""The rows of a CSV text as bytes: where they begin, and which of them is too long or never ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.domain.delimited_rows import Quoting, RowState

CHUNK_BYTES: Final = 1 << 20


@final
@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is written, with its line end, and the *line* in which it begins, counted from 1.

    Its *end* is the number of bytes from where the text is read to its own end. Its *state* is not complete if the text ends
    within it, or if it is longer than what may be read.
    """

    text: bytes
    line: int
    lines: int
    end: int
    state: RowState

    @property
    def is_empty(self) -> bool:
        return not self.text.strip(b"\r\n")


@final
class CsvRows:
    """The lines and rows of a text, from the *line* with this number on; what is longer than *most* bytes is the last, and is cut off.

    Lines between rows that begin with the *comment* are passed over.
    """

    def __init__(
        self, text: ByteStream, quoting: Quoting, most: int, line: int = 1, comment: bytes | None = None
    ) -> None:
        self._text, self._quoting, self._most, self._comment = text, quoting, most, comment
        self._line, self._end = line, 0
        self._state = RowState.COMPLETE
        self._pieces = self._read()

    def lines(self) -> Iterator[bytes]:
        """The lines with their ends."""
        for piece in self._pieces:
            self._line += 1
            self._end += len(piece)
            yield piece

    def rows(self) -> Iterator[Row]:
        """The rows, empty ones too."""
        held, begin = bytearray(), self._line
        for piece in self._pieces:
            self._line += 1 if self._state is not RowState.IN_QUOTES else _line_ends(piece)
            self._end += len(piece)
            if self._comment and self._state is RowState.COMPLETE and piece.startswith(self._comment):
                begin = self._line
                continue
            self._state = self._quoting.after(piece, self._state)
            if held or self._state is not RowState.COMPLETE:
                held += piece
            size = len(held) or len(piece)
            if self._state is RowState.COMPLETE or size > self._most:
                yield Row(bytes(held) or piece, begin, self._line - begin, self._end, self._state)
                held, begin = bytearray(), self._line
            if size > self._most:
                return
        if held:
            yield Row(bytes(held), begin, self._line - begin, self._end, self._state)

    def _read(self) -> Iterator[bytes]:
        """The lines; what is in quotes comes in large pieces, so that a quote that is never closed is found in time."""
        held = bytearray()
        while len(held) <= self._most and (chunk := self._text.read(CHUNK_BYTES)):
            if held[-1:] == b"\r":  # which may be the first half of a line end
                held, chunk = held[:-1], b"\r" + chunk
            if self._is_within_quotes(held) and self._is_within_quotes(chunk):
                yield bytes(held + chunk)
                held = bytearray()
                continue
            *lines, last = _split(chunk)
            for line in lines:
                yield bytes(held + line) if held else line
                held = bytearray()
            held += last
        if held:
            yield bytes(held)

    def _is_within_quotes(self, piece: bytes | bytearray) -> bool:
        quote, escape = self._quoting.quote, self._quoting.escape
        return (
            self._state is RowState.IN_QUOTES
            and quote is not None
            and quote not in piece
            and (escape is None or escape not in piece)
            and not piece.endswith(b"\r")
        )


def without_last(rows: Iterable[Row], number: int) -> Iterator[Row]:
    """The rows without so many at the end, and without the empty lines behind them."""
    held: deque[Row] = deque()
    filled = 0
    for row in rows:
        held.append(row)
        filled += not row.is_empty
        while held and (filled > number or (filled == number and held[0].is_empty)):
            first = held.popleft()
            filled -= not first.is_empty
            yield first


def _line_ends(piece: bytes) -> int:
    return piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")


def _split(chunk: bytes) -> list[bytes]:
    """The lines that are complete, and what is left."""
    lines = chunk.splitlines(keepends=True)
    return [*lines, b""] if lines[-1].endswith(b"\n") else lines
