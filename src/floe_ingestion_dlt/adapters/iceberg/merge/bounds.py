"""Bounds of columns, in files and of windows, as values that can be compared with each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.types import DateType, IntegerType, LongType, StringType, TimestampType, TimestamptzType

from floe_ingestion_dlt.adapters.arrow.windows import type_of_limits
from floe_ingestion_dlt.adapters.iceberg.merge.key_join import RANGES, comparable
from floe_ingestion_dlt.domain.pruning import KeyValue, Range, may_hold
from floe_ingestion_dlt.domain.windows import Limits


def range_of(limits: Limits, schema: Schema, column: str) -> Range:
    """A range that contains the limits of a window on the column."""
    kind = type_of_limits(schema_to_pyarrow(schema.select(column)).field(column).type)
    return Range(*comparable(pa.chunked_array([pa.array([limits.start, limits.end], kind)])))


def ranges_of(values: Sequence[str]) -> list[Range]:
    """Ranges that contain all values; only one if there are many, because each is compared with each file of the table."""
    if len(values) > RANGES:
        return [Range(min(values), max(values))]
    return [Range(value, value) for value in values]


def files_with(
    table: Table, files: Iterable[FileScanTask], ranges: Mapping[str, Sequence[Range]]
) -> list[FileScanTask]:
    """Those of the *files* that may have a row whose values lie in the *ranges* of their columns."""
    schema, wanted = table.metadata.schema(), [*ranges.values()]
    return [
        file for file in files if may_hold([bounds_of(file.file, schema, name) for name in ranges], wanted)
    ]


def bounds_of(file: DataFile, schema: Schema, column: str) -> Range:
    """The bounds of a column by the file's statistics, as values that can be compared with other ranges."""
    field = schema.find_field(column)
    low, high = (file.lower_bounds or {}).get(field.field_id), (file.upper_bounds or {}).get(field.field_id)
    match field.field_type:
        case IntegerType() | LongType() | DateType() | TimestampType() | TimestamptzType():
            return Range(_integer(low), _integer(high))
        case StringType():
            return Range(_text(low), _text(high))
        case _:
            return Range(None, None)


def _integer(bound: bytes | None) -> KeyValue | None:
    # A column that was widened has bounds of its old width in older files.
    return None if bound is None else int.from_bytes(bound, "little", signed=True)


def _text(bound: bytes | None) -> KeyValue | None:
    return None if bound is None else bound.decode(errors="surrogateescape")
