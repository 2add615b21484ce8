"""How much a file may ask of whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success

# What unpacks to no more than this is read however well it was packed.
FREE_BYTES: Final = 64 << 20


@final
@dataclass(frozen=True, slots=True)
class OverLimit:
    """More than may be read: what was found, the limit, and the option that sets it."""

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
    """What a file may have: columns, bytes in a line, and bytes that come of each byte that is stored."""

    max_columns: int
    max_expansion: int
    max_line_bytes: int

    def columns(self, number: int) -> Result[None, OverLimit]:
        """Whether a file may have so many columns."""
        if number <= self.max_columns:
            return Success(None)
        return Failure(OverLimit(f"{number:,} columns", self.max_columns, "max_columns"))

    def line(self, size: int) -> Result[None, OverLimit]:
        """Whether a line may have so many bytes, of which the first may be all that is known."""
        if size <= self.max_line_bytes:
            return Success(None)
        found = f"more than {self.max_line_bytes:,} bytes in a line"
        return Failure(OverLimit(found, self.max_line_bytes, "max_line_bytes"))

    def expansion(self, stored: int, unpacked: int) -> Result[None, OverLimit]:
        """Whether so many *stored* bytes may become so many."""
        if unpacked <= max(FREE_BYTES, stored * self.max_expansion):
            return Success(None)
        found = f"{stored:,} bytes become {unpacked:,} or more when they are unpacked"
        return Failure(OverLimit(found, self.max_expansion, "max_expansion"))
