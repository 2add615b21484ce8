"""A run in floe's words."""

from __future__ import annotations

from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.domain.faults import describe
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.ingest import Outcome
from floe_ingestion_dlt.ports.telemetry import Operation


def told(outcome: Outcome, plan: LoadPlan, operation: Operation) -> IngestionResult:
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
    if outcome.fault is not None:
        operation.fail(outcome.fault)
    return IngestionResult(
        success=outcome.fault is None,
        rows_loaded=rows,
        bytes_written=outcome.bytes,
        duration_seconds=outcome.seconds,
        errors=[] if outcome.fault is None else [describe(outcome.fault, plan.context)],
    )


def modes(plan: LoadPlan) -> dict[str, str]:
    """How the plan writes, for who watches."""
    return {"write_mode": type(plan.mode).__name__.lower(), "schema_contract": plan.contract.value}
