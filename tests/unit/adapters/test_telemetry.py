"""What spans and log lines say of operations and events."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from floe_core.telemetry.conventions import FLOE_JOB_TYPE, FLOE_NAMESPACE, FLOE_PIPELINE_ID
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry, RecordedEvent, RecordedOperation
from floe_ingestion_dlt.adapters.telemetry.combined import CombinedTelemetry
from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.database_sessions import SessionSetting
from floe_ingestion_dlt.domain.events import (
    ConnectionNotEncrypted,
    Event,
    SchemaChanged,
    SchemaContractViolated,
    SessionSettingRefused,
)
from floe_ingestion_dlt.domain.faults import Category, Context, SchemaChange, SourceFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import (
    Commit,
    Extract,
    LoadSettings,
    Normalize,
    Operation,
    Run,
    RunEnded,
    Stage,
)
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.telemetry import Telemetry

CONTEXT = Context("rest_api", "bronze.orders", "bronze-orders")
FAULT = SourceFailed("busy", Category.TRANSIENT, "Wait.")
TABLE = TableName(("bronze",), "orders")
RUN = Run(LoadSettings(Append(), SchemaContract.EVOLVE))
ENDED = RunEnded(rows=3, bytes=70, seconds=1.5, retries=2)
MODES = {"write_mode": "append", "schema_contract": "evolve"}
FIGURES = {"rows_loaded": 3, "bytes_written": 70, "duration_seconds": 1.5, "retries": 2}
CHANGE = (TABLE, SchemaChange("new column a (long)", "a", "long"), SchemaContract.EVOLVE)
CHANGE_ATTRIBUTES = {
    "table": "bronze.orders",
    "column": "a",
    "type": "long",
    "change": "new column a (long)",
    "schema_contract": "evolve",
}
# An event of each level.
CHANGES = pytest.mark.parametrize(
    ("event", "name", "level"),
    [
        (SchemaChanged(*CHANGE), "schema_changed", "info"),
        (SchemaContractViolated(*CHANGE), "schema_contract_violated", "error"),
    ],
)
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
    with telemetry.operation(RUN, CONTEXT) as ongoing:
        ongoing.note(ENDED)


def fail(telemetry: Telemetry) -> None:
    with telemetry.operation(RUN, CONTEXT) as ongoing:
        ongoing.fail(FAULT)


def burst(telemetry: Telemetry) -> None:
    with pytest.raises(KeyError), telemetry.operation(RUN, CONTEXT):
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
        said = {f"ingestion.{key}": value for key, value in (MODES | FIGURES).items()}
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
        with telemetry.operation(RUN, CONTEXT):
            threads = telemetry.for_other_threads()
            trace_id = telemetry.trace_id()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(succeed, threads).result()
                pool.submit(threads.record, SchemaChanged(*CHANGE), CONTEXT).result()
                assert trace_id == pool.submit(threads.trace_id).result()
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

    @CHANGES
    def test_an_event_hangs_on_the_span_that_is_open(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter, event: Event, name: str, level: str
    ) -> None:
        with telemetry.operation(RUN, CONTEXT):
            telemetry.record(event, CONTEXT)
        (seen,) = exporter.get_finished_spans()[0].events
        said = {f"ingestion.{key}": value for key, value in CHANGE_ATTRIBUTES.items()}
        expected = SPAN_PLACE | said | {"error": level == "error"}
        assert (name, expected) == (seen.name, dict(seen.attributes or {}))

    def test_an_operation_within_another_is_its_child(
        self, telemetry: SpanTelemetry, exporter: InMemorySpanExporter
    ) -> None:
        with telemetry.operation(RUN, CONTEXT):
            succeed(telemetry)
        inner, outer = exporter.get_finished_spans()
        assert inner.parent is not None
        assert outer.context is not None
        assert outer.context.span_id == inner.parent.span_id

    def test_without_an_sdk_telling_fails_nothing(self) -> None:
        telemetry = SpanTelemetry()
        with telemetry.operation(RUN, CONTEXT) as ongoing:
            telemetry.record(SchemaChanged(*CHANGE), CONTEXT)
            assert ongoing.fail(FAULT) is None  # type: ignore[func-returns-value]  # there is nothing else to see


class TestLogs:
    def test_a_line_names_the_trace_that_it_belongs_to_in_another_thread_too(self) -> None:
        provider = TracerProvider()
        spans = SpanTelemetry(provider.get_tracer("test"))
        with capture_logs() as lines, spans.operation(RUN, CONTEXT):
            trace_id, logs = spans.trace_id(), LogTelemetry()
            succeed(logs)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(succeed, logs.for_other_threads()).result()
        assert [trace_id, trace_id] == [line["trace_id"] for line in lines]

    @pytest.mark.parametrize(
        ("part", "name"),
        [
            (Extract(), "extract"),
            (Normalize(), "normalize"),
            (Stage(TABLE, "1"), "stage"),
            (Commit("1", (TABLE,)), "commit"),
        ],
    )
    def test_a_part_of_a_run_that_goes_well_is_a_line_at_debug(self, part: Operation, name: str) -> None:
        with capture_logs() as lines, LogTelemetry().operation(part, CONTEXT):
            pass
        assert [("debug", name)] == [(line["log_level"], line["event"]) for line in lines]

    def test_an_operation_that_went_well_is_a_line_at_info(self) -> None:
        with capture_logs() as lines:
            succeed(LogTelemetry())
        said = MODES | FIGURES
        assert [{"event": "run", "log_level": "info", "status": "success", **PLACE, **said}] == lines

    def test_an_operation_that_failed_is_a_line_at_error(self) -> None:
        with capture_logs() as lines:
            fail(LogTelemetry())
        said: dict[str, Any] = {
            "fault": "SourceFailed",
            "error": "the source failed: busy",
            "category": "TRANSIENT",
            "next_step": "Wait.",
            **MODES,
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

    @CHANGES
    def test_an_event_is_a_line_at_its_level(self, event: Event, name: str, level: str) -> None:
        with capture_logs() as lines:
            LogTelemetry().record(event, CONTEXT)
        assert [{"event": name, "log_level": level, **CHANGE_ATTRIBUTES, **PLACE}] == lines

    @pytest.mark.parametrize(
        ("event", "name"),
        [
            (ConnectionNotEncrypted("uri", "http", "https"), "connection_not_encrypted"),
            (SessionSettingRefused(SessionSetting("o", "n", "SET n"), "no"), "session_setting_refused"),
        ],
    )
    def test_what_a_person_should_look_at_is_a_warning(self, event: Event, name: str) -> None:
        with capture_logs() as lines:
            LogTelemetry().record(event, CONTEXT)
        assert [("warning", name)] == [(line["log_level"], line["event"]) for line in lines]


class TestCombined:
    def recorded(self, act: Callable[[Telemetry], object]) -> tuple[MemoryTelemetry, MemoryTelemetry]:
        first, second = MemoryTelemetry(), MemoryTelemetry()
        act(CombinedTelemetry(first, second))
        return first, second

    def test_every_part_records_an_operation(self) -> None:
        for part in self.recorded(succeed):
            assert [RecordedOperation(RUN, CONTEXT, [ENDED])] == part.operations

    def test_every_part_records_a_fault(self) -> None:
        for part in self.recorded(fail):
            assert [RecordedOperation(RUN, CONTEXT, [], FAULT)] == part.operations

    @pytest.mark.parametrize("event", [SchemaChanged(*CHANGE), SchemaContractViolated(*CHANGE)])
    def test_every_part_records_an_event(self, event: Event) -> None:
        for part in self.recorded(lambda both: both.record(event, CONTEXT)):
            assert [RecordedEvent(event, CONTEXT)] == part.events

    def test_an_exception_passes_through(self) -> None:
        for part in self.recorded(burst):
            assert [RUN] == [recorded.operation for recorded in part.operations]


def fail_and_raise(telemetry: Telemetry) -> None:
    with telemetry.operation(RUN, CONTEXT) as ongoing:
        ongoing.fail(FAULT)
        raise KeyError("told anew")
