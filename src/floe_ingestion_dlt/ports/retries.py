"""Retrying what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, final

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy, Step

ValueT = TypeVar("ValueT")


class Retries(Protocol):
    """The retries of a run; callers pass only functions that are safe to call again."""

    @property
    def made(self) -> int:
        """The number of all retries so far."""
        ...

    @property
    def deadline(self) -> float:
        """The seconds after which there are no more retries, and waiting for an answer ends."""
        ...

    def left(self) -> float | None:
        """The seconds for which the run may still wait for an answer; None if no deadline is set."""
        ...

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
        """Call *act* until it succeeds or must not be retried, and return its last result; *step* is what it is a part of."""
        ...


@final
class NoRetries:
    """Never retries."""

    @property
    def made(self) -> int:
        return 0

    @property
    def deadline(self) -> float:
        return RetryPolicy().deadline

    def left(self) -> float | None:
        return None

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:  # noqa: ARG002 - the port's
        return act()
