"""Parquet files with narrower types than the table's columns are copied, and everything works on the copies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import TABLE, Platform

COLUMNS: dict[str, pa.DataType] = {
    "id": pa.int32(),
    "share": pa.float32(),
    "price": pa.decimal128(9, 2),
    "sizes": pa.list_(pa.int32()),
}
ROWS = 5000


def rows(first: int, count: int, price: str) -> pa.Table:
    ids = range(first, first + count)
    values: dict[str, list[Any]] = {
        "id": list(ids),
        "share": [number / 8 for number in ids],
        "price": [Decimal(price)] * count,
        "sizes": [[number, None] for number in ids],
    }
    return pa.Table.from_pydict(values, pa.schema(COLUMNS))


def load(platform: Platform, name: str, table: pa.Table, write_mode: str) -> None:
    pq.write_table(table, platform.data / f"{name}.parquet", compression="zstd")
    own = {"primary_key": "id"} if write_mode == "merge" else {}
    source = {"path": str(platform.data), "include_glob": f"{name}.parquet", "format": "parquet"}
    pipeline = platform.pipeline(source_config=source | own, write_mode=write_mode)
    report = platform.plugin.load(pipeline)
    assert report.error is None, report.error


def kept_types(platform: Platform) -> set[pa.DataType]:
    """The types of the column id in the table's files."""
    paths = platform.catalog.load_table(TABLE).inspect.files()["file_path"].to_pylist()
    return {pq.read_schema(str(path).removeprefix("file://")).field("id").type for path in paths}


@pytest.mark.parametrize("price", ["1234567.89", "0.01"])
def test_copies_are_merged_and_verified_like_other_files(platform: Platform, price: str) -> None:
    load(platform, "a", rows(0, ROWS, price), "append")
    assert {pa.int32()} == kept_types(platform)
    load(platform, "b", rows(ROWS, ROWS, price), "append")
    load(platform, "c", rows(ROWS - 2, 4, "0.02"), "merge")
    found = platform.catalog.load_table(TABLE).scan().to_arrow().sort_by("id")
    expected = [Decimal(price)] * (ROWS - 2) + [Decimal("0.02")] * 4 + [Decimal(price)] * (ROWS - 2)
    assert list(range(2 * ROWS)) == found["id"].to_pylist()
    assert (pa.int64(), expected) == (found["id"].type, found["price"].to_pylist())
    assert [number / 8 for number in range(2 * ROWS)] == found["share"].to_pylist()
    assert [[number, None] for number in range(2 * ROWS)] == found["sizes"].to_pylist()
    assert platform.plugin.verify(TABLE).is_sound
