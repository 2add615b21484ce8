"""Reports of runs: floe's result, and what telemetry records."""

from __future__ import annotations

from collections.abc import Iterable

from floe_core.plugins.ingestion import IngestionResult
from pydantic import ValidationError

from floe_ingestion_dlt.boundary.validation import all_invalid
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from floe_ingestion_dlt.domain.cleartext import cleartext_addresses
from floe_ingestion_dlt.domain.events import (
    ConnectionNotEncrypted,
    PluginNotStarted,
    SourceConfigWrong,
    ValuesDiscarded,
)
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.operations import RunEnded
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry
from floe_ingestion_dlt.running.planning import plan_of


def ingestion_result(report: LoadReport) -> IngestionResult:
    """The report as floe's result."""
    return IngestionResult(
        success=report.success,
        rows_loaded=report.rows,
        bytes_written=report.bytes,
        duration_seconds=report.seconds,
        errors=[] if report.error is None else [report.error],
    )


def record_report(report: LoadReport, ongoing: OngoingOperation, telemetry: Telemetry) -> None:
    """Record what the run came to, and how many values the contract kept out of which column."""
    ongoing.note(
        RunEnded(report.rows, report.bytes, report.seconds, report.retries, report.loads, report.deleted)
    )
    for receipt in report.receipts:
        for lost in receipt.discarded:
            telemetry.record(ValuesDiscarded(receipt.table, lost.column, lost.rows), report.context)
    if report.fault is not None:
        ongoing.fail(report.fault)


def report_start(telemetry: Telemetry, context: Context, *, is_started: bool) -> None:
    """Record a warning if the plugin is used before its start or after its end."""
    if not is_started:
        telemetry.record(PluginNotStarted(), context)


def report_settings(settings: DltIngestionConfig, telemetry: Telemetry) -> None:
    """Record a warning for each setting that sends requests without encryption, and for each source that cannot be used."""
    _report_cleartext(settings.places, telemetry)
    _report_wrong_sources(settings.sources, telemetry)


def _report_wrong_sources(sources: Iterable[IngestionSourceConfig], telemetry: Telemetry) -> None:
    # So all are known before the first runs.
    for source in sources:
        try:
            plan_of(source)
        except ValidationError as refused:
            where = Context(source.source_type, source.destination_table)
            telemetry.record(SourceConfigWrong(source.name, all_invalid(refused)), where)


def _report_cleartext(settings: object, telemetry: Telemetry) -> None:
    for found in cleartext_addresses(settings):
        cause = (
            f"requests to {found.origin} are not encrypted: others can read credentials and rows in transit"
        )
        event = ConnectionNotEncrypted(found.setting, cause, "Set it to an https:// address.")
        telemetry.record(event, Context())
