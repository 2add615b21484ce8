"""A catalog in which the plugin and Spark take turns."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.parquet as pq
from floe_core.plugins.ingestion import IngestionResult

from tests.platforms import TABLE, Platform, Row
from tests.spark.engine import Spark

DAYS: Final = 24 * 3600


@final
class Lake:
    """A platform, and a session of Spark that has its catalog under the name `floe`."""

    def __init__(self, spark: Spark, folder: Path) -> None:
        self.platform = Platform(folder)
        self._spark = spark
        self._answers = 0
        spark.open(folder)

    def load(self, rows: Sequence[Row], table: str = TABLE, **options: Any) -> IngestionResult:
        """Load rows of Python values; anything but a success fails the test."""
        result = self.platform.load(rows, table=table, **options)
        assert result.success, result.errors
        return result

    def load_table(self, rows: pa.Table, table: str = TABLE, **options: Any) -> IngestionResult:
        """Load rows of Arrow's types, as a file has them."""
        pq.write_table(rows, self.platform.data / "rows.parquet")
        source = {"format": "parquet"} | options.pop("source_config", {})
        result = self.platform.load(table=table, source_config=source, **options)
        assert result.success, result.errors
        return result

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self._spark.sql(statement)

    def query(self, query: str) -> pa.Table:
        self._answers += 1
        return self._spark.read(query, self.platform.folder / f"answer-{self._answers}")

    def snapshot_ids(self, table: str = TABLE) -> list[int]:
        """The snapshots that the table shows or has shown, the first one first."""
        return [entry.snapshot_id for entry in self.platform.catalog.load_table(table).history()]

    def place(self, table: str = TABLE) -> Path:
        """The folder of the table's files."""
        return Path(url2pathname(urlsplit(self.platform.catalog.load_table(table).location()).path))

    def age_files(self, days: int) -> None:
        """Let every file be older: Spark removes no orphans of today."""
        then = time.time() - days * DAYS
        for path in (self.platform.folder / "warehouse").rglob("*"):
            os.utime(path, (then, then))
