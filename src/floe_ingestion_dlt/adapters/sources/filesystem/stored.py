"""A file as it is stored, with what was read of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, final


@final
class StoredBytes(io.RawIOBase):
    """How much of the *raw* file was read, and whether that failed; `seen` looks at the bytes before anybody else."""

    def __init__(self, raw: IO[bytes]) -> None:
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
