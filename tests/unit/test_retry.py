from __future__ import annotations

import pytest
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.retry import RetryPolicy
from floe_ingestion_dlt.retry import retrying


def fault(category: Category = Category.TRANSIENT) -> Fault:
    return SourceFailed("busy", category, "wait")


class TestRetrying:
    def run(
        self, policy: RetryPolicy, *answers: Result[int, Fault]
    ) -> tuple[Result[int, Fault], list[float], list[int]]:
        waited: list[float] = []
        told: list[int] = []
        left = iter(answers)
        result = retrying(policy, lambda: next(left), waited.append, lambda retry, _: told.append(retry))
        return result, waited, told

    def test_a_transient_fault_is_tried_again_with_growing_pauses(self) -> None:
        result, waited, told = self.run(RetryPolicy(3, 1.0), Failure(fault()), Failure(fault()), Success(7))
        assert (Success(7), [1.0, 2.0], [1, 2]) == (result, waited, told)

    def test_the_last_fault_is_answered_when_retries_are_used_up(self) -> None:
        result, waited, _ = self.run(RetryPolicy(2, 1.0), *[Failure(fault())] * 3)
        assert (Failure(fault()), [1.0, 2.0]) == (result, waited)

    @pytest.mark.parametrize("category", [Category.PERMANENT, Category.CONFIGURATION])
    def test_other_faults_are_answered_at_once(self, category: Category) -> None:
        result, waited, told = self.run(RetryPolicy(3, 1.0), Failure(fault(category)))
        assert (Failure(fault(category)), [], []) == (result, waited, told)

    def test_no_retries_means_one_attempt(self) -> None:
        assert (Failure(fault()), [], []) == self.run(RetryPolicy(0, 1.0), Failure(fault()))

    def test_an_exception_passes_through(self) -> None:
        def act() -> Result[int, Fault]:
            raise KeyError("a bug")

        with pytest.raises(KeyError, match="a bug"):
            retrying(RetryPolicy(3, 1.0), act, lambda _: None, lambda _, __: None)
