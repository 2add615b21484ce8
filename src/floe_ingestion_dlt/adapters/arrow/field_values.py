"""The values of fields at any depth of Arrow's structs, lists and maps: counted, and left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.fitting import entries_of, item_offsets, items_of
from floe_ingestion_dlt.adapters.arrow.stubs import Array, Column, Field, lists_of, map_of
from floe_ingestion_dlt.domain.held_parts import FieldPath


def without_fields(rows: pa.Table, paths: Collection[FieldPath]) -> pa.Table:
    """The *rows*, in which the fields at these *paths* have no value and no type. The first name of a path is that of a column."""
    for name in {path[0] for path in paths}:
        below = [path[1:] for path in paths if path[0] == name]
        column = rows[name]
        emptied = [_without(chunk, below) for chunk in column.chunks]
        if emptied:
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, name, pa.chunked_array(emptied))
    return rows


def rows_with(values: Array | Column, path: Sequence[str]) -> int:
    """The number of rows that have a value in the field at the *path* below the column with these *values*."""
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    return sum(pc.sum(_has_value(chunk, path)).as_py() or 0 for chunk in chunks)


def _without(values: Array, paths: Collection[FieldPath]) -> Array:
    if () in paths:
        return pa.nulls(len(values))
    match values:
        case pa.StructArray():
            return _struct_without(values, paths)
        case pa.MapArray():
            return _map_without(values, [path[1:] for path in paths])
        case pa.ListArray() | pa.LargeListArray() | pa.FixedSizeListArray():
            item = values.type.value_field
            items = _without(items_of(values, item), [path[1:] for path in paths])
            make = pa.large_list if isinstance(values, pa.LargeListArray) else pa.list_
            return lists_of(make(_field_of(item, items)), item_offsets(values), items, mask=_mask(values))
        case _:
            return values


def _struct_without(values: pa.StructArray, paths: Collection[FieldPath]) -> Array:
    children: list[Array] = []
    for field, child in zip(values.type, values.flatten(), strict=True):
        below = [path[1:] for path in paths if path[0] == field.name]
        children.append(_without(child, below) if below else child)
    fields = [_field_of(field, child) for field, child in zip(values.type, children, strict=True)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=_mask(values))


def _map_without(values: Array, paths: Collection[FieldPath]) -> Array:
    entries = entries_of(values)
    pairs = items_of(entries, entries.type.value_field)
    items = _without(pc.struct_field(pairs, 1), paths)
    kind = map_of(values.type.key_field, _field_of(values.type.item_field, items))
    return lists_of(kind, item_offsets(entries), pc.struct_field(pairs, 0), items, mask=_mask(values))


def _field_of(field: Field, values: Array) -> Field:
    """The *field* of these values, of which some may have been left out."""
    return field if field.type == values.type else field.with_type(values.type).with_nullable(nullable=True)


def _mask(values: Array) -> Array | None:
    return values.is_null() if values.null_count else None


def _has_value(values: Array, path: Sequence[str]) -> Array:
    """Whether each of the *values* has a value in the field at the *path*, in some item if there are several."""
    if not path:
        return values.is_valid()
    match values:
        case pa.StructArray():
            return _has_value(pc.struct_field(values, path[0]), path[1:])
        case pa.MapArray():
            entries = entries_of(values)
            pairs = items_of(entries, entries.type.value_field)
            return _some(entries, _has_value(pc.struct_field(pairs, 1), path[1:]))
        case pa.ListArray() | pa.LargeListArray() | pa.FixedSizeListArray():
            return _some(values, _has_value(items_of(values, values.type.value_field), path[1:]))
        case _:
            return pa.repeat(pa.scalar(value=False), len(values))


def _some(lists: Array, found: Array) -> Array:
    """Whether something was *found* for an item of each of the *lists*."""
    counted = pc.cumulative_sum(found.cast(pa.int64()))
    before = pa.concat_arrays([pa.array([0], pa.int64()), counted])
    ends = before.take(item_offsets(lists))
    return pc.greater(ends.slice(1), ends.slice(0, len(lists)))
