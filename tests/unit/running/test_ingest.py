"""The order of a run, what of it is tried again, and what it counts."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import final

import pytest
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    Fault,
)
from floe_ingestion_dlt.domain.load import Discarded
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy
from tests.published import published_events
from tests.unit.running.scripted_runs import (
    BROKEN,
    BUSY,
    GONE,
    IN_USE,
    MOVED,
    NEW,
    OLD,
    PLAN,
    STOPPED,
    UNKNOWN,
    Drained,
    Extracted,
    reported,
    run,
)


class TestOrder:
    def test_what_is_pending_is_drained_before_anything_new_is_read(self) -> None:
        assert ["drain", "extract", "drain"] == run().steps

    def test_receipts_of_what_was_pending_come_first(self) -> None:
        assert (OLD, NEW) == run([Success((OLD,)), Success((NEW,))]).outcome.receipts

    def test_nothing_is_read_while_something_pending_cannot_be_loaded(self) -> None:
        ran = run([Failure(BROKEN)])
        assert (["drain"], reported((), BROKEN)) == (ran.steps, ran.outcome)

    def test_what_was_pending_counts_although_the_source_failed(self) -> None:
        ran = run([Success((OLD,))], [Failure(BROKEN)])
        assert (["drain", "extract"], reported((OLD,), BROKEN)) == (ran.steps, ran.outcome)

    def test_what_was_pending_counts_although_the_new_load_failed(self) -> None:
        ran = run([Success((OLD,)), Failure(BROKEN)])
        assert reported((OLD,), BROKEN) == ran.outcome

    @pytest.mark.parametrize("data", [None, object()])
    def test_the_data_given_reaches_the_extraction(self, data: object | None) -> None:
        assert [(PLAN, data)] == run(data=data).pipeline.extracted


class TestClaim:
    def test_a_run_waits_for_a_folder_that_another_run_uses(self) -> None:
        ran = run(claims=[Failure(IN_USE)] * 2)
        assert (["drain", "extract", "drain"], [1.0, 2.0]) == (ran.steps, ran.slept)
        assert None is ran.outcome.fault

    def test_nothing_is_read_or_loaded_from_a_folder_that_stays_in_use(self) -> None:
        ran = run(claims=[Failure(IN_USE)] * 9)
        assert ([], IN_USE) == (ran.steps, ran.outcome.fault)


@final
class StopsAfter:
    """Lets so many steps begin."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def check(self) -> Result[None, Fault]:
        self._left -= 1
        return Success(None) if self._left >= 0 else Failure(STOPPED)

    def at_once(self) -> AbstractContextManager[None]:
        return nullcontext()


class TestStop:
    @pytest.mark.parametrize(
        ("begun", "steps"),
        [(0, []), (1, []), (2, ["drain"]), (3, ["drain"]), (4, ["drain", "extract"])],
    )
    def test_no_step_begins_once_the_process_is_to_end(self, begun: int, steps: list[str]) -> None:
        ran = run(stop=StopsAfter(begun))
        assert (steps, STOPPED, []) == (ran.steps, ran.outcome.fault, ran.slept)

    def test_what_landed_before_counts(self) -> None:
        assert reported((OLD,), STOPPED) == run([Success((OLD,))], stop=StopsAfter(2)).outcome

    def test_nothing_is_tried_again(self) -> None:
        ran = run([Failure(BUSY)], stop=StopsAfter(2))
        assert (["drain"], STOPPED) == (ran.steps, ran.outcome.fault)


class TestReadingAgain:
    @pytest.mark.parametrize("data", [None, object()])
    def test_a_pending_load_that_never_will_land_is_passed_over(self, data: object | None) -> None:
        ran = run([Failure(GONE), Success((NEW,))], data=data)
        assert (["drain", "extract", "drain"], (NEW,), None) == (
            ran.steps,
            ran.outcome.receipts,
            ran.outcome.fault,
        )

    def test_rows_that_others_loaded_meanwhile_are_read_by_the_state_of_now(self) -> None:
        ran = run([Success((OLD,)), Failure(MOVED), Failure(MOVED), Success((NEW,))])
        assert ((OLD, NEW), None) == (ran.outcome.receipts, ran.outcome.fault)
        assert ["drain", *["extract", "drain"] * 3] == ran.steps

    def test_that_is_told(self) -> None:
        ran = run([Success(()), Failure(MOVED)])
        (told,) = published_events(ran.telemetry)
        assert ("ingestion_reads_again", {"fault": MOVED.message}) == (told.name, told.attributes)

    def test_a_source_is_not_read_for_ever(self) -> None:
        ran = run([Failure(MOVED)] * 9)
        assert (3, MOVED) == (ran.steps.count("extract"), ran.outcome.fault)

    def test_data_that_was_given_is_read_once(self) -> None:
        ran = run([Success(()), Failure(MOVED)], data=object())
        assert (1, MOVED) == (ran.steps.count("extract"), ran.outcome.fault)

    def test_a_source_that_fails_when_it_is_read_again_ends_the_run(self) -> None:
        ran = run([Success((OLD,)), Failure(MOVED)], [Success(None), Failure(BROKEN)])
        assert ((OLD,), BROKEN) == (ran.outcome.receipts, ran.outcome.fault)


class TestLoadWithAName:
    def test_is_not_read_again_when_it_is_in_its_table(self) -> None:
        ran = run(landed=Success((OLD,)))
        assert (["drain"], (OLD,), None) == (ran.steps, ran.outcome.receipts, ran.outcome.fault)

    def test_counts_once_when_it_was_pending(self) -> None:
        told = replace(OLD, discarded=(Discarded("age", 1),))
        assert (told,) == run([Success((told,))], landed=Success((OLD,))).outcome.receipts

    def test_is_not_read_while_nobody_knows_whether_it_landed(self) -> None:
        ran = run([Success((NEW,))], landed=Failure(BROKEN))
        assert (["drain"], reported((NEW,), BROKEN)) == (ran.steps, ran.outcome)


class TestRetries:
    @pytest.mark.parametrize(
        ("drains", "extracts", "steps"),
        [
            ([Failure(BUSY)] * 2, [], ["drain"] * 3 + ["extract", "drain"]),
            ([], [Failure(BUSY)] * 2, ["drain"] + ["extract"] * 3 + ["drain"]),
            ([Success(()), *[Failure(BUSY)] * 2], [], ["drain", "extract"] + ["drain"] * 3),
        ],
        ids=["drain", "extract", "load"],
    )
    def test_a_transient_fault_repeats_its_own_step_only(
        self, drains: list[Drained], extracts: list[Extracted], steps: list[str]
    ) -> None:
        ran = run(drains, extracts)
        assert (steps, [1.0, 2.0], None) == (ran.steps, ran.slept, ran.outcome.fault)

    def test_a_load_whose_answer_was_lost_is_not_read_again(self) -> None:
        ran = run([Success(()), Failure(UNKNOWN), Success((NEW,))])
        assert (1, (NEW,)) == (ran.steps.count("extract"), ran.outcome.receipts)

    @pytest.mark.parametrize(
        ("drains", "extracts"),
        [([Failure(BROKEN)], []), ([], [Failure(BROKEN)]), ([Success(()), Failure(BROKEN)], [])],
        ids=["drain", "extract", "load"],
    )
    def test_a_permanent_fault_ends_the_run_at_once(
        self, drains: list[Drained], extracts: list[Extracted]
    ) -> None:
        ran = run(drains, extracts)
        assert ([], BROKEN) == (ran.slept, ran.outcome.fault)

    def test_each_step_has_all_the_retries_of_the_policy(self) -> None:
        drains: list[Drained] = [Failure(BUSY), Success(()), Failure(BUSY), Success((NEW,))]
        ran = run(drains, [Failure(BUSY)], policy=RetryPolicy(1, 5.0))
        assert ([5.0, 5.0, 5.0], None) == (ran.slept, ran.outcome.fault)

    def test_pauses_double_up_to_the_longest(self) -> None:
        policy = RetryPolicy(4, 20.0, max_delay=60.0)
        assert [20.0, 40.0, 60.0, 60.0] == run([Failure(BUSY)] * 9, policy=policy).slept

    def test_the_last_fault_ends_a_run_whose_retries_are_used_up(self) -> None:
        ran = run([Failure(BUSY)] * 2 + [Failure(UNKNOWN)], policy=RetryPolicy(2, 1.0))
        assert (["drain"] * 3, UNKNOWN) == (ran.steps, ran.outcome.fault)

    def test_every_retry_is_told_with_its_step_and_fault(self) -> None:
        ran = run([], [Failure(BUSY)] * 2)
        told = [(event.name, event.context, event.attributes) for event in published_events(ran.telemetry)]
        assert [
            (
                "ingestion_retry",
                PLAN.context,
                {
                    "step": "extract",
                    "retry": n,
                    "delay_seconds": float(n),
                    "fault": "SourceFailed",
                    "cause": BUSY.message,
                },
            )
            for n in (1, 2)
        ] == told

    def test_the_time_of_a_run_has_its_pauses_in_it(self) -> None:
        assert 3.0 == run([], [Failure(BUSY)] * 2).outcome.seconds
