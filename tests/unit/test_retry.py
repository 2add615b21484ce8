from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

import pytest
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.memory import ManualClock, MemoryTelemetry
from floe_ingestion_dlt.domain.faults import Category, Context, Fault, SourceFailed
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy, Step
from floe_ingestion_dlt.retry import PolicyRetries
from tests.published import published_events

WHERE = Context("rest_api", "bronze.orders", "bronze-orders")


def fault(category: Category = Category.TRANSIENT, **more: object) -> Fault:
    return SourceFailed("busy", category, "wait", **more)  # type: ignore[arg-type]


@final
@dataclass
class Tried:
    """An act that was tried by a policy, and what was seen of it."""

    result: Result[int, Fault]
    clock: ManualClock
    telemetry: MemoryTelemetry
    made: int

    @property
    def told(self) -> list[object]:
        return [event.attributes["retry"] for event in published_events(self.telemetry)]


def tried(policy: RetryPolicy, *answers: Result[int, Fault]) -> Tried:
    clock, telemetry = ManualClock(), MemoryTelemetry()
    left: Iterator[Result[int, Fault]] = iter(answers)
    retries = PolicyRetries(policy, clock, telemetry, WHERE)
    result = retries.attempt(Step.EXTRACT, lambda: next(left))
    return Tried(result, clock, telemetry, retries.made)


@final
@dataclass
class LongActs:
    """Acts that take ten seconds each."""

    clock: ManualClock
    done: list[float] = field(default_factory=list)

    def __call__(self) -> Result[int, Fault]:
        self.done.append(self.clock.now())
        self.clock.sleep(10.0)
        return Failure(fault())


class TestAttempt:
    def test_a_transient_fault_is_tried_again_with_growing_pauses(self) -> None:
        it = tried(RetryPolicy(3, 1.0), Failure(fault()), Failure(fault()), Success(7))
        assert (Success(7), [1.0, 2.0], [1, 2], 2) == (it.result, it.clock.slept, it.told, it.made)

    def test_the_last_fault_is_answered_when_retries_are_used_up(self) -> None:
        it = tried(RetryPolicy(2, 1.0), *[Failure(fault())] * 3)
        assert (Failure(fault()), [1.0, 2.0]) == (it.result, it.clock.slept)

    @pytest.mark.parametrize("category", [Category.PERMANENT, Category.CONFIGURATION, Category.PARTIAL])
    def test_other_faults_are_answered_at_once(self, category: Category) -> None:
        it = tried(RetryPolicy(3, 1.0), Failure(fault(category)))
        assert (Failure(fault(category)), [], [], 0) == (it.result, it.clock.slept, it.told, it.made)

    def test_no_retries_means_one_attempt(self) -> None:
        it = tried(RetryPolicy(0, 1.0), Failure(fault()))
        assert (Failure(fault()), []) == (it.result, it.clock.slept)

    def test_who_answers_not_before_is_left_alone_so_long(self) -> None:
        it = tried(RetryPolicy(3, 1.0), Failure(fault(retry_after=30.0)), Success(7))
        assert (Success(7), [30.0]) == (it.result, it.clock.slept)

    def test_what_has_been_tried_often_enough_is_not_tried_again(self) -> None:
        it = tried(RetryPolicy(3, 1.0), Failure(fault(is_exhausted=True)))
        assert [] == it.clock.slept

    def test_the_deadline_counts_from_the_first_failure(self) -> None:
        clock = ManualClock()
        acts = LongActs(clock)
        policy = RetryPolicy(9, 1.0, deadline=14.0)
        PolicyRetries(policy, clock, MemoryTelemetry(), WHERE).attempt(Step.LOAD, acts)
        # failures at 10, 21 and 33: the second retry begins 13 seconds after the first failure, a third would be late
        assert [0.0, 11.0, 23.0] == acts.done

    def test_each_retry_is_told_with_its_fault_and_delay(self) -> None:
        it = tried(RetryPolicy(3, 1.0), Failure(fault()), Success(7))
        (event,) = published_events(it.telemetry)
        expected = {"step": "extract", "retry": 1, "delay_seconds": 1.0, "fault": "SourceFailed"}
        assert expected.items() <= event.attributes.items()
        assert ("ingestion_retry", WHERE, False) == (event.name, event.context, event.error)

    def test_an_exception_passes_through(self) -> None:
        def act() -> Result[int, Fault]:
            raise KeyError("a bug")

        with pytest.raises(KeyError, match="a bug"):
            PolicyRetries(RetryPolicy(), ManualClock(), MemoryTelemetry(), WHERE).attempt(Step.LOAD, act)


class TestLeft:
    def test_what_is_left_of_a_deadline_that_is_set_becomes_less_until_nothing_is(self) -> None:
        clock = ManualClock()
        retries = PolicyRetries(
            RetryPolicy(deadline=10.0, bounds_answers=True), clock, MemoryTelemetry(), WHERE
        )
        assert 10.0 == retries.left()
        clock.sleep(7.0)
        assert 3.0 == retries.left()
        clock.sleep(7.0)
        assert 0.0 == retries.left()

    def test_the_usual_deadline_is_one_for_retries_only(self) -> None:
        assert PolicyRetries(RetryPolicy(), ManualClock(), MemoryTelemetry(), WHERE).left() is None
