"""How often failures that may pass are retried."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from pydantic import Field, model_validator
from returns.result import Result

from floe_ingestion_dlt.boundary.validation import Strict, value_or_raise
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy


class RetryConfig(Strict):
    """How often, and after how many seconds, a transient failure is retried.

    Each delay is twice the one before, plus random jitter. If a source or catalog sends `Retry-After`, the delay is at least that
    long. No attempt starts later than `deadline_seconds` after the first one failed, and an answer of an API must be complete
    within that time. If `deadline_seconds` is set, the wait for a database's answer ends with the time that is left of it.
    """

    max_retries: int = Field(3, description="How often a failure that may pass is retried; 0 for never.")
    initial_delay_seconds: float = Field(
        1.0, description="The delay before the first retry; each later one is twice as long."
    )
    max_delay_seconds: float = Field(60.0, description="The longest delay.")
    deadline_seconds: float = Field(
        300.0, description="No retry starts later than this after the first failure."
    )

    @model_validator(mode="after")
    def _is_a_policy(self) -> Self:
        value_or_raise(self._made())
        return self

    @property
    def policy(self) -> RetryPolicy:
        return replace(self._made().unwrap(), bounds_answers="deadline_seconds" in self.model_fields_set)

    def _made(self) -> Result[RetryPolicy, Invalid]:
        return RetryPolicy.make(
            self.max_retries, self.initial_delay_seconds, self.max_delay_seconds, self.deadline_seconds
        )
