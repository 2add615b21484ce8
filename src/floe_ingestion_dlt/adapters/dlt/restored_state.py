"""The state of a table for dlt, which continues a pipeline from it."""

from __future__ import annotations

from datetime import UTC, datetime

from floe_ingestion_dlt.adapters.dlt.naming import schema_name_of
from floe_ingestion_dlt.adapters.dlt.state import MARKS, NUMBERS, VERSION, content_of, copied, decoded
from floe_ingestion_dlt.adapters.dlt_api.internals import StateInfo
from floe_ingestion_dlt.adapters.dlt_api.states import State, compressed_state, state_hash
from floe_ingestion_dlt.domain.names import TableName, pipeline_name, table_of_pipeline


def state_info(text: str | None, table: TableName) -> StateInfo | None:
    """The state of *table*'s pipeline for dlt; for a renamed table, with its new names."""
    if text is None:
        return None
    state = decoded(text)
    schema = schema_name_of(table)
    names = {
        "dataset_name": ".".join(table.namespace),
        "schema_names": [schema],
        "default_schema_name": schema,
    }
    numbers = {key: state[key] for key in NUMBERS}
    marks: State = {key: state[key] for key in (VERSION, *MARKS) if key in state}
    state = {**content_of(_renamed(state, table)), **names, **numbers, **marks}
    state["_version_hash"] = state_hash(state)
    return StateInfo(
        version=state["_state_version"],
        engine_version=state["_state_engine_version"],
        pipeline_name=state["pipeline_name"],
        state=compressed_state(state),
        created_at=datetime.now(UTC),
        version_hash=state["_version_hash"],
    )


def _renamed(state: State, table: TableName) -> State:
    """The state for a table that had another name when the state was written.

    The resource with the table's old name gets the new one. It also stays under the old name, because a resource that is
    passed to a run may still have it.
    """
    before = table_of_pipeline(state["pipeline_name"])
    if before == table:
        return state
    old, new = schema_name_of(before), schema_name_of(table)
    sources = {new if name == old else name: source for name, source in state.get("sources", {}).items()}
    for source in sources.values():
        resources = source.get("resources", {})
        if before.name in resources:
            resources.setdefault(table.name, copied(resources[before.name]))
    return {**state, "pipeline_name": pipeline_name(table), "sources": sources}
