"""A load that failed as what Dagster does next: try the step again, or fail at once."""

from __future__ import annotations

from typing import Final, NoReturn

from dagster import Failure, RetryPolicy, RetryRequested

from floe_ingestion_dlt.domain.faults import Category, Fault, kind_of
from floe_ingestion_dlt.domain.retry_policy import retry_after

# The page of floe-ingestion-dlt that explains each fault under its name.
ERRORS_PAGE: Final = "docs/errors.md"


def raise_for(fault: Fault, error: str, policy: RetryPolicy, attempt: int) -> NoReturn:
    """Raise, with the text of the *error*, what makes Dagster try again, if the fault may pass by itself, else a failure that it does not retry.

    *attempt* counts from 1. The pause is what the source or the catalog asked for, else that of the *policy*.
    """
    failure = _failure(fault, error)
    if fault.category is not Category.TRANSIENT:
        raise failure
    seconds = retry_after(fault) or policy.calculate_delay(attempt)
    raise RetryRequested(max_retries=policy.max_retries, seconds_to_wait=seconds) from failure


def refusal(error: str, next_step: str) -> Failure:
    """The failure of a step that cannot begin, whose run must be started in another way."""
    return Failure(f"{error}: {next_step}", metadata={"next_step": next_step}, allow_retries=False)


def _failure(fault: Fault, error: str) -> Failure:
    return Failure(
        description=error,
        metadata={
            "category": fault.category.value,
            "fault": kind_of(fault),
            "next_step": fault.next_step,
            "explained": f"{ERRORS_PAGE}#{kind_of(fault).lower()}",
        },
        allow_retries=False,
    )
