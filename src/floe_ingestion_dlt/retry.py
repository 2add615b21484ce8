"""Trying again: which errors are worth it, and doing it by a policy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TypeVar, final

import tenacity
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Category as ErrorCategory
from floe_ingestion_dlt.domain.faults import Context, Fault, kind_of
from floe_ingestion_dlt.domain.retry import RetryPolicy
from floe_ingestion_dlt.foreign.categories import categorize_error
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.telemetry import Telemetry

__all__ = ["ErrorCategory", "PolicyRetries", "categorize_error"]

ValueT = TypeVar("ValueT")


@final
class PolicyRetries:
    """The retries of one run: made by a policy, counted, and told to who watches."""

    def __init__(self, policy: RetryPolicy, clock: Clock, telemetry: Telemetry, context: Context) -> None:
        self._policy, self._clock, self._telemetry, self._context = policy, clock, telemetry, context
        # dlt reads some sources in several threads, and drawing from this counter is one step.
        self._counter = count()
        self._made = 0

    @property
    def most(self) -> int:
        return self._policy.max_retries

    @property
    def made(self) -> int:
        return self._made

    def attempt(self, name: str, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
        start = self._clock.now()

        def wanted(state: tenacity.RetryCallState) -> float | None:
            fault = _fault_in(state)
            if fault is None:
                return None
            passed, chance = self._clock.now() - start, self._clock.chance()
            return self._policy.delay_before(state.attempt_number, fault, passed=passed, chance=chance)

        delays: dict[int, float] = {}

        def again(state: tenacity.RetryCallState) -> bool:
            delay = wanted(state)
            if delay is None:
                return False
            delays[state.attempt_number] = delay
            return True

        attempts = tenacity.Retrying(
            retry=again,
            wait=lambda state: delays[state.attempt_number],
            stop=tenacity.stop_never,
            sleep=self._clock.sleep,
            before_sleep=lambda state: self._tell(name, state, delays[state.attempt_number]),
        )
        return attempts(act)

    def _tell(self, name: str, state: tenacity.RetryCallState, delay: float) -> None:
        self._made = next(self._counter) + 1
        if (fault := _fault_in(state)) is not None:
            self._telemetry.event(
                "ingestion_retry",
                self._context,
                {
                    "step": name,
                    "retry": state.attempt_number,
                    "delay_seconds": round(delay, 3),
                    "fault": kind_of(fault),
                    "cause": fault.message,
                },
            )


def _fault_in(state: tenacity.RetryCallState) -> Fault | None:
    if state.outcome is None or state.outcome.failed:
        return None
    result: Result[object, Fault] = state.outcome.result()
    return result.failure() if isinstance(result, Failure) else None
