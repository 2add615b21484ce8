"""Places in a run where tests kill the process, or change something behind its back."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias


class Milestone(Enum):
    """A place at which a process may die; the next run begins with what is left behind there."""

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


# Called when a run passes a milestone, with what it is about there: a load, a table or a pipeline.
Milestones: TypeAlias = Callable[[Milestone, str], None]


def ignore_milestone(_milestone: Milestone, _of: str) -> None:
    """Go on."""
