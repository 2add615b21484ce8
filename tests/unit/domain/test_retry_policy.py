from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.faults import Category, Fault
from floe_ingestion_dlt.domain.retry import RetryPolicy
from tests.unit.domain.strategies import faults

delays = st.floats(0, 60, exclude_min=True, allow_subnormal=False)
policies = st.builds(RetryPolicy, st.integers(0, 20), delays)
retries = st.integers(1, 10_000)


class TestDelay:
    @given(policies, retries)
    def test_never_shrinks(self, policy: RetryPolicy, retry: int) -> None:
        assert policy.delay_before(retry) <= policy.delay_before(retry + 1)

    @given(policies, retries)
    def test_is_bounded(self, policy: RetryPolicy, retry: int) -> None:
        assert policy.initial_delay <= policy.delay_before(retry) <= policy.max_delay

    @given(policies, st.integers(1, 32))
    def test_doubles_until_it_is_as_long_as_may_be(self, policy: RetryPolicy, retry: int) -> None:
        doubled = min(2 * policy.delay_before(retry), policy.max_delay)
        assert doubled == policy.delay_before(retry + 1)

    @given(policies)
    def test_starts_with_the_initial_one(self, policy: RetryPolicy) -> None:
        assert policy.initial_delay == policy.delay_before(1)


class TestAllows:
    @given(policies, retries, faults)
    def test_only_what_is_transient_and_not_too_often(
        self, policy: RetryPolicy, retry: int, fault: Fault
    ) -> None:
        expected = fault.category is Category.TRANSIENT and retry <= policy.max_retries
        assert expected is policy.allows(retry, fault)

    @given(policies, faults.filter(lambda fault: fault.category is not Category.TRANSIENT))
    def test_no_retry_of_what_will_not_pass(self, policy: RetryPolicy, fault: Fault) -> None:
        assert not policy.allows(1, fault)


class TestMake:
    @given(st.integers(0, 100), delays)
    def test_takes_what_can_be_kept(self, retries: int, delay: float) -> None:
        assert Success(RetryPolicy(retries, delay)) == RetryPolicy.make(retries, delay)

    @given(st.integers(max_value=-1), delays)
    def test_refuses_a_negative_count(self, retries: int, delay: float) -> None:
        assert "max_retries" == RetryPolicy.make(retries, delay).failure().field

    @pytest.mark.parametrize("delay", [0.0, -1.0, 60.1, math.inf, math.nan])
    def test_refuses_a_delay_that_is_none_or_too_long(self, delay: float) -> None:
        assert "initial_delay_seconds" == RetryPolicy.make(3, delay).failure().field
