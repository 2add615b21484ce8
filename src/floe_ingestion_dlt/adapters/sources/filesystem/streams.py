"""Files that are open for reading."""

from __future__ import annotations

from typing import Protocol


class ByteStream(Protocol):
    """The methods of a file that readers and decompressors call."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seekable(self) -> bool: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...
