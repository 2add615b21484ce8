"""Arrow's views and dictionaries, which other writers' files and tables have, are loaded as what they stand for."""

from __future__ import annotations

from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import Platform

VIEWS = [(pa.string_view(), ["", "é" * 20, None]), (pa.binary_view(), [b"", b"\0" * 20, None])]


@pytest.mark.parametrize(("kind", "values"), VIEWS, ids=["text", "bytes"])
def test_views_in_files_are_loaded(platform: Platform, kind: pa.DataType, values: list[Any]) -> None:
    rows = pa.table({"id": range(3), "value": pa.array(values, kind)})
    pq.write_table(rows, platform.data / "rows.parquet")
    result = platform.load(source_config={"format": "parquet"})
    assert result.success, result.errors
    assert values == [row["value"] for row in platform.rows("id", "value")]


@pytest.mark.parametrize(
    "made", [lambda rows: rows, lambda rows: rows.to_batches()[0]], ids=["table", "batch"]
)
def test_views_in_tables_of_arrow_are_loaded_and_compared_at_the_cursor(
    platform: Platform, made: Any
) -> None:
    loaded = []
    for names in (["a", "b"], ["a", "b", "c"]):
        rows = pa.table(
            {
                "name": pa.array(names, pa.string_view()),
                "raw": pa.array([b"\0"] * len(names), pa.binary_view()),
            }
        )
        source = dlt.resource([made(rows)], name="orders")
        loaded.append(
            platform.plugin.run(platform.pipeline(source_config={"cursor_field": "name"}), source=source)
        )
    assert [2, 1] == [result.rows_loaded for result in loaded], [result.errors for result in loaded]
    assert [{"name": name, "raw": b"\0"} for name in "abc"] == platform.rows()


@pytest.mark.parametrize(
    "values",
    [pa.array(["a", "b", "b"]), pa.array(["a", "b", "b"], pa.large_string()), pa.array([1, 2, 2])],
    ids=["text", "large text", "numbers"],
)
def test_a_dictionary_can_be_a_cursor(platform: Platform, values: Any) -> None:
    loaded = []
    for known in (2, 3, 3):
        some = values.slice(0, known)
        rows = pa.table(
            {"id": range(known), "state": some.dictionary_encode(), "other": some.dictionary_encode()}
        )
        pipeline = platform.pipeline(source_config={"cursor_field": "state"})
        loaded.append(platform.plugin.run(pipeline, source=dlt.resource([rows], name="orders")))
    assert [2, 1, 0] == [result.rows_loaded for result in loaded], [result.errors for result in loaded]
    assert values.to_pylist() == [row["state"] for row in platform.rows("id", "state")]
    assert values.to_pylist() == [row["other"] for row in platform.rows("id", "other")]
