"""Groups rows by partition, according to a table's partition spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.partitioning import PartitionField, PartitionSpec, partition_record_value
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform, VoidTransform
from pyiceberg.typedef import Record

from floe_ingestion_dlt.adapters.arrow.stubs import Array, Column

ROW: Final = "row"

Values: TypeAlias = tuple[object, ...]


def by_partition(
    table: Table, rows: Iterable[pa.Table], held: int
) -> Iterator[tuple[str, Iterable[pa.Table]]]:
    """The usual folder of each partition, and its *rows*. A large partition is yielded several times.

    When *held* bytes wait, the largest partitions are yielded, until half of the bytes are left.
    """
    if table.spec().is_unpartitioned():
        yield "", rows
        return
    waiting: list[pa.Table] = []
    size = 0
    for batch in rows:
        waiting.append(batch)
        size += batch.nbytes
        if size > held:
            for folder, part, rest in _parts(table, pa.concat_tables(waiting)):
                yield folder, [part]
                waiting, size = [rest], rest.nbytes
                if size <= held / 2:
                    break
    if size:
        for folder, part, _ in _parts(table, pa.concat_tables(waiting)):
            yield folder, [part]


def source_columns(table: Table) -> dict[int, str]:
    """The columns that determine a row's partition, by field id; a column in a struct has its whole path."""
    schema = table.schema()
    ids = (field.source_id for field in _active_fields(table.spec()))
    return {field_id: str(schema.find_column_name(field_id)) for field_id in ids}


def partition_of(table: Table, row: pa.Table) -> Record:
    """The partition of a single *row* with the table's source columns."""
    return _record(table, tuple(column[0].as_py() for column in _transformed(table, row)))


def _active_fields(spec: PartitionSpec) -> Iterator[PartitionField]:
    """The fields of the spec without those that were removed from it, whose columns may be gone."""
    return (field for field in spec.fields if not isinstance(field.transform, VoidTransform))


def _parts(table: Table, rows: pa.Table) -> Iterator[tuple[str, pa.Table, pa.Table]]:
    """For each partition, the largest first: its folder, its rows, and the rows of all partitions after it."""
    rest, partitions = _in_order(table, rows)
    for folder, count in partitions:
        part, rest = rest.slice(0, count), rest.slice(count)
        yield folder, part, rest


def _in_order(table: Table, rows: pa.Table) -> tuple[pa.Table, list[tuple[str, int]]]:
    """The rows sorted by partition, the largest first, and each partition's folder and number of rows."""
    keys = {f"key_{n}": column for n, column in enumerate(_transformed(table, rows))}
    keyed = pa.table({**keys, ROW: pa.array(range(len(rows)), pa.int64())})
    groups = keyed.group_by(list(keys), use_threads=False).aggregate([(ROW, "list"), (ROW, "count")])
    groups = groups.sort_by([(f"{ROW}_count", "descending")]).combine_chunks()
    places: Array = groups[f"{ROW}_list"].combine_chunks()
    counts = (int(count.as_py()) for count in groups[f"{ROW}_count"])
    folders = (_folder(table, tuple(groups[key][n].as_py() for key in keys)) for n in range(len(groups)))
    return rows.take(pc.list_flatten(places)), list(zip(folders, counts, strict=True))


def _transformed(table: Table, rows: pa.Table) -> Iterator[Column]:
    schema = table.schema()
    for field in table.spec().fields:
        if isinstance(field.transform, VoidTransform):
            yield pa.chunked_array([pa.nulls(len(rows), pa.int32())])
            continue
        source = schema.find_field(field.source_id)
        column = _plain(column_at(rows, str(schema.find_column_name(field.source_id))))
        transform = field.transform.pyarrow_transform(source.field_type)
        yield _plain(pa.chunked_array([transform(chunk) for chunk in column.chunks]))


def column_at(rows: pa.Table, path: str) -> Column:
    """The column at *path*, whose parts are names in structs."""
    if path in rows.column_names:
        return rows[path]
    name, *inner = path.split(".")
    column = rows[name]
    for part in inner:
        column = pc.struct_field(column, part)
    return column


def _plain(column: Column) -> Column:
    """The column in a type that Arrow can group by and that every transform supports."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return column.cast(kind.storage_type)
    if pa.types.is_large_binary(kind):
        return column.cast(pa.binary())
    return column.cast(pa.string()) if pa.types.is_large_string(kind) else column


def _record(table: Table, values: Values) -> Record:
    return Record(
        *(
            # The results of other transforms are stored as they are; a plain value has to be converted.
            partition_record_value(field, value, table.schema())
            if isinstance(field.transform, IdentityTransform)
            else value
            for field, value in zip(table.spec().fields, values, strict=True)
        )
    )


def _folder(table: Table, values: Values) -> str:
    spec = table.spec()
    if any(isinstance(field.transform, VoidTransform) for field in spec.fields):
        return ""  # pyiceberg cannot make a path for a column that may be gone
    return spec.partition_to_path(_record(table, values), table.schema())
