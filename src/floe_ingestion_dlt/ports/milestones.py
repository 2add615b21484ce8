"""Moments of a run that somebody may want to be told of: to watch it, or to let it die there."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias


class Milestone(Enum):
    """A moment at which a process may die; what a run leaves behind then is what the next one begins with."""

    EXTRACTING = "some rows are read"
    EXTRACTED = "all rows are read"
    NORMALIZING = "some rows are normalized"
    CREATING_TABLE = "a table is made, its rows are not in"
    CHANGING_SCHEMA = "a table is to get columns, its rows are not in"
    STAGING = "a file is at the table's location, and nobody has written down that it is"
    STAGED = "all files are staged, no commit was sent"
    COMMITTED = "the commit has landed, its answer is unread"
    BETWEEN_TABLES = "one table has its rows, the next one has not"
    ROWS_IN = "the rows are in, dlt's own tables know nothing of them"
    BOOKS_KEPT = "dlt's own tables know of the load, its package is open"
    REFUSED = "a load is refused, its package is still there"


# Called with the moment and what it is about: a load, a table or a pipeline.
Milestones: TypeAlias = Callable[[Milestone, str], None]


def unwatched(_moment: Milestone, _of: str) -> None:
    """Nobody wants to know."""
