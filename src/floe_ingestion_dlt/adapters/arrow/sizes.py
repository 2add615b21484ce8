"""The size of rows in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Array, Column

# pyarrow's own number of rows that are encoded at once, and its size of a page.
ENCODED_ROWS: Final = 1024
PAGE_BYTES: Final = 1 << 20


def bytes_of(values: pa.Table | pa.RecordBatch | Array | Column) -> int:
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


def rows_in_page(tables: Iterable[pa.Table | pa.RecordBatch]) -> int:
    """How many rows a writer of Parquet should encode at once: it ends a page only then, however large the values are."""
    largest = max(
        (bytes_of(column) / len(table) for table in tables if len(table) for column in table.columns),
        default=0,
    )
    return max(1, min(ENCODED_ROWS, int(PAGE_BYTES / max(largest, 1))))
