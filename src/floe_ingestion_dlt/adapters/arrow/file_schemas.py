"""The columns of Parquet files, in the types of their table where all values fit into them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.parquet_rows import open_parquet
from floe_ingestion_dlt.adapters.arrow.types import schema_from_arrow
from floe_ingestion_dlt.adapters.arrow.uuids import with_uuids
from floe_ingestion_dlt.domain.faults import DestinationFailed
from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, Scalar, StructOf, TableSchema
from floe_ingestion_dlt.domain.struct_names import refused_names
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT


def schema_of(file: Path, table: TableSchema) -> Result[TableSchema, DestinationFailed]:
    """The columns of a Parquet file, as `schema_in` has them."""
    with open_parquet(file) as parquet:
        return schema_in(parquet, table)


def schema_in(parquet: pq.ParquetFile, table: TableSchema) -> Result[TableSchema, DestinationFailed]:
    """The columns of an open file, in the types of the *table* if that changes none of their values.

    So are columns without values, for whose type dlt may have guessed, and those with uuids or exact doubles.
    """
    footer = parquet.metadata
    found = schema_from_arrow(parquet.schema_arrow, table).bind(_with_usable_names)
    return (
        found.map(lambda columns: _with_doubles(footer, columns, table))
        .map(lambda columns: _without_values(footer, columns, table))
        .map(lambda columns: with_uuids(parquet, columns, table))
    )


def _with_usable_names(columns: TableSchema) -> Result[TableSchema, DestinationFailed]:
    refused = refused_names(columns)
    return Success(columns) if refused is None else Failure(refused)


def columns_with_nulls(file: Path) -> frozenset[str]:
    """The plain columns of a Parquet file that have nulls according to its footer."""
    footer = pq.read_metadata(file)
    groups = (footer.row_group(number) for number in range(footer.num_row_groups))
    columns = (group.column(number) for group in groups for number in range(footer.num_columns))
    counted = ((column.path_in_schema, column.statistics) for column in columns)
    return frozenset(name for name, statistics in counted if statistics and statistics.null_count)


def columns_without_values(file: Path) -> frozenset[str]:
    """The plain columns of a Parquet file that are null in every row according to its footer."""
    return _empty_columns(pq.read_metadata(file))


def _empty_columns(footer: pq.FileMetaData) -> frozenset[str]:
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(footer.num_columns)]
    filled = {chunk.path_in_schema for chunk in chunks if not _is_empty(chunk)}
    leaves = (footer.schema.column(number) for number in range(footer.num_columns))
    return frozenset(leaf.path for leaf in leaves) - filled


def _is_empty(chunk: pq.ColumnChunkMetaData) -> bool:
    found = chunk.statistics
    return found is not None and found.null_count == chunk.num_values


def _without_values(footer: pq.FileMetaData, columns: TableSchema, table: TableSchema) -> TableSchema:
    kinds, empty = table.types(), _empty_columns(footer)
    return TableSchema.of(
        {c.name: kinds.get(c.name, c.type) if c.name in empty else c.type for c in columns.columns}
    )


def _with_doubles(footer: pq.FileMetaData, columns: TableSchema, table: TableSchema) -> TableSchema:
    kinds = table.types()
    # Parquet has a column for each plain type, at any depth, in the order of the types.
    leaves = iter(range(footer.num_columns))

    def in_table(kind: ColumnType, known: ColumnType | None) -> ColumnType:
        match kind:
            case ListOf(element):
                return ListOf(in_table(element, known.element if isinstance(known, ListOf) else None))
            case MapOf(key, value):
                known_key, known_value = (
                    (known.key, known.value) if isinstance(known, MapOf) else (None, None)
                )
                return MapOf(in_table(key, known_key), in_table(value, known_value))
            case StructOf(fields):
                types = {f.name: f.type for f in known.fields} if isinstance(known, StructOf) else {}
                return StructOf(tuple(Column(f.name, in_table(f.type, types.get(f.name))) for f in fields))
            case _:
                leaf = next(leaves)
                is_asked = kind is Scalar.LONG and known is Scalar.DOUBLE
                return Scalar.DOUBLE if is_asked and _is_exact(footer, leaf) else kind

    return TableSchema(tuple(Column(c.name, in_table(c.type, kinds.get(c.name))) for c in columns.columns))


def _is_exact(footer: pq.FileMetaData, column: int) -> bool:
    """Whether there is a double for each whole number of the column."""
    return all(_is_exact_chunk(footer.row_group(n).column(column)) for n in range(footer.num_row_groups))


def _is_exact_chunk(chunk: pq.ColumnChunkMetaData) -> bool:
    found = chunk.statistics
    if found is None:
        return False
    low, high = found.min, found.max
    if isinstance(low, int) and isinstance(high, int):
        return -LARGEST_EXACT <= low and high <= LARGEST_EXACT
    return found.null_count == chunk.num_values
