"""Incremental reading by a cursor, exact where rows share the last value."""

from __future__ import annotations

import dlt
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource, Incremental, deduplication_key
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
    is_own = source.declared_cursor(plan.resource) is not None
    return cursor if cursor.isidentifier() and not is_own else None


def incremental_on(column: str, *, is_compared: bool) -> Incremental:
    """Dlt's incremental on the *column* of this name, which is not read as a JSON path."""
    is_path = column.isidentifier() and column.isascii()
    quoted = column.replace("\\", "\\\\").replace("'", "\\'")
    path = column if is_path else f"['{quoted}']"
    return dlt.sources.incremental(path, primary_key=deduplication_key(is_compared=is_compared))


def apply_cursor(data: object, plan: LoadPlan) -> str | None:
    """Set the plan's cursor on a resource that has none; returns the cursor if rows are compared by it."""
    if plan.cursor is None or not isinstance(data, DltResource) or data.incremental is not None:
        return None
    data.apply_hints(incremental=incremental_on(plan.cursor, is_compared=is_compared(plan)))
    return plan.cursor if is_compared(plan) else None
