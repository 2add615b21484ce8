"""Exactly once: a load is looked for before every attempt to commit it, and after every answer that is not a success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
    LoadInParts,
    MergeRefused,
    StagedFilesGone,
    StateMoved,
    reads_again,
)
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt
from floe_ingestion_dlt.domain.names import TableName

Receipts = tuple[Receipt, ...]


class Commits(Protocol):
    """What exactly-once asks of a destination."""

    def look(self, load: Load) -> Result[Look, CommitFault]: ...
    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]: ...
    def discard(self, load: Load) -> None: ...


def commit_once(
    load: Load,
    to: Commits,
    *,
    attempts: int = 20,
    pause: Callable[[int], None] = lambda _attempt: None,
) -> Result[Receipts, CommitFault]:
    """Commit *load* unless it is in its tables already; whatever the answers were, the tables have the last word.

    *pause* is called with the number of the attempt that failed, before the next look. A load that was refused and that
    a look finds absent leaves no files. One whose outcome stays open keeps them all: an attempt without an answer may
    land late, so what was refused after it is open too, until it is refused again.

    Rows that were read from another state than the table has are refused: others have read them too, or those between
    would be missing.
    """
    fault: CommitFault | None = None
    attempt, unanswered = 0, False
    while True:
        looked = to.look(load)
        if isinstance(looked, Failure):
            return Failure(_open(load, fault) if fault else looked.failure())
        seen = looked.unwrap()
        if isinstance(seen, Landed):
            return Success(seen.receipts)
        if not _follows(load, seen):
            fault = StateMoved(_tables(load), load.id)
        if fault is not None and (_is_final(fault) or attempt >= attempts):
            return Failure(_open(load, fault) if unanswered else _settled(load, to, fault, seen))
        answer = to.commit(load, seen)
        if isinstance(answer, Success):
            return answer
        attempt, fault = attempt + 1, answer.failure()
        unanswered = unanswered or isinstance(fault, CommitUnknown)
        if not _is_final(fault):
            pause(attempt)


def _is_final(fault: CommitFault) -> bool:
    """Whether trying again cannot help: a refusal, or a commit that cannot even be built."""
    if isinstance(fault, DestinationFailed):
        return fault.category is not Category.TRANSIENT
    return isinstance(fault, CommitRefused | MergeRefused | StagedFilesGone | StateMoved)


def _follows(load: Load, seen: Absent) -> bool:
    """Whether the table still has the state that the load was read from; a load without a state follows any."""
    state = load.state
    is_asked = state is not None and any(state.table == version.table for version in seen.versions)
    return state is None or not is_asked or seen.state == state.follows


def _open(load: Load, fault: CommitFault) -> CommitFault:
    """Nobody knows whether an attempt has landed, or still will."""
    return fault if isinstance(fault, CommitUnknown) else CommitUnknown(_tables(load), load.id, fault.message)


def _settled(load: Load, to: Commits, fault: CommitFault, seen: Absent) -> CommitFault:
    """The last look said absent: a definite no cleans up what no table has, a lost race may be tried again later.

    What is mended by reading again takes back what landed, before it brings its rows.
    """
    if not _is_final(fault):
        return fault
    if not seen.landed:
        to.discard(load)
    elif not reads_again(fault):
        landed, missing = (", ".join(map(str, names)) for names in _parted(seen))
        return LoadInParts(missing, landed, load.id, fault.message)
    return fault


def _parted(seen: Absent) -> tuple[list[TableName], list[TableName]]:
    """The tables that have the load, and those that lack it."""
    return [receipt.table for receipt in seen.landed], [version.table for version in seen.versions]


def _tables(load: Load) -> str:
    return ", ".join(str(table) for table in load.tables)
