"""The sizes of row groups that are worth the time to write a file again."""

from __future__ import annotations

from typing import Final

# Engines read a group at a time, and skip whole ones: many small ones cost more than they save.
SMALL_ROWS: Final = 32_768
SMALL_BYTES: Final = 16_000_000


def are_small(groups: int, rows: int, size: int) -> bool:
    """Whether a file with so many row groups, *rows* and bytes has groups that should be one."""
    return groups > 1 and rows < groups * SMALL_ROWS and size < groups * SMALL_BYTES
