"""Refusing tables that cannot be written before the source is read."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import DestinationFailed, Fault
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.writable import unreadable_files, unwritable_version
from floe_ingestion_dlt.domain.write_modes import Merge, WriteMode
from floe_ingestion_dlt.ports.destination import Destination, TableState


def check_writable(port: Destination, table: TableName, mode: WriteMode) -> Result[None, Fault]:
    """Whether the table, as it is now, can be written by a load of this mode."""
    return port.describe(table).bind(
        lambda state: Success(None) if state is None else check_state(port, table, state, mode)
    )


def check_state(
    port: Destination, table: TableName, state: TableState, mode: WriteMode
) -> Result[None, Fault]:
    """Whether a table in this *state* can be written by a load of this mode."""
    refused = unwritable_version(table, state.format_version)
    if refused is not None or not isinstance(mode, Merge):
        return _unless(refused)
    return port.unreadable(table).bind(lambda found: _unless(unreadable_files(table, found)))


def _unless(refused: DestinationFailed | None) -> Result[None, Fault]:
    return Success(None) if refused is None else Failure(refused)
