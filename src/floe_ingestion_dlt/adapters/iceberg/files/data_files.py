"""Reads the rows of data files exactly, in the columns that the table has now.

pyiceberg's own reader changes values: it returns a null list of structs as an empty one. So Parquet is read by pyarrow alone, and
fields are found by their ids: columns at every level may have been renamed, moved, added, dropped or widened since.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.manifest import FileFormat
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.name_mapping import MappedField
from pyiceberg.transforms import IdentityTransform

from floe_ingestion_dlt.adapters.arrow.fitting import FIELD_ID, Fitting, by_id, by_name
from floe_ingestion_dlt.adapters.arrow.parquet_rows import batches_in
from floe_ingestion_dlt.adapters.arrow.stubs import Array, Field, Places, as_file, map_of, row_numbers
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import UnreadableFileError
from floe_ingestion_dlt.adapters.iceberg.internals import batches_of, deleted_places

# How much is read at once of each column.
BUFFER_BYTES: Final = 4_000_000


def rows_of(table: Table, task: FileScanTask, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a file without those that delete files remove; *columns* are the table's, with its field ids."""
    if task.file.file_format is not FileFormat.PARQUET:
        yield from _by_pyiceberg(table, task, columns)
        return
    deleted, start = deleted_places(table, task), 0
    for batch in _stored(table, task, columns):
        kept = batch.filter(pc.invert(mask(deleted, start, len(batch)))) if len(deleted) else batch
        start += len(batch)
        if len(kept):
            yield kept


def mask(places: Places, start: int, count: int) -> pa.BooleanArray:
    """Which of *count* rows from *start* on are at *places*, which must be sorted."""
    first, last = (bisect_left(places, at, key=lambda place: place.as_py()) for at in (start, start + count))
    return pc.is_in(row_numbers(start, count), value_set=places.slice(first, last - first))


def _stored(table: Table, task: FileScanTask, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    with (
        table.io.new_input(task.file.file_path).open() as stream,
        pq.ParquetFile(
            as_file(stream), buffer_size=BUFFER_BYTES, pre_buffer=False, coerce_int96_timestamp_unit="us"
        ) as parquet,
    ):
        has = {by_id(field): field for field in _identified(table, task, parquet.schema_arrow)}
        fitting = Fitting(by_id, as_stored=True, defaults=_defaults(table, task))
        wanted = [has[key].name for key in map(by_id, columns) if key in has]
        for batch in batches_in(parquet, wanted):
            arrays = [_column(batch, has.get(by_id(target)), target, fitting) for target in columns]
            # Without arrays, only the batch that was read knows its number of rows.
            yield pa.RecordBatch.from_arrays(arrays, schema=columns) if arrays else batch


def _column(batch: pa.RecordBatch, has: Field | None, target: Field, fitting: Fitting) -> Array:
    if has is None:
        return fitting.absent(len(batch), target, 0)
    return fitting.fitted(batch.column(has.name), has, target)


def _identified(table: Table, task: FileScanTask, schema: pa.Schema) -> list[Field]:
    """The file's fields with ids: their own, or those of the table's name mapping if some have none."""
    fields = list(schema)
    if _have_ids(fields):
        return fields
    mapping = table.metadata.name_mapping()
    if mapping is None:
        raise UnreadableFileError(
            f"the data file {task.file.file_path} has no field ids, and the table has no name mapping",
            "Set the table's property schema.name-mapping.default, or rewrite its files with an engine that reads them.",
        )
    return _mapped(fields, mapping.root)


def _have_ids(fields: Iterable[Field]) -> bool:
    return all(by_id(field) is not None and _have_ids(_members(field)) for field in fields)


def _members(field: Field) -> list[Field]:
    """The fields of the structs in *field*, also inside lists and maps."""
    match field.type:
        case pa.StructType() as kind:
            return list(kind)
        case pa.MapType() as kind:
            return [*_members(kind.key_field), *_members(kind.item_field)]
        case pa.ListType() | pa.LargeListType() | pa.FixedSizeListType() as kind:
            return _members(kind.value_field)
        case _:
            return []


def _mapped(fields: Iterable[Field], mapping: Iterable[MappedField]) -> list[Field]:
    known = {name: mapped for mapped in mapping for name in mapped.names}
    return [_with_id(field, known[field.name]) for field in fields if field.name in known]


def _with_id(field: Field, mapped: MappedField) -> Field:
    typed = _typed(field, {name: inner for inner in mapped.fields for name in inner.names})
    return typed if mapped.field_id is None else typed.with_metadata({FIELD_ID: str(mapped.field_id)})


def _typed(field: Field, known: Mapping[str, MappedField]) -> Field:
    """The field with ids in its type. Iceberg has its own names for the items of lists and maps."""

    def inner(name: str, part: Field) -> Field:
        return _with_id(part, known[name]) if name in known else part

    match field.type:
        case pa.StructType() as kind:
            return field.with_type(pa.struct([inner(part.name, part) for part in kind]))
        case pa.MapType() as kind:
            return field.with_type(map_of(inner("key", kind.key_field), inner("value", kind.item_field)))
        case pa.ListType() | pa.LargeListType() | pa.FixedSizeListType() as kind:
            return field.with_type(pa.list_(inner("element", kind.value_field)))
        case _:
            return field


def _defaults(table: Table, task: FileScanTask) -> dict[Hashable, object]:
    """The values of fields that are missing from a file: their initial defaults, or the value of the file's partition."""
    schema, spec = table.metadata.schema(), table.metadata.specs().get(task.file.spec_id)
    found: dict[Hashable, object] = {key: schema.find_field(key).initial_default for key in schema.field_ids}
    for place, field in enumerate(spec.fields if spec else ()):
        if isinstance(field.transform, IdentityTransform) and task.file.partition[place] is not None:
            found[field.source_id] = task.file.partition[place]
    return found


def _by_pyiceberg(table: Table, task: FileScanTask, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    if task.file.file_format is not FileFormat.ORC:
        raise UnreadableFileError(
            f"the data file {task.file.file_path} is of the format {task.file.file_format.value}",
            "Rewrite the table's files as Parquet: in Spark, set write.format.default=parquet and call rewrite_data_files.",
        )
    schema, fitting = table.metadata.schema(), Fitting(by_name)
    wanted = schema.select(*columns.names)
    for batch in batches_of(table, task, wanted):
        fields = dict(zip(batch.schema.names, batch.schema, strict=True))
        arrays = [fitting.fitted(batch.column(f.name), fields[f.name], f) for f in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=columns)
