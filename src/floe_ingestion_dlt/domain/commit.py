"""Exactly once: a load is looked for before every attempt to commit it, and after every answer that is not a success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
)
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt

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

    *pause* is called with the number of the attempt that failed, before the next one. A load that was refused and that
    a look finds absent leaves no files; one whose outcome stays open keeps them all.
    """
    fault: CommitFault | None = None
    for attempt in range(1, attempts + 2):
        looked = to.look(load)
        if isinstance(looked, Failure):
            return Failure(_open(load, fault) if fault else looked.failure())
        seen = looked.unwrap()
        if isinstance(seen, Landed):
            return Success(seen.receipts)
        if _is_final(fault) or (fault is not None and attempt > attempts):
            break
        answer = to.commit(load, seen)
        if isinstance(answer, Success):
            return answer
        fault = answer.failure()
        if not _is_final(fault):
            pause(attempt)
    return Failure(_settled(load, to, fault))


def _is_final(fault: CommitFault | None) -> bool:
    """Whether trying again cannot help: a refusal, or a commit that could not even be built."""
    match fault:
        case CommitRefused():
            return True
        case DestinationFailed():
            return fault.category is not Category.TRANSIENT
        case _:
            return False


def _open(load: Load, fault: CommitFault) -> CommitFault:
    """The tables could not be looked at after an attempt: nobody knows."""
    return CommitUnknown(_tables(load), load.id, fault.message)


def _settled(load: Load, to: Commits, fault: CommitFault | None) -> CommitFault:
    """The last look said absent: a definite no cleans up, a lost race or answer may be tried again later."""
    if _is_final(fault):
        to.discard(load)
    return fault or CommitConflict(_tables(load), load.id, "no attempt was made")


def _tables(load: Load) -> str:
    return ", ".join(str(table) for table in load.tables)
