"""Trying again: which errors are worth it, and doing it by a policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import tenacity
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Category as ErrorCategory
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.retry import RetryPolicy
from floe_ingestion_dlt.foreign.categories import categorize_error

__all__ = ["ErrorCategory", "categorize_error", "retrying"]

ValueT = TypeVar("ValueT")


def retrying(
    policy: RetryPolicy,
    act: Callable[[], Result[ValueT, Fault]],
    sleep: Callable[[float], None],
    told: Callable[[int, Fault], None],
) -> Result[ValueT, Fault]:
    """Act until it succeeds or the policy says stop; *told* hears the number of each retry and the fault before it."""

    def again(state: tenacity.RetryCallState) -> bool:
        fault = _fault_in(state)
        return fault is not None and policy.allows(state.attempt_number, fault)

    def tell(state: tenacity.RetryCallState) -> None:
        if (fault := _fault_in(state)) is not None:
            told(state.attempt_number, fault)

    attempts = tenacity.Retrying(
        retry=again,
        wait=lambda state: policy.delay_before(state.attempt_number),
        stop=tenacity.stop_never,
        sleep=sleep,
        before_sleep=tell,
    )
    return attempts(act)


def _fault_in(state: tenacity.RetryCallState) -> Fault | None:
    if state.outcome is None or state.outcome.failed:
        return None
    result: Result[object, Fault] = state.outcome.result()
    return result.failure() if isinstance(result, Failure) else None
