"""Reads the state of a table: cursors, loads and known files."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Fault, Invalid
from floe_ingestion_dlt.domain.load_state import NO_STATE, KeptState, LoadState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import may_be_nested
from floe_ingestion_dlt.domain.resets import past_loads
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.ports.destination import Destination, TableState
from floe_ingestion_dlt.ports.pipeline_states import PipelineStates


def load_state_of(name: str, destination: Destination, states: PipelineStates) -> Result[LoadState, Fault]:
    """The state that belongs to the present rows of the table *name*, and its loads."""
    found = root_table(name, destination)
    if isinstance(found, Failure):
        return found
    table, described = found.unwrap()
    text = destination.read_state(table)
    kept: Result[KeptState, Fault] = text.bind(
        lambda known: Success(NO_STATE) if known is None else states.read(known, table, described.schema)
    )
    snapshots = destination.snapshots_of(table).map(lambda seen: seen or TableSnapshots())
    return kept.bind(lambda state: snapshots.map(lambda seen: _load_state(table, seen, state)))


def root_table(name: str, destination: Destination) -> Result[tuple[TableName, TableState], Fault]:
    """The root table of this *name*; refused if there is none, or if the state is in another table."""
    *levels, last = name.split(".")
    table = TableName(tuple(levels), last)
    if not levels or not all((*levels, last)) or table.is_dlts_own:
        return Failure(_unknown(name))
    described = destination.describe(table)
    if isinstance(described, Failure):
        return described
    state = described.unwrap()
    if state is None:
        return Failure(_unknown(name))
    if state.owner is not None and may_be_nested(table, state.owner):
        wanted = f"its root table {state.owner}: the state of nested tables is kept there"
        return Failure(Invalid("table", name, wanted))
    return Success((table, state))


def _unknown(name: str) -> Invalid:
    return Invalid(
        "table", name, "a table that is in the catalog and is not dlt's own, such as bronze.orders"
    )


def _load_state(table: TableName, seen: TableSnapshots, kept: KeptState) -> LoadState:
    loads = past_loads(seen.newest_first)
    return LoadState(table, seen.current, kept.cursors, loads, kept.files, kept.has_position, kept.has_answer)
