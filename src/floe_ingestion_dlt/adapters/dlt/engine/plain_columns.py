"""Columns of Arrow's types that dlt cannot take or compare, as the plain values that they hold."""

from __future__ import annotations

from typing import Any, ClassVar, final

import pyarrow as pa
from dlt.extract import DltResource, DltSource
from pyarrow import types as at

from floe_ingestion_dlt.adapters.dlt.engine.resources import resources_of
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform


def with_plain_columns(data: DltSource | DltResource, cursor: str | None) -> DltSource | DltResource:
    """*data*, whose Arrow tables have no column of a view type, and no dictionary as *cursor*.

    Inside of lists, maps and structs dlt takes views. Other dictionaries stay: they are smaller than what they stand for.
    """
    for resource in resources_of(data):
        resource.add_step(_Plain(cursor))
    return data


@final
class _Plain(ItemTransform[Any, Any]):
    # Ahead of dlt's incremental, which cannot compare such columns either.
    placement_affinity: ClassVar[float] = 0.9

    def __init__(self, cursor: str | None) -> None:
        super().__init__(lambda item: item)
        self._cursor = cursor

    def __call__(self, item: Any, meta: Any = None) -> Any:  # noqa: ARG002 - dlt's signature
        return [self._plain(each) for each in item] if isinstance(item, list) else self._plain(item)

    def _plain(self, item: Any) -> Any:
        """A table of Arrow in plain types; anything else as it is."""
        if not isinstance(item, pa.Table | pa.RecordBatch):
            return item
        plain = pa.schema([self._field(field) for field in item.schema]).with_metadata(item.schema.metadata)
        return item if plain == item.schema else item.cast(plain)

    def _field(self, field: pa.Field[Any]) -> pa.Field[Any]:
        kind = field.type
        if isinstance(kind, pa.DictionaryType) and field.name == self._cursor:
            kind = kind.value_type
        if at.is_string_view(kind):
            return field.with_type(pa.string())
        return field.with_type(pa.binary() if at.is_binary_view(kind) else kind)
