"""Which run a load belongs to: a retry completes the load of the run that it retries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

RETRY_NUMBER: Final = "dagster/retry_number"
RESUME: Final = "dagster/is_resume_retry"


class RetriableRun(Protocol):
    """What is asked of a run of Dagster's."""

    @property
    def run_id(self) -> str: ...
    @property
    def parent_run_id(self) -> str | None: ...
    @property
    def tags(self) -> Mapping[str, str]: ...


def loading_run_id(run: RetriableRun, find: Callable[[str], RetriableRun | None]) -> str:
    """The id of the run whose loads *run* makes: its own, or that of the run which it retries or resumes.

    Dagster's automatic retries and resumed runs name the run before them as their parent. A run that a person executes
    again from the start has a parent, too, but loads anew. Where a parent is not stored any more, its id is still known.
    """
    parent = run.parent_run_id
    if parent is None or not _goes_on(run):
        return run.run_id
    before = find(parent)
    return parent if before is None else loading_run_id(before, find)


def _goes_on(run: RetriableRun) -> bool:
    return RETRY_NUMBER in run.tags or run.tags.get(RESUME) == "true"


def load_key(run_id: str, asset: str, partition: str | None) -> str:
    """The idempotency key of what a run loads into an asset, or into a partition of it."""
    return "/".join(part for part in (run_id, asset, partition) if part is not None)
