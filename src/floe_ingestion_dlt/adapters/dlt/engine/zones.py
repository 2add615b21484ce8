"""A time has a zone in the table if it has one in the source: dlt takes all for UTC, unless it is told of each column."""

from __future__ import annotations

from typing import Any, ClassVar, final

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt.engine.resources import resources_of
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.faults import Category, SourceFailed


def with_zones(data: DltSource | DltResource) -> DltSource | DltResource:
    """*data*, whose Arrow tables tell dlt which of their timestamps have a zone."""
    for resource in resources_of(data):
        resource.add_step(_Telling())
    return data


@final
class _Telling(ItemTransform[Any, Any]):
    """Adds a hint for each column of timestamps to whatever has such; a column has a zone always or never."""

    # Behind dlt's incremental, which lets only new rows through: a hint must not go with the old ones.
    placement_affinity: ClassVar[float] = 1.2

    def __init__(self) -> None:
        super().__init__(lambda item: item)
        self._has_zone: dict[str, bool] = {}

    def __call__(self, item: Any, meta: Any = None) -> Any:
        # What has hints of its own, or a table's name, is left with them: dlt takes one or the other.
        if meta is not None:
            return item
        columns: Any = {
            name: {"name": name, "data_type": "timestamp", "timezone": has_zone}
            for table in (item if isinstance(item, list) else [item])
            if isinstance(table, pa.Table | pa.RecordBatch)
            for name, has_zone in self._zones(table.schema).items()
        }
        return dlt.mark.with_hints(item, dlt.mark.make_hints(columns=columns)) if columns else item

    def _zones(self, schema: pa.Schema) -> dict[str, bool]:
        zones = {f.name: f.type.tz is not None for f in schema if pa.types.is_timestamp(f.type)}
        for name, has_zone in zones.items():
            if self._has_zone.setdefault(name, has_zone) is not has_zone:
                throw(_both(name))
        return zones


def _both(column: str) -> SourceFailed:
    return SourceFailed(
        f"the times of column {column} have a zone in some batches of the source, and none in others",
        Category.PERMANENT,
        "Let the source send the column with a zone always, or never; in files, write those of one kind anew.",
    )
