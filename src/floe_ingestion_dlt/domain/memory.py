"""How much memory loads may take, and what each step gets of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success

MIB: Final = 1 << 20
DEFAULT_LIMIT: Final = 1024 * MIB
# What Python, dlt, pyiceberg and pyarrow take before the first row.
STARTED: Final = 256 * MIB
# The least that a load needs besides: duckdb fails to join millions of keys with much less than a third of it.
FEWEST: Final = 256 * MIB
# Tables of rows are read, sorted, encoded and compressed, so that several copies of them are there at once.
_COPIES: Final = 12
_LARGEST_TABLE: Final = 128 * MIB
_JOINED: Final = 3


@final
@dataclass(frozen=True, slots=True)
class Memory:
    """The *limit* of a process in bytes, of which so many *loads* at once have equal parts."""

    limit: int = DEFAULT_LIMIT
    loads: int = 1

    @property
    def _of_a_load(self) -> int:
        return max(FEWEST, (self.limit - STARTED) // self.loads)

    @property
    def table(self) -> int:
        """The size of a table of rows, which is a row group of Parquet or less. A single row may be larger."""
        return min(_LARGEST_TABLE, self._of_a_load // _COPIES)

    @property
    def join(self) -> int:
        """What a join takes before it writes rows to the disk."""
        return self._of_a_load // _JOINED


DEFAULT_MEMORY: Final = Memory()


def memory_of(limit: int | None, loads: int) -> Result[Memory, str]:
    """The memory of so many loads at once; the failure says how much they need. Without a limit, it is the default, or what they need."""
    least = STARTED + loads * FEWEST
    if limit is None:
        return Success(Memory(max(DEFAULT_LIMIT, least), loads))
    if limit >= least:
        return Success(Memory(limit, loads))
    at_once = "a load needs" if loads == 1 else f"{loads} loads at once need"
    return Failure(f"{at_once} at least {-(-least // MIB)}MiB, and it is {limit // MIB}MiB")
