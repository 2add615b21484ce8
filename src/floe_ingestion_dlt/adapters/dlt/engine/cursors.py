"""Incremental reading by a cursor, exact where rows share the last value."""

from __future__ import annotations

import dlt
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.state import cursors_in
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource, Incremental, deduplication_key
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.source import Source


def is_compared(plan: LoadPlan) -> bool:
    """Whether rows at the last cursor value are compared with those of the table, not with dlt's hashes of them.

    A merge matches such rows with the table's by key anyway. There dlt skips rows that it has seen, so that a run without
    new rows changes nothing.
    """
    return plan.cursor is not None and isinstance(plan.mode, Append)


def cursor_to_compare(source: Source, plan: LoadPlan) -> str | None:
    """The cursor, if rows at its last value are compared with those of the table.

    If dlt reads the source by itself, the cursor must be a plain column and not the source's own declaration.
    """
    cursor = plan.cursor if is_compared(plan) else None
    if not isinstance(source, DltReadSource) or cursor is None:
        return cursor
    return cursor if cursor.isidentifier() and own_cursor(source, plan) is None else None


def own_cursor(source: Source, plan: LoadPlan) -> str | None:
    """The cursor that the source itself declares."""
    return source.declared_cursor(plan.resource) if isinstance(source, DltReadSource) else None


def cursor_left_out(plan: LoadPlan, state: State, own: str | None = None) -> SourceFailed | None:
    """Why rows of a table that was loaded by a cursor are not appended without it: they would be added again.

    The *own* cursor of a source is another way to set one.
    """
    if plan.cursor or own or plan.window is not None or not isinstance(plan.mode, Append):
        return None
    loaded = [path for path, cursor in cursors_in(state) if cursor.get("last_value") is not None]
    if not loaded:
        return None
    return SourceFailed(
        f"{plan.table} was loaded by the cursor {loaded[0]}, and cursor_field is not set: all rows would be added again",
        Category.CONFIGURATION,
        f"Set cursor_field to {loaded[0]}. Or run once with refresh=True, which replaces all rows and forgets the cursor.",
    )


def incremental_on(column: str, *, is_compared: bool) -> Incremental:
    """Dlt's incremental on the *column* of this name, which is not read as a JSON path."""
    is_path = column.isidentifier() and column.isascii()
    quoted = column.replace("\\", "\\\\").replace("'", "\\'")
    path = column if is_path else f"['{quoted}']"
    return dlt.sources.incremental(path, primary_key=deduplication_key(is_compared=is_compared))


def apply_cursor(data: object, plan: LoadPlan) -> str | None:
    """Set the plan's cursor on a resource that has none; returns the cursor if rows are compared by it."""
    if plan.cursor is None or not isinstance(data, DltResource) or _has_incremental(data):
        return None
    data.apply_hints(incremental=incremental_on(plan.cursor, is_compared=is_compared(plan)))
    return plan.cursor if is_compared(plan) else None


def _has_incremental(resource: DltResource) -> bool:
    """Whether the resource is read by an incremental of its own; one such as `sql_table` only has a place for it."""
    found = resource.incremental
    return found is not None and getattr(found, "incremental", found) is not None
