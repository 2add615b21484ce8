"""dlt's pipeline state as the text that a destination keeps, and back.

Equal states have equal texts: parts that change without meaning are left out. The name of a state is made of its content
and of the load that wrote it, so no two loads write the same name. The state contains its name, so a pipeline that is
restored from the table knows which state its next load follows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from floe_ingestion_dlt.adapters.dlt.kept_slices import files_in, text_of_files
from floe_ingestion_dlt.adapters.dlt.naming import in_table
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import active_pipeline
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Pipeline,
    TPipelineStateDoc,
    decompress_state,
    dlt_json,
)
from floe_ingestion_dlt.adapters.dlt_api.states import State, compressed_state, state_of
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.load import StagedFile, StoredState
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.slices import StagedRows
from floe_ingestion_dlt.domain.window_texts import text_of, window_in
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append

# Written beside a package by earlier releases.
BEFORE: Final = "floe_state_before"
LOAD_ID: Final = "floe_load_id"
CURSOR: Final = "floe_compared_cursor"
WINDOW: Final = "floe_window"
WINDOW_READ_AT: Final = "floe_window_read_at"
WINDOW_HAS_VALUES: Final = "floe_window_has_values"
SLICES: Final = "floe_slices"
REFRESH: Final = "floe_refresh"
MISSING: Final = "floe_missing"
VERSION: Final = "floe_version"
# The answer of an API whose rows are in the table, in the state of its resource.
ANSWER: Final = "floe_answer"
# Marks the short form of a state that was lost.
LOST: Final = "floe_lost"
# Marks a state whose cursor was moved back: rows from there on may be in the table.
MOVED_BACK: Final = "floe_moved_back"
# Used in place of a column: rows are compared with all rows of the table.
ALL_ROWS: Final = ""
# Parts of a state that depend on a working folder, a version of dlt or the table's name, not on the rows that were loaded.
NUMBERS: Final = ("_state_version", "_state_engine_version")
NAMES: Final = ("dataset_name", "schema_names", "default_schema_name")
MARKS: Final = (LOST, MOVED_BACK)
NOT_CONTENT: Final = ("_local", "_version_hash", VERSION, *MARKS, *NUMBERS, *NAMES)


def remember(
    pipeline: Pipeline, plan: LoadPlan, names: ColumnNames, cursor: str | None, version: str
) -> None:
    """Save the id of the next package, its window, its files if workers staged them, and the column by which its rows are compared with the table's.

    The rows of a window, and keys, are read when the table has this *version*. Without a column to compare, rows that are appended after the state was lost or moved back are compared with all rows. Rows of a window are
    compared with none, because they replace them.
    """
    is_appended = isinstance(plan.mode, Append) and plan.window is None
    everything = ALL_ROWS if _is_marked(state_of(pipeline)) and is_appended else None
    pipeline.set_local_state_val(LOAD_ID, plan.load_id)
    pipeline.set_local_state_val(CURSOR, names.in_table(cursor) if cursor else everything)
    staged = plan.part.files if isinstance(plan.part, StagedRows) else None
    pipeline.set_local_state_val(SLICES, None if staged is None else text_of_files(staged))
    pipeline.set_local_state_val(WINDOW, plan.window and text_of(in_table(plan.window, names)))
    pipeline.set_local_state_val(WINDOW_READ_AT, version)
    pipeline.set_local_state_val(WINDOW_HAS_VALUES, None)
    pipeline.set_local_state_val(REFRESH, "yes" if plan.is_refresh else None)


def forget(pipeline: Pipeline) -> None:
    """Begin a new state, which follows the one that the pipeline has; nothing of what was read before is known any more."""
    with pipeline.managed_state() as state:
        state["sources"] = {}
        for mark in MARKS:
            cast("State", state).pop(mark, None)


def remember_missing(pipeline: Pipeline, text: str | None) -> None:
    """Save what the next package does with rows that are gone in the source."""
    pipeline.set_local_state_val(MISSING, text)


def kept_missing() -> str | None:
    """What the active pipeline's package does with rows that are gone in the source; None if it looks for none."""
    return _remembered(MISSING)


def remember_values(pipeline: Pipeline) -> None:
    """Save that rows which were read for the window have values in its column."""
    pipeline.set_local_state_val(WINDOW_HAS_VALUES, "yes")


def load_id_of(package_id: str) -> str:
    """The id under which the active pipeline's package is committed: that of the run if it has one, else its own."""
    return _remembered(LOAD_ID) or package_id


def compared_cursor() -> str | None:
    """The column by which the rows of the active pipeline's package are compared with those of the table."""
    return _remembered(CURSOR)


def kept_window() -> Window | None:
    """The window of the active pipeline's package, with the name of the table's column; None if the package has no window."""
    kept = _remembered(WINDOW)
    return None if kept is None else window_in(kept)


def table_read_at() -> str | None:
    """The version of the table when the rows of the window, or the keys, were read."""
    return _remembered(WINDOW_READ_AT)


def window_has_values() -> bool:
    """Whether some row that was read for the window has a value in its column."""
    return _remembered(WINDOW_HAS_VALUES) is not None


def is_refresh() -> bool:
    """Whether the active pipeline's package replaces all rows, also if it merges."""
    return _remembered(REFRESH) is not None


def staged_in_slices() -> tuple[StagedFile, ...] | None:
    """The files of the active pipeline's package if workers have staged its rows; None if they are in the package."""
    kept = _remembered(SLICES)
    return None if kept is None else files_in(kept)


def is_lost(pipeline: Pipeline) -> bool:
    """Whether the pipeline continues from the short form of a state that was lost."""
    return LOST in state_of(pipeline)


def _is_marked(state: State) -> bool:
    return any(mark in state for mark in MARKS)


def stored_state(
    table: TableName, document: TPipelineStateDoc | None, load_id: str, *, has_rows: bool
) -> StoredState | None:
    """The state that the active pipeline's package writes with the rows of *table*; None if it writes none.

    The rows of a window belong to no state, because windows are loaded in any order. Without a *document* dlt found nothing new in
    the state. Rows that are compared with the table's write a state all the same, so that another load that was compared with the
    same rows finds that they have changed.
    """
    if kept_window() is not None:
        return None
    state = decompress_state(document["state"]) if document is not None else _current()
    follows: str | None = state.get(VERSION) or _remembered(BEFORE)
    name = _name_of(content := content_of(state))
    is_new = document is not None and (_is_marked(state) or not (follows or "").startswith(f"{name}-"))
    if not is_new and not (has_rows and compared_cursor() is not None):
        return None
    return stored(table, content, {key: state[key] for key in NUMBERS}, load_id, follows)


def stored(table: TableName, content: State, kept: State, load_id: str, follows: str | None) -> StoredState:
    """The state with this *content*, and what is *kept* beside it."""
    version = f"{_name_of(content)}-{_digest(load_id.encode(), 8)}"
    kept = {**kept, VERSION: version}
    text, short = compressed_state({**content, **kept}), compressed_state({**_shortened(content), **kept})
    return StoredState(table, text, version, follows, short)


def _name_of(content: State) -> str:
    return _digest(dlt_json.typed_dumpb(content, sort_keys=True), 12)


def _shortened(content: State) -> State:
    """The state with only its cursors, or empty if it has more than cursors and an answer, which is read again; marked as a short form."""
    sources = content["sources"].values()
    resources = [resource for source in sources for resource in source.get("resources", {}).values()]
    known = [set(source) <= {"resources"} for source in sources]
    known += [set(resource) <= {"incremental", ANSWER} for resource in resources]
    if not all(known):
        return {**content, "sources": {}, LOST: True}
    short: State = copied(content)
    for source in short["sources"].values():
        for resource in source.get("resources", {}).values():
            resource.pop(ANSWER, None)
    for _, cursor in cursors_in(short):
        cursor["unique_hashes"] = []
    return {**short, LOST: True}


def _current() -> State:
    pipeline = active_pipeline()
    return state_of(pipeline) if pipeline else {}


def _remembered(key: str) -> str | None:
    pipeline = active_pipeline()
    value = pipeline.state["_local"].get(key) if pipeline else None
    return None if value is None else str(value)


def content_of(state: State) -> State:
    content = {key: value for key, value in sorted(state.items()) if key not in NOT_CONTENT}
    content["sources"] = copied(content.get("sources", {}))
    for _, cursor in cursors_in(content):
        # dlt saves where the last read began, and the hashes of rows in any order.
        cursor["start_value"] = cursor.get("last_value")
        if cursor.get("unique_hashes"):
            cursor["unique_hashes"] = sorted(cursor["unique_hashes"])
    return content


def copied(value: Any) -> Any:
    """A copy whose dictionaries have their keys in order."""
    if isinstance(value, Mapping):
        return {key: copied(value[key]) for key in sorted(value)}
    return [copied(item) for item in value] if isinstance(value, list) else value


def cursors_in(state: State) -> Iterator[tuple[str, State]]:
    """The cursors of all resources, by the paths of their columns."""
    for _, resource in resources_in(state):
        yield from resource.get("incremental", {}).items()


def resources_in(state: State) -> Iterator[tuple[str, State]]:
    """The states of all resources, by their names."""
    for source in state.get("sources", {}).values():
        yield from source.get("resources", {}).items()


def last_value(state: State, column: str | None) -> object:
    """The last value of the cursor on the *column*; None if there is none."""
    return next(
        (cursor.get("last_value") for path, cursor in cursors_in(state) if column in {path, path[2:-2]}), None
    )


def _digest(content: bytes, length: int) -> str:
    return hashlib.sha256(content).hexdigest()[:length]


def is_read_by_cursor(text: str | None) -> bool:
    """Whether a stored state has a cursor with a value."""
    return text is not None and any(
        cursor.get("last_value") is not None for _, cursor in cursors_in(decoded(text))
    )


def decoded(text: str) -> State:
    """The state, with its name; earlier releases stored dlt's whole document, named by dlt's hash."""
    if not text.startswith("{"):
        return decompress_state(text)
    document = json.loads(text)
    return {**decompress_state(document["state"]), VERSION: document["version_hash"]}
