"""What is told of runs that go well, and of those that do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError
from structlog.testing import capture_logs

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.adapters.telemetry.combined import CombinedTelemetry
from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.domain.faults import Category, Invalid
from tests.platforms import TABLE, Platform
from tests.published import Published, published_events, published_operations
from tests.rest.odd import Oddity
from tests.rest.server import RestServer


def told(platform: Platform, name: str) -> list[Published]:
    telemetry: MemoryTelemetry = platform.telemetry
    return [
        one for one in (*published_operations(telemetry), *published_events(telemetry)) if one.name == name
    ]


def traced(platform: Platform, *others: LogTelemetry) -> InMemorySpanExporter:
    """Have the platform's plugin tell its spans, too."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = SpanTelemetry(provider.get_tracer("test"))
    platform.telemetry = CombinedTelemetry(spans, *others)  # type: ignore[assignment]  # nobody asks it what it was told
    platform.plugin = platform.a_plugin()
    return exporter


def span(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = (one for one in exporter.get_finished_spans() if one.name == f"ingestion.{name}")
    return found


def trace_id(of: ReadableSpan) -> str:
    assert of.context is not None
    return f"{of.context.trace_id:032x}"


def summary(platform: Platform, table: str = TABLE) -> dict[str, Any]:
    snapshot = platform.catalog.load_table(table).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    return dict(snapshot.summary.additional_properties)


class TestTrace:
    @pytest.mark.parametrize("options", [{}, {"write_mode": "replace"}, {"write_mode": "merge"}], ids=str)
    def test_a_snapshot_leads_to_the_trace_of_its_run(
        self, platform: Platform, options: dict[str, Any]
    ) -> None:
        is_merge = options.get("write_mode") == "merge"
        keys: dict[str, Any] = {"source_config": {"primary_key": "id"}} if is_merge else {}
        exporter = traced(platform)
        for _ in range(2):
            assert platform.load([{"id": 1, "lines": [{"sku": "a"}]}], **options, **keys).success
            run = [one for one in exporter.get_finished_spans() if one.name == "ingestion.run"][-1]
            assert trace_id(run) == summary(platform)["floe.trace-id"]
            if not is_merge:
                assert trace_id(run) == summary(platform, f"{TABLE}__lines")["floe.trace-id"]

    def test_without_a_trace_a_snapshot_names_none(self, platform: Platform) -> None:
        platform.load([{"id": 1}])
        assert "floe.trace-id" not in summary(platform)

    def test_lines_of_all_parts_name_it_and_the_load(self, platform: Platform) -> None:
        exporter = traced(platform, LogTelemetry())
        with capture_logs() as lines:
            assert platform.load([{"id": 1}]).success
        run = span(exporter, "run")
        parts = [
            line for line in lines if line["event"] in {"extract", "normalize", "stage", "commit", "run"}
        ]
        assert {"extract", "normalize", "stage", "commit", "run"} == {line["event"] for line in parts}
        assert {trace_id(run)} == {line["trace_id"] for line in parts}
        assert {summary(platform)["floe.load-id"]} == {line["load_id"] for line in parts}

    def test_a_failed_run_is_an_error_with_type_message_and_category(self, platform: Platform) -> None:
        exporter = traced(platform)
        platform.csv("a.csv", "id,name\n1\n")
        assert not platform.load().success
        for name in ("run", "extract"):
            attributes = span(exporter, name).attributes or {}
            assert ("SourceFailed", "PERMANENT") == (attributes["error.type"], attributes["error.category"])
            assert "a.csv" in str(attributes["error.message"])


class TestParts:
    def test_say_what_they_handled(self, platform: Platform) -> None:
        assert platform.load([{"id": 1}, {"id": 2}]).success
        (extract,), (normalize,), (commit,) = (
            told(platform, name) for name in ("extract", "normalize", "commit")
        )
        assert ([2, 2, 2], 1) == (
            [part.attributes["rows"] for part in (extract, normalize, commit)],
            commit.attributes["attempts"],
        )
        snapshot = platform.catalog.load_table(TABLE).current_snapshot()
        assert snapshot is not None
        assert (str(snapshot.snapshot_id), TABLE) == (
            commit.attributes["snapshots"],
            commit.attributes["tables"],
        )
        staged = {part.attributes["table"]: part.attributes["rows"] for part in told(platform, "stage")}
        assert {TABLE: 2, "bronze._dlt_pipeline_state": 1} == staged

    def test_a_commit_that_lost_a_race_is_counted(self, tmp_path: Path) -> None:
        server = RestServer(tmp_path)
        platform = Platform(tmp_path, server.properties)
        assert platform.load([{"id": 1}]).success
        server.will_answer([Oddity(is_done=False, status=409)] * 2)
        assert platform.load([{"id": 2}]).success
        assert [1, 3] == [commit.attributes["attempts"] for commit in told(platform, "commit")]
        server.stop()

    def test_a_run_names_its_load(self, platform: Platform) -> None:
        platform.load([{"id": 1}])
        (run,) = told(platform, "run")
        assert summary(platform)["floe.load-id"] == run.attributes["load_id"]


class TestContracts:
    def test_a_change_is_told_by_its_column_and_type(self, platform: Platform) -> None:
        platform.load([{"id": 1}])
        platform.load([{"id": 2, "town": "ulm"}])
        change = told(platform, "schema_changed")[-1]
        expected = {"table": TABLE, "column": "town", "type": "string", "schema_contract": "evolve"}
        assert (True, False) == (expected.items() <= change.attributes.items(), change.error)

    def test_a_violation_is_an_error_told_by_its_column_and_type(self, platform: Platform) -> None:
        platform.load([{"id": 1}])
        platform.load([{"id": 2, "zip": 89073}], schema_contract="freeze")
        (violated,) = told(platform, "schema_contract_violated")
        expected = {"table": TABLE, "column": "zip", "type": "long"}
        assert (True, True) == (expected.items() <= violated.attributes.items(), violated.error)

    def test_what_was_kept_out_is_counted_by_column(self, platform: Platform) -> None:
        platform.load([{"id": 1}])
        rows: list[dict[str, Any]] = [{"id": 2, "zip": 1}, {"id": 3, "zip": 2}, {"id": 4, "zip": None}]
        platform.load(rows, schema_contract="discard_value")
        (lost,) = told(platform, "values_discarded")
        assert {"table": TABLE, "column": "zip", "rows": 2} == lost.attributes


class TestRefusals:
    def test_a_pipeline_that_is_asked_for_in_vain_is_told(self, platform: Platform) -> None:
        config = IngestionConfig("filesystem", {"format": "xml"}, TABLE)
        with pytest.raises(ValidationError):
            platform.plugin.create_pipeline(config)
        (refused,) = told(platform, "create_pipeline")
        assert isinstance(refused.fault, Invalid)
        assert (Category.CONFIGURATION, TABLE) == (refused.fault.category, refused.context.destination_table)

    def test_a_folder_without_files_is_told_and_no_failure(self, platform: Platform) -> None:
        assert platform.load().success
        (nothing,) = told(platform, "nothing_to_read")
        assert re.search(r"no files that match", str(nothing.attributes["cause"]))
        assert [None] == [run.fault for run in told(platform, "run")]
