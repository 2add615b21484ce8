"""Retries: which errors are worth a retry, and retrying by a policy."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, final

import tenacity
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.events import Retried
from floe_ingestion_dlt.domain.faults import Category as ErrorCategory
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy, Step
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.telemetry import Telemetry

__all__ = ["ErrorCategory", "PolicyRetries", "categorize_error"]

ValueT = TypeVar("ValueT")


def categorize_error(error: BaseException) -> ErrorCategory:
    """Whether trying again can help: the category of the outermost error in the chain that has one, else PERMANENT."""
    # The module imports the error types of dlt, pyiceberg and their tools, which takes seconds.
    from floe_ingestion_dlt.library_errors.categories import categorize_error as category_of  # noqa: PLC0415

    return category_of(error)


@final
class PolicyRetries:
    """The retries of one run: they follow a policy, are counted, and are recorded in *telemetry*."""

    def __init__(self, policy: RetryPolicy, clock: Clock, telemetry: Telemetry, context: Context) -> None:
        self._policy, self._clock, self._telemetry, self._context = policy, clock, telemetry, context
        # dlt reads some sources in several threads.
        self._lock = Lock()
        self._made = 0
        self._began = clock.now()

    @property
    def made(self) -> int:
        return self._made

    @property
    def deadline(self) -> float:
        return self._policy.deadline

    def left(self) -> float | None:
        passed = self._clock.now() - self._began
        return max(self._policy.deadline - passed, 0.0) if self._policy.bounds_answers else None

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
        failed_at: list[float] = []
        delays: list[float] = []

        def again(state: tenacity.RetryCallState) -> bool:
            fault = _fault_in(state)
            if fault is None:
                return False
            failed_at.append(self._clock.now())
            passed = failed_at[-1] - failed_at[0]
            delay = self._policy.delay_before(
                state.attempt_number, fault, passed=passed, chance=self._clock.chance()
            )
            if delay is None:
                return False
            delays.append(delay)
            self._record(step, state.attempt_number, delay, fault)
            return True

        attempts = tenacity.Retrying(
            retry=again, wait=lambda _: delays[-1], stop=tenacity.stop_never, sleep=self._clock.sleep
        )
        return attempts(act)

    def _record(self, step: Step, retry: int, delay: float, fault: Fault) -> None:
        with self._lock:
            self._made += 1
        self._telemetry.record(Retried(step, retry, delay, fault), self._context)


def _fault_in(state: tenacity.RetryCallState) -> Fault | None:
    if state.outcome is None or state.outcome.failed:
        return None
    result: Result[object, Fault] = state.outcome.result()
    return result.failure() if isinstance(result, Failure) else None
