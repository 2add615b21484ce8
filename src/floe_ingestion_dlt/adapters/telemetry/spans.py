"""Operations and events as OpenTelemetry spans; without an SDK nothing is recorded.

Names and meanings are those of docs/observability.md; `floe.*` are the platform's conventions for all spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, final

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from floe_ingestion_dlt.adapters.telemetry.names import (
    TRACER_NAME,
    Attribute,
    Attributes,
    Level,
    detail_attributes,
    event_entry,
    operation_entry,
)
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault, kind_of
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.ports.telemetry import Telemetry

PREFIX: Final = "ingestion."
JOB_TYPE: Final = "dlt_sync"


@final
class SpanTelemetry:
    """Makes one span for each operation, named `ingestion.<operation>`; events belong to the current span.

    Without a current span, as in threads that dlt starts, spans and events belong to the context *parent*.
    """

    def __init__(self, tracer: trace.Tracer | None = None, parent: otel.Context | None = None) -> None:
        self._tracer = tracer or trace.get_tracer(TRACER_NAME)
        self._parent = parent

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[_Span]:
        entry = operation_entry(operation)
        # Only the type of an exception is recorded, because its text and traceback may have credentials in them.
        with self._tracer.start_as_current_span(
            PREFIX + entry.name,
            context=self._here(),
            attributes=_place(context),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            span.set_attributes(_prefixed(entry.attributes))
            ongoing = _Span(span)
            try:
                yield ongoing
            except BaseException as error:
                ongoing.end_by(error)
                raise

    def record(self, event: Event, context: Context) -> None:
        entry = event_entry(event)
        level = {"error": entry.level is Level.ERROR}
        span = trace.get_current_span(self._here())
        span.add_event(entry.name, {**_place(context), **_prefixed(entry.attributes), **level})

    def for_other_threads(self) -> Telemetry:
        return SpanTelemetry(self._tracer, self._here())

    def trace_id(self) -> str | None:
        return trace_id_in(self._here())

    def _here(self) -> otel.Context:
        current = otel.get_current()
        is_open = trace.get_current_span(current).get_span_context().is_valid
        return current if is_open or self._parent is None else self._parent


def trace_id_in(context: otel.Context | None = None) -> str | None:
    """The id of the trace of the current span in *context*, or in this thread."""
    found = trace.get_current_span(context).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else None


@final
class _Span:
    def __init__(self, span: Span) -> None:
        self._span = span
        self._has_failed = False

    def note(self, detail: Detail) -> None:
        self._span.set_attributes(_prefixed(detail_attributes(detail)))

    def fail(self, fault: Fault) -> None:
        self._fail(kind_of(fault), fault.message, {"error.category": fault.category.value})

    def end_by(self, error: BaseException) -> None:
        if not self._has_failed:
            self._fail(type(error).__name__, type(error).__name__, {})

    def _fail(self, kind: str, message: str, more: Mapping[str, str]) -> None:
        self._has_failed = True
        self._span.set_attributes({"error.type": kind, "error.message": message, **more})
        self._span.set_status(Status(StatusCode.ERROR, message))


def _place(context: Context) -> dict[str, Attribute]:
    namespace = context.destination_table.rpartition(".")[0]
    known = {
        "ingestion.source_type": context.source_type,
        "ingestion.destination_table": context.destination_table,
        "ingestion.pipeline_name": context.pipeline_name,
        "floe.namespace": namespace or context.destination_table,
        "floe.pipeline.id": context.pipeline_name,
    }
    return {"floe.job.type": JOB_TYPE, **{key: value for key, value in known.items() if value}}


def _prefixed(attributes: Attributes) -> dict[str, Attribute]:
    return {PREFIX + key: value for key, value in attributes.items()}
