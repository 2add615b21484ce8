from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitUnknown,
    DestinationFailed,
    Fault,
    Interrupted,
    SourceFailed,
    WorkerLost,
)
from floe_ingestion_dlt.domain.retry_policy import JITTER, RetryPolicy
from tests.unit.domain.strategies import faults

BUSY = SourceFailed("busy", Category.TRANSIENT, "Wait.")

delays = st.floats(0, 60, exclude_min=True, allow_subnormal=False)
policies = st.builds(RetryPolicy, st.integers(0, 20), delays, st.just(60.0), st.just(1e9))
retries = st.integers(1, 10_000)
chances = st.floats(0, 1)


def delay(
    policy: RetryPolicy, retry: int, fault: Fault = BUSY, passed: float = 0.0, chance: float = 0.0
) -> float:
    found = policy.delay_before(retry, fault, passed=passed, chance=chance)
    assert found is not None
    return found


class TestDelay:
    @given(policies, retries)
    def test_never_shrinks(self, policy: RetryPolicy, retry: int) -> None:
        patient = replace(policy, max_retries=retry + 1)
        assert delay(patient, retry) <= delay(patient, retry + 1)

    @given(policies, retries, chances)
    def test_is_bounded(self, policy: RetryPolicy, retry: int, chance: float) -> None:
        patient = replace(policy, max_retries=retry)
        longest = policy.max_delay * (1 + JITTER)
        assert policy.initial_delay <= delay(patient, retry, chance=chance) <= longest

    @given(policies, st.integers(1, 32))
    def test_doubles_until_it_is_as_long_as_may_be(self, policy: RetryPolicy, retry: int) -> None:
        patient = replace(policy, max_retries=99)
        assert min(2 * delay(patient, retry), policy.max_delay) == delay(patient, retry + 1)

    @given(delays)
    def test_starts_with_the_initial_one(self, initial: float) -> None:
        assert initial == delay(RetryPolicy(1, initial), 1)

    @given(policies, st.integers(1, 20), chances)
    def test_is_longer_by_chance_and_never_shorter(
        self, policy: RetryPolicy, retry: int, chance: float
    ) -> None:
        patient = replace(policy, max_retries=20)
        plain = delay(patient, retry)
        assert plain <= delay(patient, retry, chance=chance) <= plain * (1 + JITTER)

    @pytest.mark.parametrize(
        "busy",
        [
            BUSY,
            DestinationFailed("busy", Category.TRANSIENT, "Wait."),
            CommitUnknown("bronze.orders", "1", "busy"),
        ],
    )
    @given(seconds=st.floats(0, 1e6))
    def test_leaves_alone_who_wants_to_be_left_alone(
        self, busy: SourceFailed | DestinationFailed | CommitUnknown, seconds: float
    ) -> None:
        busy = replace(busy, retry_after=seconds)
        assert max(1.0, seconds) == delay(RetryPolicy(3, 1.0, deadline=1e9), 1, busy)


class TestEnd:
    @given(policies, retries, faults)
    def test_only_what_is_transient_and_not_too_often(
        self, policy: RetryPolicy, retry: int, fault: Fault
    ) -> None:
        is_other = isinstance(fault, Interrupted | WorkerLost) or fault.reads_again
        can_help = fault.category is Category.TRANSIENT and not is_other
        expected = can_help and retry <= policy.max_retries
        assert expected is (policy.delay_before(retry, fault, passed=0.0, chance=0.0) is not None)

    @given(policies, retries)
    def test_what_has_been_tried_again_nearer_to_the_fault_is_not_tried_again(
        self, policy: RetryPolicy, retry: int
    ) -> None:
        exhausted = replace(BUSY, is_exhausted=True)
        assert policy.delay_before(retry, exhausted, passed=0.0, chance=0.0) is None

    @given(policies, st.floats(0, 1e9), st.floats(0.1, 1e6), chances)
    def test_no_attempt_begins_after_the_deadline(
        self, policy: RetryPolicy, passed: float, deadline: float, chance: float
    ) -> None:
        bounded = replace(policy, max_retries=1, deadline=deadline)
        found = bounded.delay_before(1, BUSY, passed=passed, chance=chance)
        unbounded = delay(replace(policy, max_retries=1, deadline=math.inf), 1, passed=passed, chance=chance)
        assert (passed + unbounded <= deadline) is (found is not None)

    def test_who_wants_to_be_left_alone_beyond_the_deadline_is_not_asked_again(self) -> None:
        busy = replace(BUSY, retry_after=301.0)
        assert RetryPolicy().delay_before(1, busy, passed=0.0, chance=0.0) is None


class TestMake:
    @given(st.integers(0, 100), delays, st.floats(0.01, 3600), st.floats(0.01, 1e9))
    def test_takes_what_can_be_kept(
        self, retries: int, first: float, longest: float, deadline: float
    ) -> None:
        assume(first <= longest)
        made = RetryPolicy.make(retries, first, longest, deadline)
        assert Success(RetryPolicy(retries, first, longest, deadline)) == made

    @pytest.mark.parametrize(
        ("given_", "field"),
        [
            *(((3, delay), "initial_delay_seconds") for delay in (0.0, -1.0, 60.1, math.inf, math.nan)),
            *(((3, 1.0, delay), "max_delay_seconds") for delay in (0.0, -1.0, 3601.0, math.inf, math.nan)),
            *(((3, 1.0, 60.0, end), "deadline_seconds") for end in (0.0, -1.0, math.inf, math.nan)),
            ((-1, 1.0), "max_retries"),
        ],
    )
    def test_refuses_what_is_none_or_too_long(self, given_: tuple[int, float], field: str) -> None:
        assert field == RetryPolicy.make(*given_).failure().field
