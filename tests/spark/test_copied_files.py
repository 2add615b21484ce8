"""Spark reads Parquet files that were loaded as they are, and finds rows in them by their statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.parquet_copies import SMALLEST_BYTES
from tests.plain_columns import PLAIN_COLUMNS
from tests.platforms import TABLE
from tests.spark.lake import Lake

TIMES = 60_000
COUNT = 3 * TIMES


def rows() -> pa.Table:
    """Each of the three rows many times, with its number."""
    numbers = pa.array([0, 1, 2] * TIMES, pa.int32())
    required = pa.schema([pa.field("kind", pa.int32(), nullable=False), pa.field("place", pa.int64())])
    named = pa.table({"kind": numbers, "place": range(COUNT)}, required)
    for name, column in PLAIN_COLUMNS.items():
        named = named.append_column(name, pa.chunked_array([column] * TIMES))
    return named


def comparable(column: pa.ChunkedArray[Any]) -> list[Any]:
    """Python has no moments after the year 9999, and a nan is not equal to itself."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_pylist()
    if pa.types.is_floating(column.type):
        return column.cast(pa.float64()).cast(pa.string()).to_pylist()
    return column.to_pylist()


@pytest.mark.parametrize("is_integer", [True, False])
def test_spark_reads_copied_files_and_skips_no_row(lake: Lake, *, is_integer: bool) -> None:
    table = rows()
    path = lake.platform.data / "rows.parquet"
    writing: dict[str, Any] = {
        "compression": "none",
        "use_dictionary": ["view", "price"],
        "row_group_size": 100_000,
    }
    pq.write_table(table, path, store_decimal_as_integer=is_integer, **writing)
    assert path.stat().st_size > SMALLEST_BYTES
    pipeline = lake.platform.pipeline(source_config={"path": str(path.parent), "format": "parquet"})
    assert COUNT == lake.platform.plugin.run(pipeline).rows_loaded
    (copy,) = lake.platform.catalog.load_table(TABLE).inspect.files()["file_path"].to_pylist()
    copied = pq.read_metadata(Path(str(copy).removeprefix("file://")))
    assert pq.read_metadata(path).row_group(0).to_dict() == copied.row_group(0).to_dict()
    found = lake.query(f"SELECT * FROM floe.{TABLE} WHERE place IN (0, 1, 2) ORDER BY kind")
    for name in table.column_names:
        assert comparable(table.slice(0, 3)[name]) == comparable(found[name]), name
    (counts,) = lake.query(
        f"SELECT count_if(price = -1.5) a, count_if(huge > 0) b, count_if(text IS NULL) c FROM floe.{TABLE}"
    ).to_pylist()
    assert {"a": TIMES, "b": TIMES, "c": 0} == counts
    for condition in ("price = -1.5", "huge > 0", "view IS NULL", "small = -0.01", "day = DATE '9999-12-31'"):
        (found_rows,) = lake.query(f"SELECT count(*) n FROM floe.{TABLE} WHERE {condition}")["n"].to_pylist()
        assert TIMES == found_rows, condition
