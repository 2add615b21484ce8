"""When to retry, and after how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitUnknown,
    DestinationFailed,
    Fault,
    Interrupted,
    Invalid,
    SourceFailed,
    WorkerLost,
)

# A delay is randomly longer by up to this part, so that clients that failed together do not retry together.
JITTER: Final = 0.5
LONGEST_DELAY: Final = 3600.0


class Step(Enum):
    """What is retried by itself: a step of a run, or a request to an API."""

    CLAIM = "claim"
    DRAIN = "drain"
    LOOK = "look"
    EXTRACT = "extract"
    LOAD = "load"
    ACKNOWLEDGE = "acknowledge"
    REQUEST = "request"


@final
@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most *max_retries* retries; all times are in seconds.

    The first retry follows *initial_delay* after the fault, and each delay is twice the one before, up to *max_delay*. If the
    server asked for a longer delay, that is used. No attempt starts later than *deadline* after the first one failed. If the
    deadline *bounds_answers*, the wait for an answer ends with the deadline, counted from the start of the run.
    """

    max_retries: int = 3
    initial_delay: float = 1.0
    max_delay: float = 60.0
    deadline: float = 300.0
    bounds_answers: bool = False

    @classmethod
    def make(
        cls, max_retries: int, initial_delay: float, max_delay: float = 60.0, deadline: float = 300.0
    ) -> Result[RetryPolicy, Invalid]:
        if max_retries < 0:
            return Failure(Invalid("max_retries", str(max_retries), "0 or more"))
        if not 0 < max_delay <= LONGEST_DELAY:
            return Failure(Invalid("max_delay_seconds", str(max_delay), "more than 0 and at most 3600"))
        if not 0 < initial_delay <= max_delay:
            wanted = f"more than 0 and at most {max_delay:g}, which is max_delay_seconds"
            return Failure(Invalid("initial_delay_seconds", str(initial_delay), wanted))
        if not 0 < deadline < float("inf"):
            return Failure(Invalid("deadline_seconds", str(deadline), "more than 0"))
        return Success(cls(max_retries, initial_delay, max_delay, deadline))

    def delay_before(self, retry: int, fault: Fault, *, passed: float, chance: float) -> float | None:
        """The seconds to wait before retry number *retry*, counted from 1; None if there must be no retry.

        *passed* are the seconds since the first attempt failed, *chance* is a random number from 0 to 1.
        """
        if fault.category is not Category.TRANSIENT or is_exhausted(fault) or retry > self.max_retries:
            return None
        backoff = min(self.initial_delay * 2.0 ** min(retry - 1, 64), self.max_delay)
        delay = max(backoff * (1 + JITTER * chance), retry_after(fault))
        return delay if passed + delay <= self.deadline else None


def retry_after(fault: Fault) -> float:
    """The seconds to wait that the server asked for; 0 if it did not ask."""
    seconds = (
        fault.retry_after if isinstance(fault, SourceFailed | DestinationFailed | CommitUnknown) else None
    )
    return seconds or 0.0


def exhausted(fault: Fault) -> Fault:
    """The fault, marked so that outer layers do not retry it; only faults of sources can be marked."""
    return replace(fault, is_exhausted=True) if isinstance(fault, SourceFailed) else fault


def is_exhausted(fault: Fault) -> bool:
    """Whether the step must not be retried: it already was, it cannot be, or the run reads the rows again."""
    return (
        fault.reads_again
        or isinstance(fault, Interrupted | WorkerLost)
        or (isinstance(fault, SourceFailed) and fault.is_exhausted)
    )
