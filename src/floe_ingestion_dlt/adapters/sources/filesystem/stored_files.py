"""A file as it is stored, and how much of it was read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import final

from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream


@final
class StoredBytes(io.RawIOBase):
    """Counts the bytes read from the *raw* file and keeps a failure; `seen` is called with the bytes before they are returned."""

    def __init__(self, raw: ByteStream) -> None:
        self._raw = raw
        self.seen: Callable[[int, bytes], None] | None = None
        self.size = 0
        self.failure: Exception | None = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            start = self._raw.tell() if self.seen else 0
            data = self._raw.read(size)
        except Exception as error:
            self.failure = error
            raise
        self.size += len(data)
        if self.seen is not None:
            self.seen(start, data)
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._raw.seekable()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()
