"""Refusing tables that cannot be written before the source is read."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.naming import column_names, in_table
from floe_ingestion_dlt.domain.faults import DestinationFailed, Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.writable import unreadable_files, unwritable_version
from floe_ingestion_dlt.ports.destination import Destination, TableState


def check_writable(port: Destination, plan: LoadPlan) -> Result[None, Fault]:
    """Whether the table, as it is now, can be written by a load of this plan."""
    described = port.describe(plan.table)
    if isinstance(described, Failure) or (state := described.unwrap()) is None:
        return described.map(lambda _: None)
    return check_state(port, plan.table, state, plan).bind(lambda _: _check_window(plan, state))


def check_state(
    port: Destination, table: TableName, state: TableState, plan: LoadPlan
) -> Result[None, Fault]:
    """Whether a table in this *state* can be written by a load of this plan."""
    refused = unwritable_version(table, state.format_version)
    if refused is not None or not plan.follows_rows:
        return _unless(refused)
    return port.unreadable(table).bind(lambda found: _unless(unreadable_files(table, found)))


def _check_window(plan: LoadPlan, state: TableState) -> Result[None, Fault]:
    """Whether the table has the column of the plan's window, in a type with which its bounds can be compared."""
    if plan.window is None or state.being_created:
        return Success(None)
    window = in_table(plan.window, column_names(plan, state))
    return window.in_table(state.schema).map(lambda _: None)


def _unless(refused: DestinationFailed | None) -> Result[None, Fault]:
    return Success(None) if refused is None else Failure(refused)
