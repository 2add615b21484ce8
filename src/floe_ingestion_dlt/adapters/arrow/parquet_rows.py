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
    wanted = leaves_of(footer, columns)
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    longest = max((_bytes(group, wanted) / max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(longest, 1))))


def leaves_of(metadata: pq.FileMetaData, columns: Sequence[str] | None) -> list[int]:
    """The leaves in the order in which pyarrow reads them: that of the *columns*, else that of the file."""
    tops = [metadata.schema.column(i).path.split(".", 1)[0] for i in range(metadata.num_columns)]
    names = dict.fromkeys(tops if columns is None else [name.split(".", 1)[0] for name in columns])
    by_name: dict[str, list[int]] = {name: [] for name in names}
    for index, name in enumerate(tops):
        if name in by_name:
            by_name[name].append(index)
    return [index for indices in by_name.values() for index in indices]


def _bytes(group: pq.RowGroupMetaData, columns: Sequence[int]) -> int:
    return sum(group.column(number).total_uncompressed_size for number in columns)
