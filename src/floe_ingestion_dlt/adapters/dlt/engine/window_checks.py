"""Refusing windows that a cursor would limit, or whose rows a cursor would load again."""

from __future__ import annotations

from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.own_cursors import cursors_of
from floe_ingestion_dlt.adapters.dlt.engine.verifying import view_of
from floe_ingestion_dlt.adapters.dlt.naming import in_table
from floe_ingestion_dlt.adapters.dlt_api.internals import pipes_of
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.faults import Fault, Invalid
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import TableView
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination


def before_cursor(plan: LoadPlan, port: Destination, names: ColumnNames) -> Result[None, Fault]:
    """Nothing, if rows are not appended by a cursor that would load rows of the plan's window again."""
    if plan.window is None or not isinstance(plan.mode, Append):
        return Success(None)
    window = in_table(plan.window, names)
    return view_of(plan.table, port).bind(lambda table: _before(window, table))


def _before(window: Window, table: TableView | None) -> Result[None, Invalid]:
    cursor = None if table is None else table.cursor
    if table is None or cursor is None:
        return Success(None)
    kind = table.schema.type_of(cursor.column)
    if cursor.column == window.column and kind is not None and window.ends_by(cursor.value, kind):
        return Success(None)
    return Failure(_beyond(window, cursor))


def _beyond(window: Window, cursor: StateCursor) -> Invalid:
    wanted = (
        f"a window of {cursor.column} that ends at {cursor.value} or before:"
        " the cursor has come so far, and later rows would be loaded again by it"
    )
    return Invalid("window", str(window), wanted)


def without_own_cursor(resource: DltResource, plan: LoadPlan) -> Result[DltResource, Invalid]:
    """The *resource*, refused if a window of it is wanted and it is read by a cursor of its own, whose state would limit the window."""
    own = None if plan.window is None else next(cursors_of(resource), None)
    return Success(resource) if own is None else Failure(_limited(plan.resource, own))


def without_declared_cursor(
    source: DltReadSource, plan: LoadPlan, opened: DltResource
) -> Result[DltResource, Invalid]:
    """The *opened* resource, refused if a window of it is wanted and it, or one that it transforms, declares a cursor."""
    if plan.window is None:
        return Success(opened)
    _, *parents = (pipe.name for pipe in pipes_of(opened))
    for name in (plan.resource, *parents):
        if (own := source.declared_cursor(name)) is not None:
            return Failure(_limited(name, own))
    return Success(opened)


def _limited(resource: str, cursor: str) -> Invalid:
    why = (
        f"the resource {resource} is read by a cursor of its own, {cursor}, which would leave rows of the window out."
        " To load windows of it, remove the cursor from the resource and set cursor_field"
    )
    return Invalid("window", None, why, is_superfluous=True)
