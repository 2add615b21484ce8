"""Manifest entries of data files, with statistics by pyiceberg, so that they are what its readers expect."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import compute_statistics_plan, data_file_statistics_from_parquet_metadata
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.iceberg.files.file_columns import leaf_ids, outdated, places
from floe_ingestion_dlt.adapters.iceberg.files.partitions import column_at, partition_of, source_columns


class OutdatedFileError(Exception):
    """A data file does not fit the columns that its table has now."""


def data_file(table: Table, path: str, last_id: float | None = None) -> DataFile:
    """The manifest entry of a file whose rows are all of one partition, with statistics from its footer.

    Columns are matched by field ids, because they may have been renamed. For a staged file, *last_id* is the last id
    that the table had when it was staged: OutdatedFileError is raised for any other change since.
    """
    schema, file = table.metadata.schema(), table.io.new_input(path)
    with file.open() as stream, pq.ParquetFile(as_file(stream)) as parquet:
        if last_id is not None and (reason := outdated(schema, parquet.schema_arrow, last_id)):
            raise OutdatedFileError(reason)
        footer = parquet.metadata
        leaves = enumerate(leaf_ids(parquet.schema_arrow))
        ids = {parquet.schema.column(number).path: field_id for number, field_id in leaves}
        partition = _partition_in(table, parquet)
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=footer,
        stats_columns=compute_statistics_plan(schema, table.metadata.properties),
        parquet_column_mapping=ids,
    )
    entry = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=partition,
        file_size_in_bytes=len(file),
        sort_order_id=None,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
    )
    entry.spec_id = table.metadata.default_spec_id
    return entry


def _partition_in(table: Table, parquet: pq.ParquetFile) -> Record:
    """The partition of the first row. pyiceberg derives it from the bounds of columns, which does not work for buckets."""
    if table.spec().is_unpartitioned():
        return Record()
    there, sources = places(parquet.schema_arrow), source_columns(table)
    # If the spec has no field left, any column will do to read a row.
    columns = [there[field_id] for field_id in sources] or parquet.schema_arrow.names[:1]
    batch = next(parquet.iter_batches(batch_size=1, row_groups=[0], columns=columns))
    first = pa.Table.from_batches([batch])
    renamed = {name: column_at(first, there[field_id]) for field_id, name in sources.items()}
    return partition_of(table, pa.table(renamed) if renamed else first)
