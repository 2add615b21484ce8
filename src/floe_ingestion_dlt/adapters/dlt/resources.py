"""The data of a run as dlt resources."""

from __future__ import annotations

import inspect
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import pipes_of
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.safe_texts import listed


def as_resource(data: Any, plan: LoadPlan) -> DltResource:
    """*data* if it is a resource, the one resource of a source, else a resource over whatever has or yields rows.

    A source with several resources is refused: their rows would all be in the plan's table.
    """
    match data:
        case DltResource():
            return data
        case DltSource():
            return _the_only_one(tuple(data.selected_resources.values()))
        case _:
            resource: DltResource = dlt.resource(data, name=plan.table.name)
            return resource


def _the_only_one(resources: tuple[DltResource, ...]) -> DltResource:
    if len(resources) != 1:
        given = f"a source with {listed([each.name for each in resources]) or 'no resource'}"
        throw(
            Invalid("source", given, "one resource, such as source.resources['orders']: a pipeline loads one")
        )
    return resources[0]


def is_consumed(data: object) -> bool:
    """Whether *data* may have fewer rows when it is read again: only functions and data in memory can be read twice.

    A resource also reads what the resource has that it transforms.
    """
    match data:
        case DltSource():
            return any(map(is_consumed, data.selected_resources.values()))
        case DltResource():
            return not all(_can_be_read_again(pipe.gen) for pipe in pipes_of(data))
        case _:
            return not _can_be_read_again(data)


def _can_be_read_again(items: object) -> bool:
    if inspect.isgenerator(items):
        return inspect.getgeneratorstate(items) == inspect.GEN_CREATED
    return items is None or callable(items) or isinstance(items, list | tuple | pa.Table | pa.RecordBatch)
