"""The columns of Parquet files, in the types of their table where all values fit into them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.types import schema_from_arrow
from floe_ingestion_dlt.adapters.arrow.uuids import with_uuids
from floe_ingestion_dlt.domain.faults import DestinationFailed
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.struct_names import refused_names
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT


def schema_of(file: Path, table: TableSchema) -> Result[TableSchema, DestinationFailed]:
    """The columns of a Parquet file, as `schema_in` has them."""
    with pq.ParquetFile(file) as parquet:
        return schema_in(parquet, table)


def schema_in(parquet: pq.ParquetFile, table: TableSchema) -> Result[TableSchema, DestinationFailed]:
    """The columns of an open file, in the types of the *table* if that changes none of their values.

    So are columns without values, for whose type dlt may have guessed, and those with uuids or exact doubles.
    """
    footer = parquet.metadata
    found = schema_from_arrow(parquet.schema_arrow, table).bind(_with_usable_names)
    return found.map(lambda columns: _without_values(footer, columns, table)).map(
        lambda columns: _with_doubles(footer, with_uuids(parquet, columns, table), table)
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
    whole = {c.name for c in columns.columns if c.type is Scalar.LONG and kinds.get(c.name) is Scalar.DOUBLE}
    exact = whole - _with_large_values(footer) if whole else whole
    return TableSchema(
        tuple(Column(c.name, Scalar.DOUBLE) if c.name in exact else c for c in columns.columns)
    )


def _with_large_values(footer: pq.FileMetaData) -> set[str]:
    """The columns of whole numbers that may have one for which there is no double."""
    groups = (footer.row_group(number) for number in range(footer.num_row_groups))
    chunks = (group.column(number) for group in groups for number in range(footer.num_columns))
    return {chunk.path_in_schema for chunk in chunks if not _is_exact(chunk)}


def _is_exact(chunk: pq.ColumnChunkMetaData) -> bool:
    found = chunk.statistics
    if found is None:
        return False
    low, high = found.min, found.max
    if isinstance(low, int) and isinstance(high, int):
        return -LARGEST_EXACT <= low and high <= LARGEST_EXACT
    return found.null_count == chunk.num_values
