"""Telemetry that keeps what it records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.ports.telemetry import Telemetry


@final
@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event and its context."""

    event: Event
    context: Context


@final
@dataclass(slots=True)
class RecordedOperation:
    """An operation with its details and its fault."""

    operation: Operation
    context: Context
    details: list[Detail] = field(default_factory=list)
    fault: Fault | None = None

    def note(self, detail: Detail) -> None:
        self.details.append(detail)

    def fail(self, fault: Fault) -> None:
        self.fault = fault


@final
class MemoryTelemetry:
    """Keeps everything that it records; *trace_id* is the id of every trace."""

    def __init__(self, trace_id: str | None = None) -> None:
        self.operations: list[RecordedOperation] = []
        self.events: list[RecordedEvent] = []
        self._trace_id = trace_id

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[RecordedOperation]:
        recorded = RecordedOperation(operation, context)
        self.operations.append(recorded)
        yield recorded

    def record(self, event: Event, context: Context) -> None:
        self.events.append(RecordedEvent(event, context))

    def for_other_threads(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return self._trace_id
