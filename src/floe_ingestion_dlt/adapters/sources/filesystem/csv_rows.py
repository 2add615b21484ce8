"""The rows of a CSV text as bytes: where they begin, and which of them is too long or never ends."""

from __future__ import annotations

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

    Its *state* is not complete if the text ends within it, or if it is longer than what may be read.
    """

    text: bytes
    line: int
    lines: int
    state: RowState

    @property
    def is_empty(self) -> bool:
        return not self.text.strip(b"\r\n")


def rows_in(lines: Iterable[bytes], quoting: Quoting, most: int, first: int = 1) -> Iterator[Row]:
    """The rows of a text's *lines*, empty ones too; one of more than *most* bytes is the last, and is cut off.

    The *first* line has this number.
    """
    state, held, size, begin = RowState.COMPLETE, list[bytes](), 0, first
    for number, line in enumerate(lines, first):
        held.append(line)
        size += len(line)
        state = quoting.after(line, state)
        if size > most:
            break
        if state is RowState.COMPLETE:
            yield Row(b"".join(held), begin, len(held), state)
            held, size, begin = [], 0, number + 1
    if held:
        yield Row(b"".join(held), begin, len(held), state)


def lines_in(text: ByteStream, most: int) -> Iterator[bytes]:
    """The lines with their ends; one of more than *most* bytes is the last, and is cut off."""
    held: list[bytes] = []
    size = 0
    while size <= most and (chunk := text.read(CHUNK_BYTES)):
        if held and held[-1].endswith(b"\r"):  # which may be the first half of a line end
            size -= len(held[-1])
            chunk = held.pop() + chunk
        *lines, last = _split(chunk)
        for line in lines:
            yield b"".join([*held, line])
            held, size = [], 0
        held.append(last)
        size += len(last)
    if size:
        yield b"".join(held)


def _split(chunk: bytes) -> list[bytes]:
    """The lines that are complete, and what is left."""
    lines = chunk.splitlines(keepends=True)
    return [*lines, b""] if lines[-1].endswith(b"\n") else lines
