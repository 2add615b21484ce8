"""What a write does to the files of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from pyiceberg.manifest import DataFile


@final
@dataclass(frozen=True, slots=True)
class FileChange:
    """What a write does to a table's files, the number of rows of the load that it applied, and of rows that were gone in the source."""

    removed: tuple[DataFile, ...]
    added: tuple[DataFile, ...]
    applied: int
    deleted: int = 0
