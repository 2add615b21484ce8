"""What is reported of a run: floe's result, and events."""

from __future__ import annotations

from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.domain.cleartext import cleartext_addresses
from floe_ingestion_dlt.domain.events import ConnectionNotEncrypted, ValuesDiscarded
from floe_ingestion_dlt.domain.faults import Context, describe
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.operations import RunEnded
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry
from floe_ingestion_dlt.running.ingest import Outcome


def ingestion_result(outcome: Outcome, plan: LoadPlan) -> IngestionResult:
    """The outcome as floe's result."""
    return IngestionResult(
        success=outcome.fault is None,
        rows_loaded=outcome.rows_of(plan),
        bytes_written=outcome.bytes,
        duration_seconds=outcome.seconds,
        errors=[] if outcome.fault is None else [describe(outcome.fault, plan.context)],
    )


def report_outcome(outcome: Outcome, plan: LoadPlan, ongoing: OngoingOperation, telemetry: Telemetry) -> None:
    """Record what the run came to, and how many values the contract kept out of which column."""
    ongoing.note(
        RunEnded(outcome.rows_of(plan), outcome.bytes, outcome.seconds, outcome.retries, outcome.loads)
    )
    for receipt in outcome.receipts:
        for lost in receipt.discarded:
            telemetry.record(ValuesDiscarded(receipt.table, lost.column, lost.rows), plan.context)
    if outcome.fault is not None:
        ongoing.fail(outcome.fault)


def report_cleartext(settings: object, telemetry: Telemetry) -> None:
    """Warn of each of the *settings* by which another host is asked without encryption."""
    for found in cleartext_addresses(settings):
        cause = f"{found.origin} is asked without encryption: credentials and rows can be read on the way"
        event = ConnectionNotEncrypted(found.setting, cause, "Set it to an address of https://.")
        telemetry.record(event, Context())
