"""Columns of Arrow's views, which dlt refuses, as the plain texts and bytes that they are."""

from __future__ import annotations

from typing import Any, ClassVar, final

import pyarrow as pa
from dlt.extract import DltResource, DltSource
from pyarrow import types as at

from floe_ingestion_dlt.adapters.dlt.hints import resources_of
from floe_ingestion_dlt.adapters.dlt.internals import ItemTransform


def without_views(data: DltSource | DltResource) -> DltSource | DltResource:
    """*data*, whose Arrow tables have no column of a view type. Inside of lists, maps and structs dlt takes views."""
    for resource in resources_of(data):
        resource.add_step(_Copying())
    return data


@final
class _Copying(ItemTransform[Any, Any]):
    # Ahead of dlt's incremental, which cannot compare views either.
    placement_affinity: ClassVar[float] = 0.9

    def __init__(self) -> None:
        super().__init__(lambda item: item)

    def __call__(self, item: Any, meta: Any = None) -> Any:  # noqa: ARG002 - dlt's signature
        return [_copied(each) for each in item] if isinstance(item, list) else _copied(item)


def _copied(item: Any) -> Any:
    """A table of Arrow in plain types; anything else as it is."""
    if not isinstance(item, pa.Table | pa.RecordBatch):
        return item
    plain = item.schema
    for place, field in enumerate(item.schema):
        plain = plain.set(place, field.with_type(_plain(field.type)))
    return item if plain == item.schema else item.cast(plain)


def _plain(kind: pa.DataType) -> pa.DataType:
    if at.is_string_view(kind):
        return pa.string()
    return pa.binary() if at.is_binary_view(kind) else kind
