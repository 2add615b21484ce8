"""Whole numbers of one file and doubles of another are one column at any depth, if each whole number is exact as a double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.types import IcebergType

from tests.platforms import TABLE, Platform

pytestmark = pytest.mark.some_of_them

LARGE = 2**53 + 1
SHAPES = pytest.mark.parametrize(
    "shape",
    [
        lambda number: [number, None],
        lambda number: {"x": number, "y": "a"},
        lambda number: [{"y": [{"x": number}]}],
        lambda number: {"at": {"x": [[number]]}, "n": LARGE},
    ],
    ids=["list", "struct", "list of structs", "struct of lists"],
)


def write(platform: Platform, numbers: list[float], shape: Any) -> None:
    for old in Path(platform.data).iterdir():
        old.unlink()
    for place, number in enumerate(numbers):
        rows = pa.table({"id": [place], "v": [shape(number)], "w": ["a"]})
        pq.write_table(rows, platform.data / f"{place}.parquet")


def load(platform: Platform) -> None:
    result = platform.load(source_config={"format": "parquet", "incremental": "all"})
    assert result.success, result.errors


def columns(platform: Platform) -> set[str]:
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name for field in fields if not field.name.startswith("_dlt_")}


def kind(platform: Platform, column: str) -> IcebergType:
    return platform.catalog.load_table(TABLE).schema().find_type(column)


@SHAPES
@pytest.mark.parametrize("numbers", [[3, 0.5], [0.5, 3], [-(2**53), 0.5, 7]], ids=str)
def test_files_of_one_load(platform: Platform, numbers: list[float], shape: Any) -> None:
    write(platform, numbers, shape)
    load(platform)
    assert {"id", "v", "w"} == columns(platform)
    assert [shape(number) for number in numbers] == [row["v"] for row in platform.rows("id", "v")]


@SHAPES
def test_files_of_two_loads(platform: Platform, shape: Any) -> None:
    for number in (0.5, 3):
        write(platform, [number], shape)
        load(platform)
    assert {"id", "v", "w"} == columns(platform)
    assert [shape(0.5), shape(3)] == sorted((row["v"] for row in platform.rows("v")), key=str)


@SHAPES
@pytest.mark.parametrize("numbers", [[LARGE, 0.5], [0.5, LARGE]], ids=str)
def test_a_number_without_a_double_gets_a_column_of_its_own(
    platform: Platform, numbers: list[float], shape: Any
) -> None:
    write(platform, numbers, shape)
    load(platform)
    (other,) = columns(platform) - {"id", "v", "w"}
    found = platform.rows("id", "v", other)
    assert [shape(number) for number in numbers] == [
        row["v"] if row[other] is None else row[other] for row in found
    ]
    assert [None] * 2 == [row["v"] and row[other] for row in found]


def test_values_of_maps(platform: Platform) -> None:
    files: list[tuple[Any, pa.DataType]] = [
        ([("a", 1)], pa.map_(pa.string(), pa.int64())),
        ([("a", 0.5)], pa.map_(pa.string(), pa.float64())),
    ]
    for place, (pairs, type_) in enumerate(files):
        rows = pa.table({"id": [place], "v": pa.array([pairs], type_)})
        pq.write_table(rows, platform.data / f"{place}.parquet")
    load(platform)
    assert [[("a", 1.0)], [("a", 0.5)]] == [row["v"] for row in platform.rows("id", "v")]
    assert "map<string, double>" == str(kind(platform, "v"))


def test_a_column_without_values_has_the_type_of_the_table(platform: Platform) -> None:
    """Its type in the file may have fewer plain types than that of the table, which the file's columns are compared by."""
    pq.write_table(
        pa.table({"id": [0], "n": [{"a": 1, "b": 0.5}], "v": [{"x": 0.5}]}), platform.data / "0.parquet"
    )
    load(platform)
    pq.write_table(
        pa.table({"id": [1], "n": pa.array([None], pa.null()), "v": [{"x": 3}]}), platform.data / "0.parquet"
    )
    load(platform)
    assert [{"id": 0, "v": {"x": 0.5}}, {"id": 1, "v": {"x": 3.0}}] == platform.rows("id", "v")
    assert {"id", "n", "v"} == columns(platform)
