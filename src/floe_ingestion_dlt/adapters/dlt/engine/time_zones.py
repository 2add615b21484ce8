"""Timestamps without a zone stay without one: dlt reads them as UTC unless a hint on the column says otherwise."""

from __future__ import annotations

from typing import ClassVar, final

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform, TTableSchemaColumns


def with_zones(resource: DltResource) -> DltResource:
    """*resource* with a hint for each timestamp column of its Arrow tables: whether it has a zone."""
    resource.add_step(_ZoneHints())
    return resource


@final
class _ZoneHints(ItemTransform[object, dict[str, object]]):
    """Adds a hint for each column of timestamps. If one has a zone in some batches, its other times are in UTC."""

    # After dlt's incremental, which removes old rows: a hint would be removed with them.
    placement_affinity: ClassVar[float] = 1.2

    def __init__(self) -> None:
        super().__init__(lambda item: item)
        self._with_zone: set[str] = set()

    def __call__(self, item: object, meta: object = None) -> object:
        # dlt takes one set of hints or table name for an item, so existing ones stay.
        if meta is not None:
            return item
        columns: TTableSchemaColumns = {
            name: {"name": name, "data_type": "timestamp", "timezone": has_zone}
            for table in (item if isinstance(item, list) else [item])
            if isinstance(table, pa.Table | pa.RecordBatch)
            for name, has_zone in self._zones(table.schema).items()
        }
        return dlt.mark.with_hints(item, dlt.mark.make_hints(columns=columns)) if columns else item

    def _zones(self, schema: pa.Schema) -> dict[str, bool]:
        zones = {f.name: f.type.tz is not None for f in schema if pa.types.is_timestamp(f.type)}
        self._with_zone |= {name for name, has_zone in zones.items() if has_zone}
        return {name: name in self._with_zone for name in zones}
