"""Operations and events as OpenTelemetry spans; without an SDK they cost nothing.

Names and meanings are those of docs/observability.md; `floe.*` are the platform's conventions for every span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, final

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from floe_ingestion_dlt.domain.faults import Context, Fault, kind_of
from floe_ingestion_dlt.ports.telemetry import Attribute, Telemetry

PREFIX: Final = "ingestion."
JOB_TYPE: Final = "dlt_sync"


@final
class SpanTelemetry:
    """One span for each operation, named `ingestion.<operation>`; events hang on the span that is open.

    Where none is open, as in threads that dlt starts, *carried_from* is the context that spans and events belong to.
    """

    def __init__(self, tracer: trace.Tracer | None = None, carried_from: otel.Context | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("floe_ingestion_dlt")
        self._carried_from = carried_from

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[_Spanned]:
        # An exception is told by its type alone, because its text and its traceback may hold anything.
        with self._tracer.start_as_current_span(
            PREFIX + name,
            context=self._here(),
            attributes=_place(context),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            operation = _Spanned(span)
            operation.note(attributes)
            try:
                yield operation
            except BaseException as error:
                operation.end_by(error)
                raise

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        level: dict[str, Attribute] = {"error": error}
        span = trace.get_current_span(self._here())
        span.add_event(name, {**_place(context), **_prefixed(attributes), **level})

    def carried(self) -> Telemetry:
        return SpanTelemetry(self._tracer, self._here())

    def trace_id(self) -> str | None:
        return trace_id_in(self._here())

    def _here(self) -> otel.Context:
        current = otel.get_current()
        is_open = trace.get_current_span(current).get_span_context().is_valid
        return current if is_open or self._carried_from is None else self._carried_from


def trace_id_in(context: otel.Context | None = None) -> str | None:
    """The trace of the span that is open in *context*, or here."""
    found = trace.get_current_span(context).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else None


@final
class _Spanned:
    def __init__(self, span: Span) -> None:
        self._span = span
        self._has_failed = False

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self._span.set_attributes(_prefixed(attributes))

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


def _prefixed(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {PREFIX + key: value for key, value in attributes.items()}
