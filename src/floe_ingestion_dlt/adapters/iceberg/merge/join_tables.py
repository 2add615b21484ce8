"""The temporary database in which rows are joined. It has a memory limit, and spills to disk beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import final

import duckdb
import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.batches_ahead import for_duckdb
from floe_ingestion_dlt.adapters.arrow.stubs import Places
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import MemoryTooSmallError
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import FILE, ROW
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder


@final
class JoinTables:
    """The tables of one merge. A row is identified by the number of its file and its position in it."""

    def __init__(self, memory: int) -> None:
        self._open = ExitStack()
        # In bytes; it counts when the database is opened.
        self.memory = memory

    @cached_property
    def sql(self) -> duckdb.DuckDBPyConnection:
        """A temporary database with a folder to spill to, opened when it is first used."""
        folder = self._open.enter_context(scratch_folder("merge"))
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self.memory}B",
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
        sql = self._open.enter_context(duckdb.connect(":memory:", config=settings))
        sql.execute("SET enable_progress_bar = false")  # it would be drawn on a terminal
        return sql

    def close(self) -> None:
        """Delete all rows and files."""
        self._open.close()

    def create(
        self,
        name: str,
        query: str,
        stream: pa.RecordBatchReader | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        if stream is not None:
            self.sql.register("stream", for_duckdb(stream))
        try:
            self.sql.execute(f"CREATE OR REPLACE TABLE {name} AS {query}", values)
        except duckdb.OutOfMemoryException as error:
            cause = f"the keys of the load and of the table cannot be joined in {self.memory:,} bytes"
            raise MemoryTooSmallError(
                cause, "Increase memory_limit, or set fewer parallel_sources."
            ) from error
        if stream is not None:
            self.sql.unregister("stream")

    def count(self, rows: str) -> int:
        found = self.sql.execute(f"FROM ({rows}) SELECT count(*)").fetchone()
        return int(found[0]) if found else 0

    def by_file(self, rows: str) -> dict[int, int]:
        found = self.sql.execute(f"FROM {rows} SELECT {FILE}, count(*) GROUP BY ALL ORDER BY ALL")
        return {int(file): int(count) for file, count in found.fetchall()}

    def places(self, rows: str, file: int) -> Places:
        found = self.sql.execute(f"FROM {rows} SELECT {ROW} WHERE {FILE} = ? ORDER BY ALL", [file])
        return found.to_arrow_table().column(0).combine_chunks()
