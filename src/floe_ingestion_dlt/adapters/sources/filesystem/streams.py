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


def exactly(stream: ByteStream, size: int) -> bytes:
    """So many bytes, which a stream may give in pieces: fewer only at its end, more only from one that decodes."""
    pieces: list[bytes] = []
    missing = size
    while missing > 0 and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
