"""dlt's pipeline state as the text that a destination keeps, and back.

The text is dlt's state in a form that is equal for equal states: what changes without meaning is taken out. The state
that a load leaves is named by its content and by the load, so that two loads never leave the same one, and it carries
its name in itself: so a pipeline that was read from the table knows what its loads follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from floe_ingestion_dlt.adapters.dlt.naming import schema_name_of
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Pipeline,
    StateInfo,
    active_pipeline,
    compress_state,
    decompress_state,
    dlt_json,
    generate_state_version_hash,
)
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName, pipeline_name, table_of_pipeline
from floe_ingestion_dlt.domain.write_modes import Append

# What earlier releases wrote down beside a package.
BEFORE: Final = "floe_state_before"
LOAD_ID: Final = "floe_load_id"
CURSOR: Final = "floe_compared_cursor"
VERSION: Final = "floe_version"
# In a state that is the short form of one that was lost.
LOST: Final = "floe_lost"
# In the place of a column: rows are compared with all rows of the table.
ALL_ROWS: Final = ""
# What belongs to one working folder, to one version of dlt's or to the table's name, and is not what loads have brought.
NUMBERS: Final = ("_state_version", "_state_engine_version")
NAMES: Final = ("dataset_name", "schema_names", "default_schema_name")
NOT_CONTENT: Final = ("_local", "_version_hash", VERSION, LOST, *NUMBERS, *NAMES)

State = dict[str, Any]


def remember(pipeline: Pipeline, plan: LoadPlan, cursor: str | None) -> None:
    """Write down, beside the package to come, its name, and the column by which its rows are compared with the table's.

    Without such a column, rows that are appended are compared with all rows where the state was lost.
    """
    everything = ALL_ROWS if is_lost(pipeline) and isinstance(plan.mode, Append) else None
    pipeline.set_local_state_val(LOAD_ID, plan.load_id)
    pipeline.set_local_state_val(CURSOR, cursor or everything)


def load_id_of(package_id: str) -> str:
    """The id under which the active pipeline's package is committed: the name that its run was given, else its own."""
    return _remembered(LOAD_ID) or package_id


def compared_cursor() -> str | None:
    """The column by which the rows of the active pipeline's package are compared with those of the table."""
    return _remembered(CURSOR)


def is_lost(pipeline: Pipeline) -> bool:
    """Whether the pipeline goes on from the short form of a state that was lost."""
    return LOST in cast("Mapping[str, Any]", pipeline.state)


def stored_state(
    table: TableName, document: Mapping[str, Any] | None, load_id: str, *, has_rows: bool
) -> StoredState | None:
    """The state that the active pipeline's package leaves with the rows of *table*; None if it leaves none.

    Without a *document* dlt has found nothing new in the state. Rows that are compared with the table's leave a state
    nevertheless: another load that was compared with the same rows must find that they are not what they were.
    """
    state = decompress_state(document["state"]) if document is not None else _current()
    follows = cast("str | None", state.get(VERSION)) or _remembered(BEFORE)
    content = _content(state)
    name = _digest(dlt_json.typed_dumpb(content, sort_keys=True), 12)
    is_new = document is not None and (LOST in state or not (follows or "").startswith(f"{name}-"))
    if not is_new and not (has_rows and compared_cursor() is not None):
        return None
    version = f"{name}-{_digest(load_id.encode(), 8)}"
    kept = {key: state[key] for key in NUMBERS} | {VERSION: version}
    text, short = _compressed({**content, **kept}), _compressed({**_shortened(content), **kept})
    return StoredState(table, text, version, follows, short)


def _shortened(content: State) -> State:
    """The state with nothing but its cursors, or from the start if it has more than cursors; marked as what it is."""
    sources = content["sources"].values()
    resources = [resource for source in sources for resource in source.get("resources", {}).values()]
    known = [set(source) <= {"resources"} for source in sources]
    known += [set(resource) <= {"incremental"} for resource in resources]
    if not all(known):
        return {**content, "sources": {}, LOST: True}
    short: State = _copied(content)
    for cursor in _cursors(short):
        cursor["unique_hashes"] = []
    return {**short, LOST: True}


def _current() -> State:
    pipeline = active_pipeline()
    return dict(cast("Mapping[str, Any]", pipeline.state)) if pipeline else {}


def _remembered(key: str) -> str | None:
    pipeline = active_pipeline()
    value = pipeline.state["_local"].get(key) if pipeline else None
    return None if value is None else str(value)


def _content(state: Mapping[str, Any]) -> State:
    content = {key: value for key, value in sorted(state.items()) if key not in NOT_CONTENT}
    content["sources"] = _copied(content.get("sources", {}))
    for cursor in _cursors(content):
        # dlt writes down from where it last read, and the hashes of rows in any order.
        cursor["start_value"] = cursor.get("last_value")
        if cursor.get("unique_hashes"):
            cursor["unique_hashes"] = sorted(cursor["unique_hashes"])
    return content


def _copied(value: Any) -> Any:
    """A copy whose dictionaries have their keys in order."""
    if isinstance(value, Mapping):
        return {key: _copied(value[key]) for key in sorted(value)}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _cursors(state: Mapping[str, Any]) -> Iterator[State]:
    for source in state.get("sources", {}).values():
        for resource in source.get("resources", {}).values():
            yield from resource.get("incremental", {}).values()


def _compressed(state: State) -> str:
    text: str = compress_state(cast("Any", state))
    return text


def _digest(content: bytes, length: int) -> str:
    return hashlib.sha256(content).hexdigest()[:length]


def state_info(text: str | None, table: TableName) -> StateInfo | None:
    """The state of *table*'s pipeline as dlt wants it; of a table that was renamed, under the names that it has now."""
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
    marks: State = {key: state[key] for key in (VERSION, LOST) if key in state}
    state = {**_content(_renamed(state, table)), **names, **numbers, **marks}
    state["_version_hash"] = generate_state_version_hash(cast("Any", state), ["_local"])
    return StateInfo(
        version=state["_state_version"],
        engine_version=state["_state_engine_version"],
        pipeline_name=state["pipeline_name"],
        state=_compressed(state),
        created_at=datetime.now(UTC),
        version_hash=state["_version_hash"],
    )


def is_read_by_cursor(text: str | None) -> bool:
    """Whether a stored state has the last value of a cursor."""
    return text is not None and any(one.get("last_value") is not None for one in _cursors(decoded(text)))


def decoded(text: str) -> State:
    """The state, with its name; earlier releases kept dlt's whole document, which is named by dlt's hash."""
    if not text.startswith("{"):
        return decompress_state(text)
    document = json.loads(text)
    return {**decompress_state(document["state"]), VERSION: document["version_hash"]}


def _renamed(state: State, table: TableName) -> State:
    """The state for a table that had another name when it was written.

    A resource that had the table's name is the one that has it now. Under its old name it stays as well: the data that
    somebody hands to a run may still be called so.
    """
    before = table_of_pipeline(state["pipeline_name"])
    if before == table:
        return state
    old, new = schema_name_of(before), schema_name_of(table)
    sources = {new if name == old else name: source for name, source in state.get("sources", {}).items()}
    for source in sources.values():
        resources = source.get("resources", {})
        if before.name in resources:
            resources.setdefault(table.name, _copied(resources[before.name]))
    return {**state, "pipeline_name": pipeline_name(table), "sources": sources}
