"""What a stored state of dlt's pipeline has, and the same state with its cursor moved back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.cursors import plain_value
from floe_ingestion_dlt.adapters.dlt.engine.source_resource import FILES, POSITION
from floe_ingestion_dlt.adapters.dlt.engine.verifying import column_of
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt.state import (
    ANSWER,
    MOVED_BACK,
    NUMBERS,
    VERSION,
    content_of,
    decoded,
    resources_in,
    stored,
)
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.cursor_moves import TARGET, moved_back
from floe_ingestion_dlt.domain.cursors import shown
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed, Invalid
from floe_ingestion_dlt.domain.known_files import known_files_in
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.load_state import KeptState, ResourceCursor
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema

# The name of a resource, the path of its cursor, and dlt's entry of it.
CursorEntry: TypeAlias = tuple[str, str, State]


@final
class DltStates:
    """The states that dlt's pipelines keep in tables."""

    def read(self, text: str, table: TableName, schema: TableSchema) -> Result[KeptState, DestinationFailed]:
        return _decoded(text, table).map(lambda state: _kept(state, schema))

    def moved_back(
        self, text: str, table: TableName, value: object, load_id: str
    ) -> Result[StoredState, Invalid | DestinationFailed]:
        state = _decoded(text, table)
        return state if isinstance(state, Failure) else _moved(state.unwrap(), table, value, load_id)


def _decoded(text: str, table: TableName) -> Result[State, DestinationFailed]:
    try:
        return Success(decoded(text))
    except Exception as error:  # noqa: BLE001 - dlt's decoders raise anything for other bytes
        cause = f"the state of {table} cannot be read: {type(error).__name__} in {len(text)} characters"
        step = "Roll the table back to a snapshot with another state, or load with refresh=True."
        return Failure(DestinationFailed(cause, Category.PERMANENT, step))


def _kept(state: State, schema: TableSchema) -> KeptState:
    snake = NamingConvention().snake_path
    names = ColumnNames.of((column.name for column in schema.columns), snake=snake)
    resources = [resource for _, resource in resources_in(state)]
    cursors = {
        ResourceCursor(resource, names.in_table(column_of(path) or path), plain_value(entry["last_value"]))
        for resource, path, entry in _cursors(state)
    }
    return KeptState(
        tuple(sorted(cursors, key=lambda cursor: (cursor.resource, cursor.column))),
        max((len(known_files_in(resource.get(FILES))) for resource in resources), default=0),
        has_position=any(POSITION in resource for resource in resources),
        has_answer=any(ANSWER in resource for resource in resources),
    )


def _moved(state: State, table: TableName, value: object, load_id: str) -> Result[StoredState, Invalid]:
    found = _cursor_to_move(list(_cursors(state)), table, value)
    if isinstance(found, Failure):
        return found
    _, path, entry = found.unwrap()
    moved = moved_back(column_of(path) or path, plain_value(entry["last_value"]), value)
    if isinstance(moved, Failure):
        return moved
    follows = state.get(VERSION)
    entry.update(last_value=moved.unwrap(), unique_hashes=[])
    for _, resource in resources_in(state):
        for known in (FILES, ANSWER):
            resource.pop(known, None)
    kept = {key: state[key] for key in NUMBERS} | {MOVED_BACK: True}
    return Success(stored(table, content_of(state), kept, load_id, follows))


def _cursor_to_move(
    cursors: list[CursorEntry], table: TableName, value: object
) -> Result[CursorEntry, Invalid]:
    """The only cursor of the table's own resource, or of all resources."""
    own = [entry for entry in cursors if entry[0] == table.name] or cursors
    if not own:
        wanted = f"ToSnapshot(id): no cursor of {table} has a value. refresh=True reads everything again"
        return Failure(Invalid(TARGET, shown(value), wanted))
    if len(own) > 1:
        names = ", ".join(f"{path} of {resource}" for resource, path, _ in own)
        return Failure(Invalid(TARGET, shown(value), f"ToSnapshot(id): {table} has several cursors, {names}"))
    return Success(own[0])


def _cursors(state: State) -> Iterator[CursorEntry]:
    """The cursors that have a value."""
    for resource, kept in resources_in(state):
        for path, entry in kept.get("incremental", {}).items():
            if entry.get("last_value") is not None:
                yield resource, path, entry
