"""A run in floe's words."""

from __future__ import annotations

from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.domain.faults import describe
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.ports.telemetry import Attribute, Operation, Telemetry
from floe_ingestion_dlt.running.ingest import Outcome


def told(outcome: Outcome, plan: LoadPlan, operation: Operation, telemetry: Telemetry) -> IngestionResult:
    """The outcome in floe's words, told to who watches."""
    rows = outcome.rows_of(plan)
    operation.note(
        {
            "rows_loaded": rows,
            "bytes_written": outcome.bytes,
            "duration_seconds": outcome.seconds,
            "retries": outcome.retries,
        }
    )
    _tell_discarded(outcome, plan, telemetry)
    if outcome.fault is not None:
        operation.fail(outcome.fault)
    return IngestionResult(
        success=outcome.fault is None,
        rows_loaded=rows,
        bytes_written=outcome.bytes,
        duration_seconds=outcome.seconds,
        errors=[] if outcome.fault is None else [describe(outcome.fault, plan.context)],
    )


def _tell_discarded(outcome: Outcome, plan: LoadPlan, telemetry: Telemetry) -> None:
    """How many values of which column the contract kept out."""
    for receipt in outcome.receipts:
        for lost in receipt.discarded:
            told_of: dict[str, Attribute] = {
                "table": str(receipt.table),
                "column": lost.column,
                "rows": lost.rows,
            }
            telemetry.event("values_discarded", plan.context, told_of)


def modes(plan: LoadPlan) -> dict[str, str]:
    """How the plan writes, for who watches."""
    return {"write_mode": type(plan.mode).__name__.lower(), "schema_contract": plan.contract.value}
