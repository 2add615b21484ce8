"""How far batches are read ahead. duckdb reads a stream by a pyarrow scanner, which holds up to a gigabyte of batches that wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of
from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.system.backlog import Backlog

AHEAD_BYTES: Final = 32 << 20
NEEDED_BATCHES: Final = 4


def for_duckdb(stream: pa.RecordBatchReader, most: int = AHEAD_BYTES) -> pa.RecordBatchReader:
    """The same batches; the next one is read once duckdb has freed all but *most* bytes.

    A batch of which only nested columns are used counts as freed.
    """
    return pa.RecordBatchReader.from_batches(stream.schema, _in_step(stream, most))


def _in_step(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
    backlog = Backlog(most, NEEDED_BATCHES)
    for batch in batches:
        backlog.wait()
        owner = _Owner(batch)
        backlog.add(owner, bytes_of(batch))
        columns = [_owned(column, owner) for column in batch.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


@final
class _Owner:
    """It is garbage when no column of the *batch* is used any more."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch


def _owned(column: Array, owner: _Owner) -> Array:
    """The same column, which keeps the *owner* alive."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType | pa.DictionaryType) or kind.num_fields or _is_view(kind):
        return column
    buffers = [
        None if buffer is None else pa.foreign_buffer(buffer.address, buffer.size, owner)
        for buffer in column.buffers()
    ]
    return pa.Array.from_buffers(kind, len(column), buffers, column.null_count, column.offset)


def _is_view(kind: pa.DataType) -> bool:
    return pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
