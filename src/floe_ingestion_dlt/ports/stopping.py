"""Ending a run because somebody wants the process to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.faults import Fault


class Stop(Protocol):
    """Whether the process was asked to end, as runs see it."""

    def check(self) -> Result[None, Fault]:
        """A fault once the process was asked to end; nothing new should begin then."""
        ...

    def at_once(self) -> AbstractContextManager[None]:
        """Within the block nothing can be lost: a request ends it by a KeyboardInterrupt."""
        ...


@final
class NeverStops:
    """Nobody asks."""

    def check(self) -> Result[None, Fault]:
        return Success(None)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        yield
