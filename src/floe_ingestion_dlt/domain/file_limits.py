"""Limits for reading a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success

# A file that decompresses to no more than this is always read.
FREE_BYTES: Final = 64 << 20
_GROWTH: Final = 4
# A reader needs several times the memory of a block, so that large blocks grow more slowly.
_LARGE_BLOCK: Final = 8 << 20
_SLOW_GROWTH: Final = 2
# Readers count the bytes of a block in 32 bits.
_LARGEST_BLOCK: Final = (1 << 31) - 1


def larger_block(block: int, size: int) -> int:
    """A size of blocks that is larger than *block*, holds *size* bytes and leaves few sizes to try."""
    larger = _next_block(block)
    while larger < size:
        larger = _next_block(larger)
    return min(larger, _LARGEST_BLOCK)


def _next_block(block: int) -> int:
    return block * (_GROWTH if block < _LARGE_BLOCK else _SLOW_GROWTH)


@final
@dataclass(frozen=True, slots=True)
class OverLimit:
    """A limit was exceeded: what was found, the limit, and the option that sets it."""

    found: str
    limit: int
    option: str

    @property
    def message(self) -> str:
        return f"{self.found}, and {self.option} is {self.limit:,}"

    @property
    def next_step(self) -> str:
        return f"Exclude the file by include_glob. If the file is correct, increase reader_options.{self.option}."


@final
@dataclass(frozen=True, slots=True)
class FileLimits:
    """The most columns, the most bytes in a line, and the most decompressed bytes for each stored byte."""

    max_columns: int
    max_expansion: int
    max_line_bytes: int

    def columns(self, number: int) -> Result[None, OverLimit]:
        """Whether a file may have this number of columns."""
        if number <= self.max_columns:
            return Success(None)
        return Failure(OverLimit(f"{number:,} columns", self.max_columns, "max_columns"))

    def line(self, size: int) -> Result[None, OverLimit]:
        """Whether a line may have *size* bytes; a longer line need not be read to its end."""
        if size <= self.max_line_bytes:
            return Success(None)
        found = f"more than {self.max_line_bytes:,} bytes in a line"
        return Failure(OverLimit(found, self.max_line_bytes, "max_line_bytes"))

    def expansion(self, stored: int, unpacked: int) -> Result[None, OverLimit]:
        """Whether *stored* bytes may become this number of *unpacked* bytes."""
        if unpacked <= max(FREE_BYTES, stored * self.max_expansion):
            return Success(None)
        found = f"{stored:,} bytes become {unpacked:,} or more when they are unpacked"
        return Failure(OverLimit(found, self.max_expansion, "max_expansion"))
