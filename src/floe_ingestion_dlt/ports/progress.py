"""Showing the progress of a run."""

from __future__ import annotations

from typing import Protocol, final

from floe_ingestion_dlt.domain.faults import Context


class Progress(Protocol):
    """Shows the steps of runs while they are active. It never raises, and several threads may call `count` at the same time."""

    def begin(self, context: Context, step: str) -> None:
        """A step begins; a pipeline has one step at a time."""
        ...

    def count(self, context: Context, what: str, more: int, expected: int) -> None:
        """*more* rows of a table, files or jobs are done, and *expected* is how many more are known to follow."""
        ...

    def end(self, context: Context) -> None:
        """The pipeline's step has ended, with or without success."""
        ...


@final
class NoProgress:
    """Shows nothing."""

    def begin(self, context: Context, step: str) -> None: ...

    def count(self, context: Context, what: str, more: int, expected: int) -> None: ...

    def end(self, context: Context) -> None: ...
