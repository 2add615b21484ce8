"""Writing Parquet in a thread of its own, so that rows are read while those before them are encoded."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Final, final

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.freed_memory import return_unused
from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of

# Smaller tables are encoded at once, as a thread would take longer.
_LARGE: Final = 1 << 20


@final
class WritingBehind:
    """Writes tables with *writer*, which it closes. One table is encoded while the next one is read; its error is raised by the next call."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self.schema = writer.schema
        self._thread = ThreadPoolExecutor(1, "encoder")
        self._pending: Future[None] | None = None

    def write_table(self, table: pa.Table, row_group_size: int | None = None) -> None:
        """Write the table, after the one before."""
        self.wait()
        if bytes_of(table) < _LARGE:
            self._writer.write_table(table, row_group_size)
        else:
            self._pending = self._thread.submit(self._write, table, row_group_size)

    def _write(self, table: pa.Table, row_group_size: int | None) -> None:
        self._writer.write_table(table, row_group_size)
        return_unused()

    def wait(self) -> None:
        """Wait until all tables so far are in the file."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def close(self) -> None:
        """Write what is missing, and end the file."""
        try:
            self.wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def __enter__(self) -> WritingBehind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        # the error of the block is the first one
        with suppress(Exception):
            self.close()
