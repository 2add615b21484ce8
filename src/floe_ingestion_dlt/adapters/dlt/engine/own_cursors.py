"""Cursors that the resources of a user have by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt_api.incrementals import (
    hinted_incremental,
    incremental_of,
    reads_by_last_value,
)
from floe_ingestion_dlt.adapters.dlt_api.internals import Pipe, pipes_of
from floe_ingestion_dlt.domain.cursor_texts import TextOrder
from floe_ingestion_dlt.domain.load_plan import LoadPlan


def cursors_of(resource: DltResource) -> Iterator[str]:
    """The cursors by which dlt reads the resource, and those that it transforms."""
    for own in map(incremental_of, pipes_of(resource)):
        if own is not None:
            yield str(own.cursor_path)


def own_column(resource: DltResource) -> str | None:
    """The column of the resource's hint for a cursor. One without such a hint can be given a cursor."""
    own = hinted_incremental(_pipe_of(resource))
    return None if own is None else str(own.cursor_path)


def checked_cursor(resource: DltResource, plan: LoadPlan) -> str | None:
    """The cursor of the plan, or the one of the *resource* itself if only values after the highest one are new."""
    own = incremental_of(_pipe_of(resource)) if plan.cursor is None else None
    return plan.cursor if own is None or own.last_value_func is not max else str(own.cursor_path)


def order_of_texts(resource: DltResource) -> TextOrder:
    """The order in which a *resource* of the user is asked for texts: it is not known if it asks by a query of its own."""
    is_asked = reads_by_last_value(resource) and incremental_of(_pipe_of(resource)) is not None
    return TextOrder.UNKNOWN if is_asked else TextOrder.CHARACTERS


def _pipe_of(resource: DltResource) -> Pipe:
    return next(iter(pipes_of(resource)))
