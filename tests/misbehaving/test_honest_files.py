"""Files that are large, wide or repetitive for good reasons, and are read with the limits as they are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from tests.misbehaving.folders import MB, large_value
from tests.unit.adapters.file_plans import plan_of, rows_of, tables_of


def test_repetitive_logs_are_read(tmp_path: Path) -> None:
    line = {"level": "info", "message": "GET /health answered 200", "host": "web-1", "labels": ["a"] * 20}
    text = b"".join(json.dumps(line | {"id": i}).encode() + b"\n" for i in range(20_000))
    (tmp_path / "a.jsonl.gz").write_bytes(packed := gzip.compress(text, 9))
    assert len(text) > 30 * len(packed)
    assert 20_000 == sum(table.num_rows for table in tables_of(plan_of(tmp_path / "a.jsonl.gz", "jsonl")))


def test_a_line_of_several_megabytes_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"v": "' + b"a" * 8 * MB + b'"}\n{"v": "b"}')
    assert [8 * MB, 1] == [len(row["v"]) for row in rows_of(plan_of(tmp_path, "jsonl"))]


def test_a_row_of_csv_is_read_to_the_limit_that_is_set(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,v\n1," + "a" * 3 * MB + "\n2,b\n")
    (_, last) = rows_of(plan_of(tmp_path, reader_options={"max_line_bytes": 4 * MB}))
    assert last == {"id": 2, "v": "b"}


def test_thousands_of_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(3_000)]
    (tmp_path / "a.csv").write_text(",".join(names) + "\n" + ",".join("1" * 3_000) + "\n")
    assert rows_of(plan_of(tmp_path)) == [dict.fromkeys(names, 1)]


def test_keys_that_differ_from_line_to_line_are_read(tmp_path: Path) -> None:
    lines = [{f"k{i % 900}": i, "id": i} for i in range(4_000)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = [{k: v for k, v in row.items() if v is not None} for row in rows_of(plan_of(tmp_path, "jsonl"))]
    assert lines == found


def test_a_sparse_table_is_read(tmp_path: Path) -> None:
    empty = {f"c{i}": pa.nulls(50_000, pa.string()) for i in range(300)}
    pq.write_table(pa.table({"id": pa.array(range(50_000)), **empty}), tmp_path / "a.parquet")
    assert 50_000 == sum(table.num_rows for table in tables_of(plan_of(tmp_path, "parquet")))


def test_large_values_come_in_batches_of_limited_size(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(large_value(60, MB))
    tables = tables_of(plan_of(tmp_path, "parquet"))
    assert 60 == sum(table.num_rows for table in tables)
    assert max(table.nbytes for table in tables) <= DEFAULT_MEMORY.table
    assert {pa.string()} == {table.schema.field("v").type for table in tables}


def test_columns_are_read_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2], "s": [{"x": 1, "y": ["b"]}, None], "a.b": [3, 4], "z": ["u", "v"]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1)
    for columns in (["z", "a"], ["s", "a.b", "a"], ["a.b"]):
        plan = plan_of(tmp_path, "parquet", reader_options={"columns": columns})
        assert table.select(columns).to_pylist() == rows_of(plan)
