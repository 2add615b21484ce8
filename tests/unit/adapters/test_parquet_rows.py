"""Batches of Parquet files are small in rows and in bytes, over the borders of row groups, too."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.arrow.parquet_rows import BATCH_BYTES, BATCH_ROWS, batches_in, open_parquet

LONG = 1_000_000


@pytest.mark.parametrize("group_rows", [1, 7, 100])
def test_rows_with_long_texts_are_read_a_few_at_once(tmp_path: Path, group_rows: int) -> None:
    file = tmp_path / "a.parquet"
    texts = [f"{number:06}" + "x" * LONG for number in range(100)]
    pq.write_table(
        pa.table({"id": range(100), "t": texts}), file, row_group_size=group_rows, use_dictionary=False
    )
    with open_parquet(file) as parquet:
        batches = [*batches_in(parquet)]
        assert max(batch.nbytes for batch in batches) <= 2 * BATCH_BYTES
        assert texts == [text for batch in batches for text in batch.column("t").to_pylist()]
        assert [100] == [batch.num_rows for batch in batches_in(parquet, ["id"])]


def test_short_rows_are_read_many_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": range(150_000)}), file, row_group_size=40_000)
    with open_parquet(file) as parquet:
        sizes = [batch.num_rows for batch in batches_in(parquet)]
    assert 150_000 == sum(sizes)
    assert BATCH_ROWS == max(sizes)


def test_columns_in_structs_and_lists_count(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    rows = [{"a": {"t": "x" * LONG}, "b": ["y" * LONG]} for _ in range(60)]
    pq.write_table(pa.Table.from_pylist(rows), file, use_dictionary=False)
    with open_parquet(file) as parquet:
        for column in ("a", "b"):
            assert max(batch.nbytes for batch in batches_in(parquet, [column])) <= 2 * BATCH_BYTES


def test_columns_with_dots_in_their_names_count(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": range(60), "a.t": ["x" * LONG] * 60}), file, use_dictionary=False)
    with open_parquet(file) as parquet:
        batches = [*batches_in(parquet, ["a.t"])]
    assert max(batch.nbytes for batch in batches) <= 2 * BATCH_BYTES
    assert 60 == sum(batch.num_rows for batch in batches)


def test_a_file_without_rows_or_columns_has_no_batches(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": pa.array([], pa.int64())}), file)
    with open_parquet(file) as parquet:
        assert 0 == sum(batch.num_rows for batch in batches_in(parquet))
        assert 0 == sum(batch.num_rows for batch in batches_in(parquet, []))
