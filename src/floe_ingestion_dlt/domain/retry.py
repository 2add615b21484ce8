"""When to try again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, Fault, Invalid


@final
@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most *max_retries* further attempts, the first after *initial_delay* seconds, each delay twice the last."""

    max_retries: int = 3
    initial_delay: float = 1.0
    max_delay: float = 60.0

    @classmethod
    def make(cls, max_retries: int, initial_delay: float) -> Result[RetryPolicy, Invalid]:
        if max_retries < 0:
            return Failure(Invalid("max_retries", str(max_retries), "0 or more"))
        if not 0 < initial_delay <= cls().max_delay:
            return Failure(Invalid("initial_delay_seconds", str(initial_delay), "more than 0 and at most 60"))
        return Success(cls(max_retries, initial_delay))

    def delay_before(self, retry: int) -> float:
        """Seconds to wait before retry number *retry*, counted from 1."""
        return min(self.initial_delay * 2.0 ** min(retry - 1, 32), self.max_delay)

    def allows(self, retry: int, fault: Fault) -> bool:
        """Whether retry number *retry* may be made after *fault*: a transient one, and not too often."""
        return fault.category is Category.TRANSIENT and retry <= self.max_retries
