"""The lines of a file in blocks, so that a block can be read at once, or line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, final

from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream, exactly

BLOCK_BYTES: Final = 4 << 20
NEWLINE: Final = b"\n"


@final
@dataclass(frozen=True, slots=True)
class LineBlock:
    """Whole lines of a file: their bytes without the last newline, and the number of the first of them."""

    data: bytes
    first: int
    lines: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", self.data.count(NEWLINE) + 1)

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Each line, with its number."""
        return enumerate(self.data.split(NEWLINE), self.first)


def line_blocks(file: ByteStream, most: int, size: int) -> Iterator[LineBlock]:
    """All lines of a file; the first one longer than *most* bytes is the last, and may be cut off."""
    held: list[bytes] = []
    first = 1
    while chunk := exactly(file, size):
        end = chunk.rfind(NEWLINE)
        if len(chunk) < size or end < 0:  # the end of the file, or the middle of a line
            held.append(chunk)
            if sum(map(len, held)) > most:
                break
            continue
        block = LineBlock(b"".join([*held, chunk[:end]]), first)
        yield block
        held, first = [chunk[end + 1 :]], first + block.lines
    if any(held):
        yield LineBlock(b"".join(held), first)
