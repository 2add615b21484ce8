"""Parquet files of extracted rows, as dlt writes them, but encoded while rows are read, and with pages of the usual size for large values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.data_writers.exceptions import FileRotationRequired
from dlt.common.data_writers.writers import ArrowToParquetWriter

from floe_ingestion_dlt.adapters.arrow.sizes import rows_in_page
from floe_ingestion_dlt.adapters.arrow.writing_behind import WritingBehind


class ParquetWriter(ArrowToParquetWriter):
    """Writes Arrow tables; the first one decides how many rows are encoded at once."""

    _rows_at_once: int | None = None
    _behind: WritingBehind | None = None

    @property
    def is_full(self) -> bool:
        """Whether the file is as large as files of the destination are made."""
        if self._behind is not None:
            self._behind.wait()
        return self._f.tell() >= (self._caps.recommended_file_size or math.inf)

    def write_data(self, items: Sequence[Any]) -> None:
        """Write the tables; raises FileRotationRequired, with which dlt begins the next file, if this one is full."""
        if self._behind is not None and self.is_full:
            raise FileRotationRequired([*items])
        if self._rows_at_once is None:
            self._rows_at_once = rows_in_page(items)
        super().write_data(items)

    def _create_writer(self, schema: pa.Schema) -> pq.ParquetWriter:
        form: Any = self.parquet_format
        writer = pq.ParquetWriter(
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
        self._behind = WritingBehind(writer)
        # It has all that dlt uses of a writer.
        return cast("pq.ParquetWriter", self._behind)
