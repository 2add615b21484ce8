"""The walk of CONTRIBUTING.md: a new event is a value of the domain, and a case where it gets its public name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contributing.copies import PackageCopy, code_in

EVENTS = "domain/events.py"
NAMES = "adapters/telemetry/names.py"

CHECKS = """
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from structlog.testing import capture_logs

    from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
    from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
    from floe_ingestion_dlt.domain.events import RateLimited
    from floe_ingestion_dlt.domain.faults import Context
    from floe_ingestion_dlt.domain.operations import Verify

    CONTEXT = Context("rest_api", "b.t", "b-t")


    def test_it_is_a_log_line_with_its_level():
        with capture_logs() as lines:
            LogTelemetry().record(RateLimited(30.0), CONTEXT)
        (line,) = lines
        assert ("rate_limited", "warning", 30.0) == (line["event"], line["log_level"], line["seconds"])


    def test_it_is_an_event_of_the_span():
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        telemetry = SpanTelemetry(provider.get_tracer("walk"))
        with telemetry.operation(Verify(), CONTEXT):
            telemetry.record(RateLimited(30.0), CONTEXT)
        (span,) = exporter.get_finished_spans()
        (event,) = span.events
        assert ("rate_limited", 30.0) == (event.name, event.attributes["ingestion.seconds"])
"""

UNNAMED = """
    from mypy import api


    def test_mypy_refuses_an_event_without_a_public_name():
        arguments = ["--strict", "--follow-imports=silent", "--cache-dir", "cache"]
        report, _, status = api.run([*arguments, "-m", "floe_ingestion_dlt.adapters.telemetry.names"])
        assert (1, True) == (status, '"assert_never" has incompatible type "RateLimited"' in report), report
"""


@pytest.mark.one_of("walks of CONTRIBUTING.md")
def test_it_is_a_value_and_its_public_name(tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    event, case = code_in("CONTRIBUTING.md", "### An event")
    copy.replace(EVENTS, "SchemaEvent: TypeAlias", f"{event}\n\nSchemaEvent: TypeAlias")
    copy.replace(EVENTS, "    | StepContinues\n", "    | StepContinues\n    | RateLimited\n")
    copy.test(UNNAMED)
    copy.replace(NAMES, "    NothingToRead,\n", "    NothingToRead,\n    RateLimited,\n")
    copy.replace(NAMES, "        case StateLost():\n", f"{case}        case StateLost():\n")
    assert [NAMES, EVENTS] == copy.changed()
    copy.test(CHECKS)
