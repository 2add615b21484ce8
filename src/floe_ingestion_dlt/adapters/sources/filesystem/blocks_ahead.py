"""How far a file is read ahead. pyarrow's reader of CSV reads 32 blocks ahead, whatever their size."""

from __future__ import annotations

import io
from typing import Final, final

from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.system.backlog import Backlog

# pyarrow needs the block that it reads, the end of the one before and the one after, and frees some late.
NEEDED_BLOCKS: Final = 5
# Small blocks may be read so far ahead.
AHEAD_BYTES: Final = 64 << 20


@final
class BlocksAhead(io.RawIOBase):
    """The *raw* file, of which a block is read once the reader has freed enough of the blocks before it."""

    def __init__(self, raw: ByteStream) -> None:
        self._raw = raw
        self._backlog = Backlog(AHEAD_BYTES, NEEDED_BLOCKS)

    def read(self, size: int = -1, /) -> memoryview:
        self._backlog.wait()
        block = memoryview(self._raw.read(size))
        self._backlog.add(block, len(block))
        return block

    def readable(self) -> bool:
        return True
