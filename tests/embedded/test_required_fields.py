"""What is required in an optional struct, list or map of another engine's table is asked of those that are there."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IcebergType, ListType, LongType, MapType, NestedField, StringType, StructType

from tests.platforms import TABLE, Platform, Row

POINT = StructType(
    NestedField(11, "x", LongType(), required=True), NestedField(12, "name", StringType(), required=True)
)
SHAPES: dict[str, IcebergType] = {
    "struct": POINT,
    "list": ListType(20, POINT, element_required=False),
    "map": MapType(20, StringType(), 21, POINT, value_required=False),
    "list in a struct": StructType(
        NestedField(20, "all", ListType(21, POINT, element_required=True), required=True)
    ),
}
ARROW_POINT = pa.struct([("x", pa.int64()), ("name", pa.string())])
ARROW: dict[str, pa.DataType] = {
    "struct": ARROW_POINT,
    "list": pa.list_(ARROW_POINT),
    "map": pa.map_(pa.string(), ARROW_POINT),
    "list in a struct": pa.struct([("all", pa.list_(ARROW_POINT))]),
}
HOME = {"x": 1, "name": "home"}
VALUES: dict[str, list[Any]] = {
    "struct": [HOME, None],
    "list": [[HOME, None], None, []],
    "map": [[("k", HOME), ("l", None)], None, []],
    "list in a struct": [{"all": [HOME]}, None, {"all": []}],
}
WITHOUT_NAME = {"x": 1, "name": None}
MISSING: dict[str, Any] = {
    "struct": WITHOUT_NAME,
    "list": [WITHOUT_NAME],
    "map": [("k", WITHOUT_NAME)],
    "list in a struct": {"all": None},
}
PLAIN, BY_ID = PartitionSpec(), PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "id"))


def make(platform: Platform, shape: str, spec: PartitionSpec = PLAIN) -> None:
    platform.catalog.create_namespace("bronze")
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "place", SHAPES[shape]))
    platform.catalog.create_table(TABLE, schema, partition_spec=spec)


def load(
    platform: Platform, shape: str, values: list[Any], first: int = 0, **options: Any
) -> IngestionResult:
    ids = pa.array(range(first, first + len(values)), pa.int64())
    rows = pa.table({"id": ids, "place": pa.array(values, ARROW[shape])})
    pq.write_table(rows, platform.data / "rows.parquet")
    return platform.load(source_config={"format": "parquet"} | options.pop("source_config", {}), **options)


def in_files(platform: Platform) -> list[Row]:
    """What a reader finds that knows Parquet, and nothing of Iceberg."""
    found = (
        row
        for task in platform.catalog.load_table(TABLE).scan().plan_files()
        for row in pq.ParquetFile(task.file.file_path.removeprefix("file://")).read().to_pylist()
    )
    return sorted(found, key=lambda row: int(row["id"]))


def rows(values: list[Any]) -> list[Row]:
    return [{"id": number, "place": value} for number, value in enumerate(values)]


@pytest.mark.parametrize("spec", [PLAIN, BY_ID], ids=["plain", "partitioned"])
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_without_the_optional_value_are_loaded(
    platform: Platform, shape: str, spec: PartitionSpec
) -> None:
    make(platform, shape, spec)
    result = load(platform, shape, VALUES[shape])
    assert result.success, result.errors
    assert rows(VALUES[shape]) == in_files(platform)


@pytest.mark.parametrize("shape", SHAPES)
def test_they_stay_as_they_are_when_others_are_merged(platform: Platform, shape: str) -> None:
    make(platform, shape)
    values = [*VALUES[shape], VALUES[shape][0]]
    load(platform, shape, values)
    merge = {"primary_key": "id", "merge_strategy": "upsert"}
    result = load(platform, shape, [None], len(values) - 1, write_mode="merge", source_config=merge)
    assert result.success, result.errors
    assert rows([*VALUES[shape], None]) == in_files(platform)


@pytest.mark.parametrize("spec", [PLAIN, BY_ID], ids=["plain", "partitioned"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_source_that_does_not_send_the_column_is_loaded(
    platform: Platform, shape: str, spec: PartitionSpec
) -> None:
    make(platform, shape, spec)
    pq.write_table(pa.table({"id": [0, 1]}), platform.data / "rows.parquet")
    merge = {"primary_key": "id", "merge_strategy": "upsert", "format": "parquet"}
    for _ in range(2):
        result = platform.load(source_config=merge, write_mode="merge")
        assert result.success, result.errors
    assert [0, 1] == [row["id"] for row in platform.rows("id")]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_that_lacks_what_is_required_is_refused(platform: Platform, shape: str) -> None:
    make(platform, shape)
    result = load(platform, shape, [MISSING[shape]])
    assert not result.success
    assert "column place" in result.errors[0]
    assert "is required, and is null 1 times" in result.errors[0]
