"""How people see that a run goes on."""

from __future__ import annotations

from typing import Protocol, final

from floe_ingestion_dlt.domain.faults import Context


class Progress(Protocol):
    """Shows a run's steps while they go on. Threads of a step may count at the same time; showing never fails."""

    def begin(self, context: Context, step: str) -> None:
        """A step begins; of each pipeline one at a time."""
        ...

    def count(self, context: Context, what: str, more: int, expected: int) -> None:
        """*more* rows of a table, files or jobs are done, and so many more are *expected*, as far as that is known."""
        ...

    def end(self, context: Context) -> None:
        """The pipeline's step is over, in whatever way."""
        ...


@final
class Unseen:
    """Shows nothing."""

    def begin(self, context: Context, step: str) -> None: ...

    def count(self, context: Context, what: str, more: int, expected: int) -> None: ...

    def end(self, context: Context) -> None: ...
