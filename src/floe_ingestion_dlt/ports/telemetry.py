"""Recording operations and events."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation


class OngoingOperation(Protocol):
    """An operation that has begun and has not ended."""

    def note(self, detail: Detail) -> None:
        """Add a detail."""
        ...

    def fail(self, fault: Fault) -> None:
        """Mark the operation as failed."""
        ...


class Telemetry(Protocol):
    """Records operations and events. Recording never fails, and never holds a credential."""

    def operation(self, operation: Operation, context: Context) -> AbstractContextManager[OngoingOperation]:
        """Record the beginning of the operation, and its end when the block ends."""
        ...

    def record(self, event: Event, context: Context) -> None:
        """Record an event."""
        ...

    def for_other_threads(self) -> Telemetry:
        """Telemetry for other threads: what they record belongs to the operation that is active in this thread now."""
        ...

    def trace_id(self) -> str | None:
        """The id of the active trace, 32 hexadecimal digits (W3C Trace Context); None if nothing is traced."""
        ...
