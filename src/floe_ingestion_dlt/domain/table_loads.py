"""The snapshots of a table from which its present rows were made, and the loads that made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Final, assert_never, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.load import TableWrite
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions, ReplaceFiles, ReplaceWindow
from floe_ingestion_dlt.domain.write_modes import Append, Replace

# The kind of a fence that has another state than the snapshot before it.
RESET: Final = "reset"


@final
@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """One snapshot; *load_id* is None if no load made it. A fence has the rows of the snapshot before it.

    *rows* and *kind* are None if they are not recorded.
    """

    id: int
    at: datetime
    load_id: str | None = None
    rows: int | None = None
    kind: str | None = None
    is_fence: bool = False

    @property
    def changes_nothing(self) -> bool:
        """Whether rows and state are those of the snapshot before it."""
        return self.is_fence and self.kind != RESET

    @property
    def is_foreign(self) -> bool:
        """Whether another writer made it."""
        return self.load_id is None and not self.is_fence


@final
@dataclass(frozen=True, slots=True)
class TableSnapshots:
    """The current snapshot and its known ancestors, newest first; *whole* if there was none before the oldest."""

    newest_first: tuple[TableSnapshot, ...] = ()
    whole: bool = True

    @property
    def current(self) -> int | None:
        return self.newest_first[0].id if self.newest_first else None

    def has(self, snapshot_id: int) -> bool:
        return any(snapshot.id == snapshot_id for snapshot in self.newest_first)

    def after(self, snapshot_id: int) -> tuple[TableSnapshot, ...]:
        """Those that are newer than this snapshot."""
        return tuple(takewhile(lambda snapshot: snapshot.id != snapshot_id, self.newest_first))

    def of_load(self, load_id: str) -> Result[TableSnapshot | None, None]:
        """The snapshot of the load, if nothing but fences came after it; None if it has none, a failure if it is covered by others."""
        own = [snapshot for snapshot in self.newest_first if snapshot.load_id == load_id]
        if not own:
            return Success(None)
        is_free = len(own) == 1 and all(newer.is_fence for newer in self.after(own[0].id))
        return Success(own[0]) if is_free else Failure(None)


def kind_of_write(write: TableWrite) -> str:
    """The name under which a load's write to a table is recorded."""
    if write.is_refresh:
        return "refresh"
    match write.mode:
        case Append():
            return "append"
        case Replace():
            return "replace"
        case MergeRows() | MergeNested() | MergeVersions():
            return "merge"
        case ReplaceWindow():
            return "window"
        case ReplaceFiles():
            return "reload"
        case _:
            assert_never(write.mode)
