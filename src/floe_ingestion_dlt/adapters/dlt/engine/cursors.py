"""Incremental reading by a cursor, exact where rows share the last value."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import dlt
from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.own_cursors import cursors_of, own_column
from floe_ingestion_dlt.adapters.dlt.state import cursors_in, last_value
from floe_ingestion_dlt.adapters.dlt_api.internals import to_py_datetime
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource, Incremental, deduplication_key
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, OnNull
from floe_ingestion_dlt.domain.exact_values import is_moment
from floe_ingestion_dlt.domain.faults import Category, Invalid, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.missing_keys import without_keys
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.source import HasKeys, OrdersTexts, Position, Source


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


def refused_of(source: Source, plan: LoadPlan, state: State) -> SourceFailed | Invalid | None:
    """Why the source cannot be read with the plan's cursor and its options, or without a cursor."""
    own = own_cursor(source, plan)
    is_plain = not isinstance(source, DltReadSource) or (plan.cursor or "").isidentifier()
    return (
        cursor_left_out(plan, state, own)
        or _options_refused(plan, state, own, is_plain=is_plain)
        or without_keys(plan, own, has_keys=isinstance(source, HasKeys))
    )


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


def _options_refused(
    plan: LoadPlan, state: State, own: str | None, *, is_plain: bool = True
) -> Invalid | None:
    """Why the options of the plan's cursor cannot be used.

    The *own* cursor of a source leaves out rows before the options do, and a path that is no *plain* column cannot be looked at.
    """
    if plan.limits == NO_OPTIONS:
        return None
    if own is not None and (own != plan.cursor or plan.limits.lag is not None):
        why = f"the source is read by an incremental of its own, {own}. Set such options there, or remove the incremental"
        return Invalid("cursor", None, why, is_superfluous=True)
    if not is_plain:
        return Invalid("cursor.column", plan.cursor, "the name of a column, because a path has no options")
    found = start_of(plan, state)
    return found.failure() if isinstance(found, Failure) else None


def refused_for(resource: DltResource, plan: LoadPlan, state: State) -> Invalid | None:
    """Why the *resource* that a run is given cannot be read with the plan's cursor and its options, or without all of its keys."""
    if plan.deletes_missing is not None and (refused := without_keys(plan, next(cursors_of(resource), None))):
        return refused
    return _options_refused(plan, state, own_column(resource))


def start_of(plan: LoadPlan, state: State) -> Result[Position | None, Invalid]:
    """The value from which a cursor with a lag reads; None if it has no lag, or no last value yet."""
    last, lag = plain_value(last_value(state, plan.cursor)), plan.limits.lag
    if lag is None or last is None:
        return Success(None)
    return lag.start(last, str(plan.cursor)).map(Position)


def look_back(source: Source, plan: LoadPlan, state: State) -> Position | None:
    """Where a read begins that may bring rows before the last value: by the lag, or because the source orders texts otherwise."""
    last, by_lag = last_value(state, plan.cursor), start_of(plan, state).unwrap()
    is_other_order = isinstance(last, str) and not is_moment(last) and isinstance(source, OrdersTexts)
    return Position(last) if by_lag is None and is_other_order and is_compared(plan) else by_lag


def path_of(column: str) -> str:
    """The path of a *column* of this name in dlt's state, in which it is not read as a JSON path."""
    quoted = column.replace("\\", "\\\\").replace("'", "\\'")
    return column if column.isidentifier() and column.isascii() else f"['{quoted}']"


def incremental_on(plan: LoadPlan, column: str) -> Incremental:
    """Dlt's incremental on the *column* of the plan."""
    key = deduplication_key(is_compared=is_compared(plan))
    missing: Literal["include", "raise"] = "include" if plan.limits.on_null is OnNull.INCLUDE else "raise"
    return dlt.sources.incremental(path_of(column), primary_key=key, on_cursor_value_missing=missing)


def apply_cursor(resource: DltResource, plan: LoadPlan) -> str | None:
    """Set the plan's cursor on a resource that has none; returns the cursor if rows are compared by it.

    A cursor with a lag needs no incremental of dlt, which would leave rows out.
    """
    if plan.cursor is None or own_column(resource) is not None:
        return None
    if plan.limits.lag is None:
        resource.apply_hints(incremental=incremental_on(plan, plan.cursor))
    return plan.cursor if is_compared(plan) else None


def plain_value(value: object) -> object:
    """A cursor's value, with a moment of dlt's own type as a datetime."""
    return to_py_datetime(value) if isinstance(value, datetime) else value
