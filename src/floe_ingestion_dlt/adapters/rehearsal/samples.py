"""The first rows of tables, as Python values."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.run_plan import TableSample
from floe_ingestion_dlt.ports.arrow import ArrowStream


def sample_of(table: TableName, stream: ArrowStream, rows: int) -> TableSample:
    """The columns and the first *rows* of a table."""
    reader = pa.RecordBatchReader.from_stream(stream)
    found = reader.schema.empty_table()
    for batch in reader:
        found = pa.concat_tables([found, pa.Table.from_batches([batch])]).slice(0, rows)
        if found.num_rows == rows:
            break
    values = [_values(column) for column in found.columns]
    return TableSample(table, tuple(found.column_names), tuple(zip(*values, strict=True)))


def _values(column: pa.ChunkedArray[Any]) -> list[object]:
    """The values; as texts, if Python has none for one of them, such as a timestamp after the year 9999."""
    try:
        return list[object](column.to_pylist())
    except (OverflowError, ValueError):
        return list[object](column.cast(pa.string()).to_pylist())
