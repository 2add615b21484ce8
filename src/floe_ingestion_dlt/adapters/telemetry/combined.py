"""Several telemetries as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import final

from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.metrics import MetricTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry


def standard_telemetry() -> Telemetry:
    """Spans, log lines and metrics; lines are written within spans, so that they have the trace's id."""
    return CombinedTelemetry(SpanTelemetry(), LogTelemetry(), MetricTelemetry())


@final
class CombinedTelemetry:
    """Records with each of the *parts*; the first one begins an operation first and ends it last."""

    def __init__(self, *parts: Telemetry) -> None:
        self._parts = parts

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[OngoingOperation]:
        with ExitStack() as stack:
            yield _CombinedOperation(
                [stack.enter_context(part.operation(operation, context)) for part in self._parts]
            )

    def record(self, event: Event, context: Context) -> None:
        for part in self._parts:
            part.record(event, context)

    def for_other_threads(self) -> Telemetry:
        return CombinedTelemetry(*(part.for_other_threads() for part in self._parts))

    def trace_id(self) -> str | None:
        return next((found for part in self._parts if (found := part.trace_id())), None)


@final
class _CombinedOperation:
    def __init__(self, parts: Sequence[OngoingOperation]) -> None:
        self._parts = parts

    def note(self, detail: Detail) -> None:
        for part in self._parts:
            part.note(detail)

    def fail(self, fault: Fault) -> None:
        for part in self._parts:
            part.fail(fault)
