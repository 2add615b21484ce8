"""The size of rows in memory."""

from __future__ import annotations

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Array


def bytes_of(values: pa.Table | pa.RecordBatch | Array) -> int:
    """The bytes of the values; with views of texts, which pyarrow counts since version 24, those of the buffers in which they are."""
    try:
        return values.nbytes
    except pa.ArrowTypeError:
        return values.get_total_buffer_size()
