"""Commits exactly once: the tables are checked for the load before every attempt, and after every answer that is not a success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    CommitConflict,
    CommitFault,
    CommitUnknown,
    LoadInParts,
    StateMoved,
    TableDropped,
)
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt
from floe_ingestion_dlt.domain.retry_policy import retry_after

Receipts = tuple[Receipt, ...]


class Commits(Protocol):
    """The methods of a destination that `commit_once` uses."""

    def look(self, load: Load) -> Result[Look, CommitFault]: ...
    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]: ...
    def fence(self, load: Load) -> Result[None, CommitFault]: ...
    def take_back(self, load: Load) -> Result[None, CommitFault]: ...


def commit_once(  # noqa: PLR0913 - all but two have defaults
    load: Load,
    to: Commits,
    *,
    was_sent: bool = False,
    attempts: int = 20,
    unanswered: int = 20,
    pause: Callable[[int], None] = lambda _attempt: None,
) -> Result[Receipts, CommitFault]:
    """Commit *load* unless it is already in its tables; the tables decide the outcome, not the answers.

    *was_sent*: an earlier call, in this process or another one, may have sent the load, and its outcome is not known.
    *pause* is called with the number of the failed attempt, before the next look. *attempts* limits the attempts, and
    *unanswered* limits those that end without a clear answer.

    No file is deleted. A request without an answer may land at any later time. So a refusal after such a request is final only
    after the tables were fenced against it and a look has found the load absent. If the tables cannot be fenced, the outcome is
    `CommitUnknown`, and the load stays pending.

    A load is refused if its rows were read from a state that the table no longer has: another load has added the same rows, or
    earlier rows are missing. So is one that was sent before a reset has undone it.
    """
    fault: CommitFault | None = None
    attempt, silences, is_open = 0, 0, was_sent
    while True:
        looked = to.look(load)
        if isinstance(looked, Failure):
            return Failure(_not_seen(load, looked.failure(), fault, is_open=is_open))
        seen = looked.unwrap()
        if isinstance(seen, Landed):
            return Success(seen.receipts)
        if not _follows(load, seen) or (is_open and seen.was_undone):
            fault = StateMoved(_tables(load), load.id)
        is_over = attempt >= attempts or silences >= unanswered
        if fault is not None and is_open and fault.is_final:
            fenced = to.fence(load)
            if isinstance(fenced, Failure):
                return Failure(_unknown(load, fault))
            is_open = False
            continue
        if fault is not None and (fault.is_final or is_over):
            return Failure(_unknown(load, fault) if is_open else _refused(load, to, fault, seen))
        answer = to.commit(load, seen)
        if isinstance(answer, Success):
            return answer
        attempt, fault = attempt + 1, answer.failure()
        silences += not isinstance(fault, CommitConflict)
        is_open = is_open or isinstance(fault, CommitUnknown)
        if not fault.is_final:
            pause(attempt)


def _follows(load: Load, seen: Absent) -> bool:
    """Whether the table still has the state from which the load was read; always true for a load without a state."""
    state = load.state
    is_asked = state is not None and any(state.table == version.table for version in seen.versions)
    return state is None or not is_asked or seen.state == state.follows


def _not_seen(load: Load, looked: CommitFault, fault: CommitFault | None, *, is_open: bool) -> CommitFault:
    """The fault of tables that cannot be checked: an earlier answer stays unknown, but no request can land in a dropped table."""
    if isinstance(looked, TableDropped) or (fault is None and not is_open):
        return looked
    return _unknown(load, fault or looked)


def _unknown(load: Load, fault: CommitFault) -> CommitFault:
    """The fault if it is not known whether an attempt has landed or still will."""
    if isinstance(fault, CommitUnknown):
        return fault
    return CommitUnknown(_tables(load), load.id, fault.message, retry_after=retry_after(fault) or None)


def _refused(load: Load, to: Commits, fault: CommitFault, seen: Absent) -> CommitFault:
    """The fault of a load that is absent, with no request still open; it is taken back from tables that have it.

    After a fault that is not final, nothing is taken back, because the load may be committed later. After a final one it must be,
    because a load with the same id may come with other rows.
    """
    if not fault.is_final or not seen.landed:
        return fault
    taken_back = to.take_back(load)
    return _in_parts(load, fault, seen, taken_back.failure()) if isinstance(taken_back, Failure) else fault


def _in_parts(load: Load, fault: CommitFault, seen: Absent, refused: CommitFault) -> LoadInParts:
    landed = ", ".join(str(receipt.table) for receipt in seen.landed)
    missing = ", ".join(str(version.table) for version in seen.versions)
    cause = f"{fault.message}; it cannot be taken back: {refused.message}"
    return LoadInParts(missing, landed, load.id, cause)


def _tables(load: Load) -> str:
    return ", ".join(str(table) for table in load.tables)
