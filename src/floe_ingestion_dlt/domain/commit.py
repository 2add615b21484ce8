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
    LoadInParts,
    MergeRefused,
    StagedFilesGone,
    StateMoved,
)
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt
from floe_ingestion_dlt.domain.retry import retry_after

Receipts = tuple[Receipt, ...]


class Commits(Protocol):
    """What exactly-once asks of a destination."""

    def look(self, load: Load) -> Result[Look, CommitFault]: ...
    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]: ...
    def take_back(self, load: Load) -> Result[None, CommitFault]: ...
    def discard(self, load: Load) -> None: ...


def commit_once(
    load: Load,
    to: Commits,
    *,
    attempts: int = 20,
    unanswered: int = 20,
    pause: Callable[[int], None] = lambda _attempt: None,
) -> Result[Receipts, CommitFault]:
    """Commit *load* unless it is in its tables already; whatever the answers were, the tables have the last word.

    *pause* is called with the number of the attempt that failed, before the next look. Races may be lost in each of the
    *attempts*, but only so many may stay *unanswered*: who does not answer is left alone for longer by who tries again.

    A load that was refused and that a look finds absent leaves no files, and nothing in tables that took it before the
    others refused it. One whose outcome stays open keeps them all: an attempt without an answer may
    land late, so what was refused after it is open too, until it is refused again.

    Rows that were read from another state than the table has are refused: others have read them too, or those between
    would be missing.
    """
    fault: CommitFault | None = None
    attempt, silences, is_open = 0, 0, False
    while True:
        looked = to.look(load)
        if isinstance(looked, Failure):
            return Failure(_open(load, fault) if fault else looked.failure())
        seen = looked.unwrap()
        if isinstance(seen, Landed):
            return Success(seen.receipts)
        if not _follows(load, seen):
            fault = StateMoved(_tables(load), load.id)
        is_over = attempt >= attempts or silences >= unanswered
        if fault is not None and (_is_final(fault) or is_over):
            return Failure(_open(load, fault) if is_open else _settled(load, to, fault, seen))
        answer = to.commit(load, seen)
        if isinstance(answer, Success):
            return answer
        attempt, fault = attempt + 1, answer.failure()
        silences += not isinstance(fault, CommitConflict)
        is_open = is_open or isinstance(fault, CommitUnknown)
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
    if isinstance(fault, CommitUnknown):
        return fault
    return CommitUnknown(_tables(load), load.id, fault.message, retry_after=retry_after(fault) or None)


def _settled(load: Load, to: Commits, fault: CommitFault, seen: Absent) -> CommitFault:
    """The last look said absent: a definite no cleans up what no table has, a lost race may be tried again later.

    What landed in some tables is taken back first; the same load may come again with other rows, by its name.
    """
    if not _is_final(fault):
        return fault
    taken_back = to.take_back(load) if seen.landed else Success(None)
    if isinstance(taken_back, Failure):
        return _in_parts(load, fault, seen, taken_back.failure())
    to.discard(load)
    return fault


def _in_parts(load: Load, fault: CommitFault, seen: Absent, refused: CommitFault) -> LoadInParts:
    landed = ", ".join(str(receipt.table) for receipt in seen.landed)
    missing = ", ".join(str(version.table) for version in seen.versions)
    cause = f"{fault.message}; it cannot be taken back: {refused.message}"
    return LoadInParts(missing, landed, load.id, cause)


def _tables(load: Load) -> str:
    return ", ".join(str(table) for table in load.tables)
