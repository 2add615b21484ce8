"""Refusing tables that cannot be written before the source is read."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.writable import unreadable_files, unwritable_version
from floe_ingestion_dlt.domain.write_modes import Merge
from floe_ingestion_dlt.ports.destination import Destination


def check_writable(port: Destination, plan: LoadPlan) -> Result[None, Fault]:
    """Whether the plan's table, as it is now, can take a load of the plan's mode."""
    described = port.describe(plan.table)
    if isinstance(described, Failure):
        return described
    state = described.unwrap()
    if state is None:
        return Success(None)
    refused = unwritable_version(plan.table, state.format_version)
    if refused is None and isinstance(plan.mode, Merge):
        found = port.unreadable(plan.table)
        if isinstance(found, Failure):
            return found
        refused = unreadable_files(plan.table, found.unwrap())
    return Success(None) if refused is None else Failure(refused)
