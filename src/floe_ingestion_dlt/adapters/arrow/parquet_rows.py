"""The rows of Parquet files, in batches that are small however long the rows are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

# The limits of a batch: a number of rows, and a size in bytes by the file's footer.
BATCH_ROWS: Final = 65_536
BATCH_BYTES: Final = 16_000_000


def open_parquet(file: Path | BinaryIO) -> pq.ParquetFile:
    """The file, of which one column chunk after another is read: pyarrow would otherwise hold all of them that are asked for."""
    return pq.ParquetFile(file, pre_buffer=False)


def batches_in(parquet: pq.ParquetFile, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """All rows, with these top-level *columns*."""
    names = None if columns is None else list(columns)
    return parquet.iter_batches(batch_rows(parquet.metadata, names), columns=names)


def batch_rows(footer: pq.FileMetaData, columns: Sequence[str] | None = None) -> int:
    """The rows of a batch of these top-level *columns*, by the row group whose rows are the longest."""
    tops = [footer.schema.column(number).path.partition(".")[0] for number in range(footer.num_columns)]
    wanted = [number for number, top in enumerate(tops) if columns is None or top in columns]
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    longest = max((_bytes(group, wanted) / max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(longest, 1))))


def _bytes(group: pq.RowGroupMetaData, columns: Sequence[int]) -> int:
    return sum(group.column(number).total_uncompressed_size for number in columns)
