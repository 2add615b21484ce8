"""A time without a zone stays one: dlt takes those of Arrow tables for UTC, unless it is told of each column."""

from __future__ import annotations

from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource


def with_naive_times(data: DltSource | DltResource) -> DltSource | DltResource:
    """*data*, whose tables tell dlt which of their timestamps have no zone."""
    for resource in data.selected_resources.values() if isinstance(data, DltSource) else (data,):
        resource.add_map(_Telling())
    return data


class _Telling:
    """Adds a hint to the first table that has a column of naive timestamps, for all that follow."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, item: Any) -> Any:
        if not isinstance(item, pa.Table | pa.RecordBatch):
            return item
        naive = {
            field.name for field in item.schema if pa.types.is_timestamp(field.type) and field.type.tz is None
        }
        if naive <= self._told:
            return item
        self._told |= naive
        columns: Any = {name: {"name": name, "data_type": "timestamp", "timezone": False} for name in naive}
        return dlt.mark.with_hints(item, dlt.mark.make_hints(columns=columns))
