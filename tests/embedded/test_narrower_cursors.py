"""A later file may have the cursor in a narrower type, such as a decimal with fewer digits: the order of its values is the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import Platform

CASES: dict[str, tuple[pa.Array[Any], pa.Array[Any]]] = {
    "fewer digits": (pa.array([Decimal("1.25")]), pa.array([Decimal("0.5"), Decimal(2), None])),
    "no digits": (pa.array([Decimal("12.345")]), pa.array([Decimal(1), Decimal(13)], pa.decimal128(2, 0))),
    "many digits": (
        pa.array([Decimal(10**37)], pa.decimal128(38, 0)),
        pa.array([Decimal("0.001"), Decimal("5.000")], pa.decimal128(5, 3)),
    ),
    "int32": (pa.array([2**40]), pa.array([1, 2], pa.int32())),
    "int8": (pa.array([1000]), pa.array([1, 2], pa.int8())),
    "uint32": (pa.array([2**40]), pa.array([1, 2], pa.uint32())),
    "float32": (pa.array([1e300]), pa.array([1.5], pa.float32())),
    "milliseconds": (pa.array([1500], pa.timestamp("us")), pa.array([1, 2], pa.timestamp("ms"))),
    "seconds": (pa.array([1500], pa.timestamp("us", "UTC")), pa.array([0, 1], pa.timestamp("s", "UTC"))),
}


def table(first_id: int, values: pa.Array[Any]) -> pa.Table:
    return pa.table({"id": range(first_id, first_id + len(values)), "u": values})


def load(platform: Platform, rows: pa.Table, cursor: dict[str, Any], write_mode: str) -> list[str]:
    pq.write_table(rows, platform.data / "a.parquet")
    source = {"path": str(platform.data), "format": "parquet", "incremental": "all", "cursor": cursor}
    own = {"primary_key": "id"} if write_mode == "merge" else {}
    pipeline = platform.pipeline(source_config=source | own, write_mode=write_mode)
    return platform.plugin.run(pipeline).errors


@pytest.mark.parametrize("write_mode", ["append", "merge"])
@pytest.mark.parametrize("name", CASES)
def test_new_rows_are_found_in_the_narrower_type(platform: Platform, name: str, write_mode: str) -> None:
    first, later = CASES[name]
    cursor = {"column": "u", "on_null": "exclude"}
    assert [] == load(platform, table(0, first), cursor, write_mode)
    assert [] == load(platform, table(10, later), cursor, write_mode)
    values: list[Any] = later.to_pylist()
    new = [10 + at for at, value in enumerate(values) if value is not None and value > first[0].as_py()]
    assert [0, *new] == [row["id"] for row in platform.rows("id")]


@pytest.mark.parametrize("end", [12.34, 100])
def test_an_end_with_more_digits_than_the_column_is_compared(platform: Platform, end: float) -> None:
    values = pa.array([Decimal("12.3"), Decimal("12.4"), Decimal("99.9")], pa.decimal128(3, 1))
    cursor = {"column": "u", "end_value": end}
    assert [] == load(platform, table(0, values), cursor, "append")
    assert [0, *([1, 2] if end == 100 else [])] == [row["id"] for row in platform.rows("id")]
