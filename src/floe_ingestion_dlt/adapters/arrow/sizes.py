"""The size of rows in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Array


def bytes_of(values: pa.Table | pa.RecordBatch | Array) -> int:
    """The bytes of the values; with views of texts, which pyarrow counts since version 24, those of the buffers in which they are."""
    try:
        return values.nbytes
    except pa.ArrowTypeError:
        return values.get_total_buffer_size()


def in_parts(table: pa.Table, size: int) -> Iterator[pa.Table]:
    """The table, in equal parts of *size* bytes or more, and less than twice as much if its rows are alike."""
    count = max(1, min(bytes_of(table) // size, len(table)))
    rows = max(1, -(-len(table) // count))
    yield from (table.slice(start, rows) for start in range(0, max(1, len(table)), rows))
