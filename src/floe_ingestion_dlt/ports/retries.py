"""Trying again what failed for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, final

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy, Step

ValueT = TypeVar("ValueT")


class Retries(Protocol):
    """How a run tries again; only what is safe to repeat where it stands is handed over."""

    @property
    def made(self) -> int:
        """How often acts have been tried again by now, all together."""
        ...

    @property
    def deadline(self) -> float:
        """The seconds after which nothing more is tried, and no answer is waited for."""
        ...

    def left(self) -> float | None:
        """The seconds that the run may still wait for an answer; None where nobody has set a deadline."""
        ...

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
        """What *act* answers, once it succeeds or nothing more is to be tried; *step* says what it is a part of."""
        ...


@final
class Never:
    """Nothing is tried again."""

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
