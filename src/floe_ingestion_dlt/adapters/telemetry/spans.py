"""Operations and events as OpenTelemetry spans; without an SDK they cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import final

from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.ports.telemetry import Attribute

PREFIX = "ingestion."


@final
class SpanTelemetry:
    """One span for each operation, named `ingestion.<operation>`; events hang on the span that is open."""

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("floe_ingestion_dlt")

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[_Spanned]:
        with self._tracer.start_as_current_span(PREFIX + name, attributes=_place(context)) as span:
            operation = _Spanned(span)
            operation.note(attributes)
            yield operation

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        level: dict[str, Attribute] = {"error": error}
        trace.get_current_span().add_event(name, {**_place(context), **_prefixed(attributes), **level})


@final
class _Spanned:
    def __init__(self, span: Span) -> None:
        self._span = span

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self._span.set_attributes(_prefixed(attributes))

    def fail(self, fault: Fault) -> None:
        self._span.set_attributes(
            {
                "error.type": type(fault).__name__,
                "error.message": fault.message,
                "error.category": fault.category.value,
            }
        )
        self._span.set_status(Status(StatusCode.ERROR, fault.message))


def _place(context: Context) -> dict[str, Attribute]:
    return {
        "ingestion.source_type": context.source_type,
        "ingestion.destination_table": context.destination_table,
        "ingestion.pipeline_name": context.pipeline_name,
    }


def _prefixed(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {PREFIX + key: value for key, value in attributes.items()}
