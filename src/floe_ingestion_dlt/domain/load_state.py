"""What a table's state has: cursors, loads, known files, positions and answers of APIs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import final

from floe_ingestion_dlt.domain.names import TableName


@final
@dataclass(frozen=True, slots=True)
class ResourceCursor:
    """The cursor of one *resource*: its column, and the last value that was loaded, or None.

    The column has the table's name; a path that leads to no column is as the source has it.
    """

    resource: str
    column: str
    value: object


@final
@dataclass(frozen=True, slots=True)
class KeptState:
    """What a stored state has: *files* is the number of files that were loaded."""

    cursors: tuple[ResourceCursor, ...] = ()
    files: int = 0
    has_position: bool = False
    has_answer: bool = False


NO_STATE = KeptState()


@final
@dataclass(frozen=True, slots=True)
class PastLoad:
    """A load that is in the table: *rows* were applied to it at this time.

    *kind* is append, merge, replace, refresh, window or reload. It and *rows* are None if they were not recorded.
    """

    load_id: str
    snapshot_id: int
    at: datetime
    rows: int | None
    kind: str | None


@final
@dataclass(frozen=True, slots=True)
class LoadState:
    """The state that belongs to the present rows of a *table*, and its loads, newest first.

    *cursors* has one for each resource that has one. *files* is the number of known files. *has_position* and *has_answer* say whether the position of a source
    without a cursor, and the last answer of an API, are kept. *snapshot_id* is the current snapshot; None if the table has none. Loads whose snapshots have
    expired are not among *loads*, and those that changed the state only have no snapshot.
    """

    table: TableName
    snapshot_id: int | None
    cursors: tuple[ResourceCursor, ...]
    loads: tuple[PastLoad, ...]
    files: int
    has_position: bool
    has_answer: bool
