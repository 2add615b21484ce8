"""Arrow columns of types that dlt cannot load or compare, converted to plain types."""

from __future__ import annotations

from typing import ClassVar, final

import pyarrow as pa
from dlt.extract import DltResource
from pyarrow import types as at

from floe_ingestion_dlt.adapters.arrow.cursors import with_room_for
from floe_ingestion_dlt.adapters.arrow.uuids import with_mark
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform


def with_plain_columns(resource: DltResource, cursor: str | None, last: object = None) -> DltResource:
    """*resource*, whose Arrow tables have no column of a view or extension type, and no dictionary as *cursor*, which has room for its *last* value.

    dlt can load these types inside of lists, maps and structs. Other dictionaries stay, because they are smaller than their values.
    Columns are optional, because dlt would require later rows to have them too.
    """
    resource.add_step(_Plain(cursor, last))
    return resource


@final
class _Plain(ItemTransform[object, dict[str, object]]):
    # Before dlt's incremental, which cannot compare such columns either.
    placement_affinity: ClassVar[float] = 0.9

    def __init__(self, cursor: str | None, last: object) -> None:
        super().__init__(lambda item: item)
        self._cursor, self._last = cursor, last

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        return [self._plain(each) for each in item] if isinstance(item, list) else self._plain(item)

    def _plain(self, item: object) -> object:
        """An Arrow table in plain types; anything else unchanged."""
        if not isinstance(item, pa.Table | pa.RecordBatch):
            return item
        plain = pa.schema([self._field(field) for field in item.schema]).with_metadata(item.schema.metadata)
        return item if plain.equals(item.schema, check_metadata=True) else item.cast(plain)

    def _field(self, field: pa.Field[pa.DataType]) -> pa.Field[pa.DataType]:
        kind = field.type
        if field.name == self._cursor:
            kind = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
            kind = with_room_for(kind, self._last)
        optional = field.with_nullable(True)  # noqa: FBT003 - pyarrow's signature
        if isinstance(kind, pa.UuidType):
            return with_mark(optional)
        return optional.with_type(_dlts(kind))


def _dlts(kind: pa.DataType) -> pa.DataType:
    """The type in which dlt loads the values."""
    if isinstance(kind, pa.BaseExtensionType):
        return _dlts(kind.storage_type)
    if at.is_string_view(kind):
        return pa.string()
    return pa.binary() if at.is_binary_view(kind) else kind
