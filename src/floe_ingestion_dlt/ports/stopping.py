"""Ending a run because the process was asked to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.faults import Fault


class Stop(Protocol):
    """Whether the process was asked to end."""

    def check(self) -> Result[None, Fault]:
        """A fault once the process was asked to end; then no new step may start."""
        ...

    def at_once(self) -> AbstractContextManager[None]:
        """In the block nothing can be lost, so a request to end raises KeyboardInterrupt at once."""
        ...


@final
class NeverStops:
    """The process is never asked to end."""

    def check(self) -> Result[None, Fault]:
        return Success(None)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        yield
