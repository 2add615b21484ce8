"""Recording what runs do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation


class OngoingOperation(Protocol):
    """An operation that has begun and not ended."""

    def note(self, detail: Detail) -> None:
        """Add what is known by now."""
        ...

    def fail(self, fault: Fault) -> None:
        """Mark the operation as failed."""
        ...


class Telemetry(Protocol):
    """Records operations and events. Recording never fails, and never holds a credential."""

    def operation(self, operation: Operation, context: Context) -> AbstractContextManager[OngoingOperation]:
        """Record that the operation begins, and that it ends with the block."""
        ...

    def record(self, event: Event, context: Context) -> None:
        """Record that something happened."""
        ...

    def for_other_threads(self) -> Telemetry:
        """The same for other threads: what they record belongs to the operation that goes on in this one now."""
        ...

    def trace_id(self) -> str | None:
        """The id of the trace of what goes on, 32 hexadecimal digits (W3C Trace Context); None where none is traced."""
        ...
