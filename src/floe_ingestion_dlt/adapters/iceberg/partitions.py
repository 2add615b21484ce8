"""Rows by partition, as a table's partition spec has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.partitioning import PartitionSpec, partition_record_value
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.typedef import Record

# Rows that wait for others of their partition are held in memory up to this size; then the largest part is written.
WAITING_BYTES: Final = 128_000_000
ROW: Final = "row"

Column: TypeAlias = "pa.ChunkedArray[Any]"
Values: TypeAlias = tuple[Any, ...]


def by_partition(table: Table, rows: Iterable[pa.Table]) -> Iterator[tuple[str, Iterable[pa.Table]]]:
    """The folder that is usual for a partition, and *rows* of it; one with many comes several times."""
    schema, spec = table.schema(), table.spec()
    if spec.is_unpartitioned():
        yield "", rows
        return
    waiting: dict[Values, list[pa.Table]] = {}
    size = 0
    for batch in rows:
        for values, part in _split(schema, spec, batch):
            waiting.setdefault(values, []).append(part)
            size += part.nbytes
        while size > WAITING_BYTES:
            largest = max(waiting, key=lambda values: sum(part.nbytes for part in waiting[values]))
            parts = waiting.pop(largest)
            size -= sum(part.nbytes for part in parts)
            yield _folder(schema, spec, largest), parts
    for values, parts in waiting.items():
        yield _folder(schema, spec, values), parts


def source_columns(table: Table) -> list[str]:
    """The columns that tell a row's partition; of one in a struct, the whole path."""
    schema = table.schema()
    return [str(schema.find_column_name(field.source_id)) for field in table.spec().fields]


def partition_of(table: Table, row: pa.Table) -> Record:
    """The partition of a *row* that has the table's source columns."""
    schema, spec = table.schema(), table.spec()
    return _record(schema, spec, tuple(column[0].as_py() for column in _transformed(schema, spec, row)))


def _split(schema: Schema, spec: PartitionSpec, rows: pa.Table) -> Iterator[tuple[Values, pa.Table]]:
    keys = {f"key_{n}": column for n, column in enumerate(_transformed(schema, spec, rows))}
    keyed = pa.table({**keys, ROW: pa.array(range(len(rows)), pa.int64())})
    for group in keyed.group_by(list(keys)).aggregate([(ROW, "list")]).to_pylist():
        yield tuple(group[key] for key in keys), rows.take(group[f"{ROW}_list"])


def _transformed(schema: Schema, spec: PartitionSpec, rows: pa.Table) -> Iterator[Column]:
    for field in spec.fields:
        source = schema.find_field(field.source_id)
        column = _column(rows, str(schema.find_column_name(field.source_id)))
        transform = field.transform.pyarrow_transform(source.field_type)
        yield _plain(transform(column))  # type: ignore[arg-type]  # it takes chunks, too


def _column(rows: pa.Table, path: str) -> Column:
    if path in rows.column_names:
        return rows[path]
    name, *inner = path.split(".")
    column = rows[name]
    for part in inner:
        column = pc.struct_field(column, part)
    return column


def _plain(column: Any) -> Column:
    """The column in a type by which Arrow can group."""
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if isinstance(chunked.type, pa.BaseExtensionType):
        return chunked.cast(chunked.type.storage_type)
    return chunked


def _record(schema: Schema, spec: PartitionSpec, values: Values) -> Record:
    return Record(
        *(
            partition_record_value(field, value, schema)
            for field, value in zip(spec.fields, values, strict=True)
        )
    )


def _folder(schema: Schema, spec: PartitionSpec, values: Values) -> str:
    return spec.partition_to_path(_record(schema, spec, values), schema)
