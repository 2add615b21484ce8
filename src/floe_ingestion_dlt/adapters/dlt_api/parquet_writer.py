"""Parquet files of extracted rows, as dlt writes them, but with pages of the usual size for large values: dlt has no setting for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.data_writers.writers import ArrowToParquetWriter

from floe_ingestion_dlt.adapters.arrow.freed_memory import return_unused
from floe_ingestion_dlt.adapters.arrow.sizes import rows_in_page


class ParquetWriter(ArrowToParquetWriter):
    """Writes Arrow tables; the first one decides how many rows are encoded at once."""

    _rows_at_once: int | None = None

    def write_data(self, items: Sequence[Any]) -> None:
        if self._rows_at_once is None:
            self._rows_at_once = rows_in_page(items)
        super().write_data(items)
        return_unused()

    def _create_writer(self, schema: pa.Schema) -> pq.ParquetWriter:
        form: Any = self.parquet_format
        return pq.ParquetWriter(
            self._f,
            schema,
            flavor=form.flavor,
            version=form.version,
            compression=form.compression,
            data_page_size=form.data_page_size,
            coerce_timestamps=form.coerce_timestamps,
            allow_truncated_timestamps=form.allow_truncated_timestamps,
            use_compliant_nested_type=form.use_compliant_nested_type,
            write_page_index=form.write_page_index,
            use_content_defined_chunking=form.use_content_defined_chunking,
            write_batch_size=self._rows_at_once,
        )
