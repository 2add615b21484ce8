"""What spans and log lines say of operations and events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from floe_core.telemetry.conventions import FLOE_JOB_TYPE, FLOE_NAMESPACE, FLOE_PIPELINE_ID
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry, Told
from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.domain.faults import Category, Context, SourceFailed
from floe_ingestion_dlt.ports.telemetry import Attribute, Listeners, Telemetry

CONTEXT = Context("rest_api", "bronze.orders", "bronze-orders")
FAULT = SourceFailed("busy", Category.TRANSIENT, "Wait.")
PLACE = {
    "pipeline_id": "bronze-orders",
    "source_type": "rest_api",
    "destination_table": "bronze.orders",
}
SPAN_PLACE = {
    "ingestion.source_type": "rest_api",
    "ingestion.destination_table": "bronze.orders",
    "ingestion.pipeline_name": "bronze-orders",
    FLOE_NAMESPACE: "bronze",
    FLOE_PIPELINE_ID: "bronze-orders",
    FLOE_JOB_TYPE: "dlt_sync",
}


def succeed(telemetry: Telemetry) -> None:
    with telemetry.operation("run", CONTEXT, {"write_mode": "append"}) as operation:
        operation.note({"rows_loaded": 3, "duration_seconds": 1.5})


def fail(telemetry: Telemetry) -> None:
    with telemetry.operation("run", CONTEXT, {"write_mode": "append"}) as operation:
        operation.fail(FAULT)


def burst(telemetry: Telemetry) -> None:
    with pytest.raises(KeyError), telemetry.operation("run", CONTEXT, {}):
        raise KeyError("a bug")


class TestSpans:
    @pytest.fixture
    def exporter(self) -> InMemorySpanExporter:
        return InMemorySpanExporter()

    @pytest.fixture
    def telemetry(self, exporter: InMemorySpanExporter) -> SpanTelemetry:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        return SpanTelemetry(provider.get_tracer("test"))

    def test_an_operation_is_a_span_with_all_that_was_said_of_it(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        succeed(telemetry)
        (span,) = exporter.get_finished_spans()
        said = {
            "ingestion.write_mode": "append",
            "ingestion.rows_loaded": 3,
            "ingestion.duration_seconds": 1.5,
        }
        assert ("ingestion.run", SPAN_PLACE | said) == (span.name, dict(span.attributes or {}))
        assert StatusCode.ERROR is not span.status.status_code

    def test_a_fault_is_an_error_with_type_message_and_category(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        fail(telemetry)
        (span,) = exporter.get_finished_spans()
        fault = {
            "error.type": "SourceFailed",
            "error.message": "the source failed: busy",
            "error.category": "TRANSIENT",
        }
        assert fault.items() <= dict(span.attributes or {}).items()
        assert (StatusCode.ERROR, FAULT.message) == (span.status.status_code, span.status.description)

    def test_an_exception_is_an_error_told_by_its_type_alone(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        burst(telemetry)
        (span,) = exporter.get_finished_spans()
        told = (span.status.status_code, span.status.description, (span.attributes or {})["error.type"])
        assert (StatusCode.ERROR, "KeyError", "KeyError") == told
        assert ("a bug" in span.to_json(), span.events) == (False, ())

    def test_a_fault_is_told_although_an_exception_follows(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        with pytest.raises(KeyError):
            fail_and_raise(telemetry)
        (span,) = exporter.get_finished_spans()
        assert "SourceFailed" == (span.attributes or {})["error.type"]

    def test_what_is_told_in_another_thread_belongs_to_what_goes_on_in_this_one(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        with telemetry.operation("run", CONTEXT, {}):
            carried = telemetry.carried()
            trace_id = telemetry.trace_id()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(succeed, carried).result()
                pool.submit(carried.event, "schema_changed", CONTEXT, {}).result()
                assert trace_id == pool.submit(carried.trace_id).result()
        inner, outer = exporter.get_finished_spans()
        assert inner.parent is not None
        assert outer.context is not None
        assert (outer.context.span_id, ["schema_changed"]) == (
            inner.parent.span_id,
            [event.name for event in outer.events],
        )
        assert f"{outer.context.trace_id:032x}" == trace_id

    def test_where_nothing_is_traced_there_is_no_trace(self, telemetry: SpanTelemetry) -> None:
        assert telemetry.trace_id() is None

    @pytest.mark.parametrize("error", [True, False])
    def test_an_event_hangs_on_the_span_that_is_open(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter, *, error: bool
    ) -> None:
        with telemetry.operation("run", CONTEXT, {}):
            telemetry.event("schema_changed", CONTEXT, {"change": "new column a"}, error=error)
        (event,) = exporter.get_finished_spans()[0].events
        said = {"ingestion.change": "new column a", "error": error}
        assert ("schema_changed", SPAN_PLACE | said) == (event.name, dict(event.attributes or {}))

    def test_an_operation_within_another_is_its_child(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        with telemetry.operation("run", CONTEXT, {}):
            succeed(telemetry)
        inner, outer = exporter.get_finished_spans()
        assert inner.parent is not None
        assert outer.context is not None
        assert outer.context.span_id == inner.parent.span_id

    def test_without_an_sdk_telling_fails_nothing(self) -> None:
        telemetry = SpanTelemetry()
        with telemetry.operation("run", CONTEXT, {}) as operation:
            telemetry.event("schema_changed", CONTEXT, {})
            assert operation.fail(FAULT) is None  # type: ignore[func-returns-value]  # there is nothing else to see


class TestLogs:
    def test_a_line_names_the_trace_that_it_belongs_to_in_another_thread_too(self) -> None:
        provider = TracerProvider()
        spans = SpanTelemetry(provider.get_tracer("test"))
        with capture_logs() as lines, spans.operation("run", CONTEXT, {}):
            trace_id, logs = spans.trace_id(), LogTelemetry()
            succeed(logs)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(succeed, logs.carried()).result()
        assert [trace_id, trace_id] == [line["trace_id"] for line in lines]

    @pytest.mark.parametrize("name", ["extract", "normalize", "stage", "commit"])
    def test_a_part_of_a_run_that_goes_well_is_a_line_at_debug(self, name: str) -> None:
        with capture_logs() as lines, LogTelemetry().operation(name, CONTEXT, {}):
            pass
        assert ["debug"] == [line["log_level"] for line in lines]

    def test_an_operation_that_went_well_is_a_line_at_info(self) -> None:
        with capture_logs() as lines:
            succeed(LogTelemetry())
        said = {"write_mode": "append", "rows_loaded": 3, "duration_seconds": 1.5}
        assert [{"event": "run", "log_level": "info", "status": "success", **PLACE, **said}] == lines

    def test_an_operation_that_failed_is_a_line_at_error(self) -> None:
        with capture_logs() as lines:
            fail(LogTelemetry())
        said: dict[str, Any] = {
            "fault": "SourceFailed",
            "error": "the source failed: busy",
            "category": "TRANSIENT",
            "next_step": "Wait.",
            "write_mode": "append",
        }
        assert [{"event": "run", "log_level": "error", "status": "failed", **PLACE, **said}] == lines

    def test_an_operation_that_an_exception_ended_did_not_go_well(self) -> None:
        with capture_logs() as lines:
            burst(LogTelemetry())
        (line,) = lines
        assert ("error", "failed") == (line["log_level"], line["status"])
        assert "unexpected error: KeyError" == line["error"]

    def test_a_fault_is_told_although_an_exception_follows(self) -> None:
        with capture_logs() as lines, pytest.raises(KeyError):
            fail_and_raise(LogTelemetry())
        (line,) = lines
        assert ("failed", FAULT.message) == (line["status"], line["error"])

    @pytest.mark.parametrize(("error", "level"), [(False, "info"), (True, "error")])
    def test_an_event_is_a_line_at_its_level(self, level: str, *, error: bool) -> None:
        with capture_logs() as lines:
            LogTelemetry().event("schema_changed", CONTEXT, {"change": "new column a"}, error=error)
        assert [{"event": "schema_changed", "log_level": level, "change": "new column a", **PLACE}] == lines

    @pytest.mark.parametrize("name", ["connection_not_encrypted", "session_setting_refused"])
    def test_what_a_person_should_look_at_is_a_warning(self, name: str) -> None:
        with capture_logs() as lines:
            LogTelemetry().event(name, CONTEXT, {})
        assert [("warning", name)] == [(line["log_level"], line["event"]) for line in lines]


class TestListeners:
    def told(self, act: Any) -> tuple[MemoryTelemetry, MemoryTelemetry]:
        first, second = MemoryTelemetry(), MemoryTelemetry()
        act(Listeners(first, second))
        return first, second

    def test_every_listener_hears_of_an_operation(self) -> None:
        said: dict[str, Attribute] = {"write_mode": "append", "rows_loaded": 3, "duration_seconds": 1.5}
        for listener in self.told(succeed):
            assert [Told("run", CONTEXT, said)] == listener.operations

    def test_every_listener_hears_of_a_fault(self) -> None:
        for listener in self.told(fail):
            assert [Told("run", CONTEXT, {"write_mode": "append"}, FAULT)] == listener.operations

    @pytest.mark.parametrize("error", [True, False])
    def test_every_listener_hears_of_an_event(self, *, error: bool) -> None:
        for listener in self.told(lambda both: both.event("e", CONTEXT, {"n": 1}, error=error)):
            assert [Told("e", CONTEXT, {"n": 1}, error=error)] == listener.events

    def test_an_exception_passes_through(self) -> None:
        for listener in self.told(burst):
            assert ["run"] == [told.name for told in listener.operations]


def fail_and_raise(telemetry: Telemetry) -> None:
    with telemetry.operation("run", CONTEXT, {}) as operation:
        operation.fail(FAULT)
        raise KeyError("told anew")
