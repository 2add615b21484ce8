"""A plan's write mode as the hints that dlt keeps in its schema, from where the destination reads them again."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt_api.internals import items_of
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import ByVersion
from floe_ingestion_dlt.domain.write_modes import Merge, WriteMode, name_of

VALID_FROM: Final = "_dlt_valid_from"
VALID_TO: Final = "_dlt_valid_to"
ROW_ID: Final = "_dlt_id"


def disposition(mode: WriteMode) -> Any:
    """What dlt calls the mode."""
    return name_of(mode)


def as_resource(data: object, plan: LoadPlan) -> DltSource | DltResource:
    """What dlt extracts: *data* itself, or a resource of the plan's table over its rows."""
    if isinstance(data, DltSource | DltResource):
        return data
    return dlt.resource(cast("Iterator[Any]", data), name=plan.table.name)


def resources_of(data: DltSource | DltResource) -> Iterable[DltResource]:
    """What of *data* is loaded, resource by resource."""
    return data.selected_resources.values() if isinstance(data, DltSource) else (data,)


def is_used_up(data: object) -> bool:
    """Whether *data* that was read before may be less than it was: all but functions and what lies in memory may be.

    A resource reads what the resource reads that it transforms.
    """
    if not isinstance(data, DltSource | DltResource):
        return not _can_be_read_anew(data)
    return not all(
        _can_be_read_anew(items) for resource in resources_of(data) for items in items_of(resource)
    )


def _can_be_read_anew(items: object) -> bool:
    if inspect.isgenerator(items):
        return inspect.getgeneratorstate(items) == inspect.GEN_CREATED
    return items is None or callable(items) or isinstance(items, list | tuple | pa.Table | pa.RecordBatch)


def with_strategy(data: DltSource | DltResource, plan: LoadPlan) -> DltSource | DltResource:
    """*data* with the strategy of a merge.

    It is not passed as part of the disposition: with scd2, dlt would require a column with a hash of each row, which
    rows that come in Arrow tables do not have.
    """
    if not isinstance(plan.mode, Merge):
        return data
    strategy: Any = {"x-merge-strategy": plan.mode.strategy.name}
    for resource in resources_of(data):
        resource.apply_hints(additional_table_hints=strategy)
    return data


def column_hints(plan: LoadPlan) -> Any:
    """What dlt has to know of the columns of a merge.

    That a key is never null is not among it: the destination refuses a row without a key in words of its own. Nor is
    the key told to dlt as that of the resource: it would pass over a row at the cursor that has changed since.
    """
    mode = plan.mode
    if not isinstance(mode, Merge):
        return None
    hints: dict[str, dict[str, object]] = {name: {"primary_key": True} for name in mode.key}
    if mode.hard_delete:
        hints.setdefault(mode.hard_delete, {})["hard_delete"] = True
    if mode.dedup_sort:
        hints.setdefault(mode.dedup_sort.column, {})["dedup_sort"] = mode.dedup_sort.order.value
    if isinstance(mode.strategy, ByVersion):
        hints |= _validity()
        if plan.cursor:
            # A load that begins at a cursor says nothing of rows that it does not bring: their versions go on.
            for name in mode.key:
                hints[name]["merge_key"] = True
    return {name: {"name": name, **hint} for name, hint in hints.items()}


def _validity() -> dict[str, dict[str, object]]:
    """The columns that dlt adds for versions; a row's id is the hash of its values, and those of its nested rows."""
    moment = {"data_type": "timestamp", "nullable": True}
    return {
        VALID_FROM: moment | {"x-valid-from": True},
        VALID_TO: moment | {"x-valid-to": True, "x-active-record-timestamp": None},
        ROW_ID: {"x-row-version": True, "nullable": True, "unique": False, "row_key": False},
    }
