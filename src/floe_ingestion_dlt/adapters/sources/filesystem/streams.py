"""Files that are open for reading."""

from __future__ import annotations

from typing import IO, Protocol, cast


class ByteStream(Protocol):
    """The methods of a file that readers and decompressors call."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seekable(self) -> bool: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


def as_io(stream: ByteStream) -> IO[bytes]:
    """The stream for pyarrow and lzma, which read any such object but declare more methods than they call."""
    return cast("IO[bytes]", stream)
