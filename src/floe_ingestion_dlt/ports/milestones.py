"""Points in a run at which tests kill the process, or change something outside of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias


class Milestone(Enum):
    """A point at which a process may be killed; the next run starts with what it left behind."""

    EXTRACTING = "some rows are read"
    EXTRACTED = "all rows are read"
    WRITTEN_BY_COLUMN = "rows are written by column, and the package still has them as rows"
    NORMALIZING = "some rows are normalized"
    CREATING_TABLE = "a table is created, its rows are not committed"
    CHANGING_SCHEMA = "a table is to get columns, its rows are not committed"
    STAGING = "a file is at the table's location, and is not recorded anywhere"
    STAGED = "all files are staged, no commit was sent"
    COMMITTED = "the commit has landed, its answer is unread"
    BETWEEN_TABLES = "one table has its rows, the next one does not"
    ROWS_IN = "the rows are committed, dlt's own tables are not updated"
    BOOKS_KEPT = "dlt's own tables are updated, the load package is still open"
    REFUSED = "a load is refused, its package still exists"


# Called when a run passes a milestone, with the name of the load, table or pipeline.
Milestones: TypeAlias = Callable[[Milestone, str], None]


def ignore_milestone(_milestone: Milestone, _of: str) -> None:
    """Do nothing."""
