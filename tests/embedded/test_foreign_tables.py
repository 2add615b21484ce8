"""Tables that somebody else made keep what they are: types widen as the contract says, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortDirection, SortField, SortOrder
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import (
    DecimalType,
    FloatType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from tests.platforms import TABLE, Platform, Row

NARROW = Schema(
    NestedField(1, "id", IntegerType()),
    NestedField(2, "ratio", FloatType()),
    NestedField(3, "price", DecimalType(6, 2)),
)
FIRST = pa.table(
    {
        "id": pa.array([1], pa.int32()),
        "ratio": pa.array([0.5], pa.float32()),
        "price": pa.array([Decimal("1.25")], pa.decimal128(6, 2)),
    }
)
WIDER = pa.table(
    {"id": [2**40], "ratio": [0.1], "price": pa.array([Decimal("12345678.50")], pa.decimal128(12, 2))}
)
FIRST_ROW = {"id": 1, "ratio": 0.5, "price": Decimal("1.25")}
WIDER_ROW = {"id": 2**40, "ratio": 0.1, "price": Decimal("12345678.50")}


@pytest.fixture
def foreign(platform: Platform) -> Platform:
    """A platform with a table of narrow types that has a row."""
    platform.catalog.create_namespace("bronze")
    platform.catalog.create_table(TABLE, NARROW).append(FIRST)
    return platform


def load(platform: Platform, rows: pa.Table, **options: Any) -> IngestionResult:
    pq.write_table(rows, platform.data / "rows.parquet")
    return platform.load(source_config={"format": "parquet"}, **options)


def types(platform: Platform) -> list[str]:
    return [str(field.field_type) for field in platform.catalog.load_table(TABLE).schema().fields]


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_values_of_the_tables_own_types_change_nothing(foreign: Platform, contract: str) -> None:
    assert load(foreign, FIRST, schema_contract=contract).success
    assert [FIRST_ROW, FIRST_ROW] == foreign.rows()
    assert ["int", "float", "decimal(6, 2)"] == types(foreign)


def test_evolve_widens_types_and_keeps_every_value(foreign: Platform) -> None:
    assert load(foreign, WIDER).success
    assert [FIRST_ROW, WIDER_ROW] == foreign.rows()
    assert ["long", "double", "decimal(12, 2)"] == types(foreign)


def test_freeze_refuses_wider_types(foreign: Platform) -> None:
    result = load(foreign, WIDER, schema_contract="freeze")
    assert not result.success
    assert "column id widens from int to long" in result.errors[0]
    assert [FIRST_ROW] == foreign.rows()


def test_discard_value_leaves_wider_values_out(foreign: Platform) -> None:
    assert load(foreign, WIDER, schema_contract="discard_value").success
    assert [FIRST_ROW, dict.fromkeys(FIRST_ROW)] == foreign.rows()
    assert ["int", "float", "decimal(6, 2)"] == types(foreign)


def test_an_empty_table_that_somebody_declared_is_held_to_the_contract(platform: Platform) -> None:
    platform.catalog.create_namespace("bronze")
    platform.catalog.create_table(TABLE, Schema(NestedField(1, "id", IntegerType())))
    assert not load(platform, WIDER, schema_contract="freeze").success


def test_a_replaced_table_keeps_its_columns_and_history(foreign: Platform) -> None:
    assert load(foreign, FIRST.select(["id"]), write_mode="replace").success
    assert [{"id": 1, "ratio": None, "price": None}] == foreign.rows()
    assert 2 == foreign.snapshots()


BY_TOWN_AND_DAY = PartitionSpec(
    PartitionField(2, 1000, IdentityTransform(), "town"), PartitionField(3, 1001, DayTransform(), "day")
)
SALES = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "town", StringType()),
    NestedField(3, "at", TimestamptzType()),
    NestedField(4, "amount", LongType()),
)
NEWEST_FIRST = SortOrder(SortField(source_id=3, transform=IdentityTransform(), direction=SortDirection.DESC))


def sale(number: int, town: str | None, day: int, amount: int = 1) -> Row:
    return {
        "id": number,
        "town": town,
        "at": datetime(2026, 3, day, number % 24, tzinfo=UTC),
        "amount": amount,
    }


@pytest.fixture
def partitioned(platform: Platform) -> Platform:
    """A platform with a table that another engine has partitioned and sorted."""
    platform.catalog.create_namespace("bronze")
    platform.catalog.create_table(TABLE, SALES, partition_spec=BY_TOWN_AND_DAY, sort_order=NEWEST_FIRST)
    return platform


def partitions(platform: Platform) -> dict[tuple[str | None, int | None], set[int]]:
    """The ids of the rows that the data files of each partition really have."""
    table = platform.catalog.load_table(TABLE)
    found: dict[tuple[str | None, int | None], set[int]] = {}
    for task in table.scan().plan_files():
        with table.io.new_input(task.file.file_path).open() as stream:
            rows: list[Row] = pq.read_table(pa.BufferReader(stream.read()), columns=["id"]).to_pylist()
        ids = {row["id"] for row in rows}
        found.setdefault((task.file.partition[0], task.file.partition[1]), set()).update(ids)
    return found


SALE_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "town": pa.string(),
    "at": pa.timestamp("us", "UTC"),
    "amount": pa.int64(),
}


def load_sales(platform: Platform, *sales: Row, **options: Any) -> IngestionResult:
    return load(platform, pa.Table.from_pylist(list(sales), schema=pa.schema(SALE_COLUMNS)), **options)


DAY_ONE = (datetime(2026, 3, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days


def test_rows_come_into_the_partitions_of_another_engine(partitioned: Platform) -> None:
    sales = [sale(1, "Oslo", 1), sale(2, "Oslo", 2), sale(3, None, 1), sale(4, "null", 1), sale(5, "Oslo", 1)]
    result = load_sales(partitioned, *sales)
    assert (True, 5) == (result.success, result.rows_loaded), result.errors
    assert sales == partitioned.rows()
    assert {
        ("Oslo", DAY_ONE): {1, 5},
        ("Oslo", DAY_ONE + 1): {2},
        (None, DAY_ONE): {3},
        ("null", DAY_ONE): {4},
    } == partitions(partitioned)
    assert 1 == partitioned.snapshots()


def test_readers_find_rows_by_their_partition(partitioned: Platform) -> None:
    load_sales(partitioned, *(sale(n, town, 1) for n, town in enumerate(("Oslo", "Bergen", "Oslo"))))
    scan = partitioned.catalog.load_table(TABLE).scan(row_filter="town = 'Oslo'")
    assert 1 == len(list(scan.plan_files()))
    assert [0, 2] == scan.to_arrow().sort_by("id")["id"].to_pylist()


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert"])
def test_rows_that_change_move_to_their_new_partition(partitioned: Platform, strategy: str) -> None:
    load_sales(partitioned, sale(1, "Oslo", 1), sale(2, "Oslo", 1), sale(3, "Bergen", 1))
    merge = {"primary_key": "id", "merge_strategy": strategy}
    changed = [sale(2, "Bergen", 2, amount=9), sale(4, "Oslo", 1)]
    pq.write_table(pa.Table.from_pylist(changed), partitioned.data / "rows.parquet")
    result = partitioned.load(source_config={"format": "parquet"} | merge, write_mode="merge")
    assert result.success, result.errors
    assert [sale(1, "Oslo", 1), changed[0], sale(3, "Bergen", 1), changed[1]] == partitioned.rows()
    assert {
        ("Oslo", DAY_ONE): {1, 4},
        ("Bergen", DAY_ONE): {3},
        ("Bergen", DAY_ONE + 1): {2},
    } == partitions(partitioned)


def test_a_replaced_partitioned_table_has_the_new_rows_in_their_partitions(partitioned: Platform) -> None:
    load_sales(partitioned, sale(1, "Oslo", 1))
    assert load_sales(partitioned, sale(2, "Bergen", 1), write_mode="replace").success
    assert {("Bergen", DAY_ONE): {2}} == partitions(partitioned)


def test_columns_that_the_source_does_not_send_are_the_partition_of_nulls(partitioned: Platform) -> None:
    assert load(partitioned, pa.table({"id": [1]})).success
    assert {(None, None): {1}} == partitions(partitioned)


def test_a_partitioned_table_grows_columns(partitioned: Platform) -> None:
    assert load(partitioned, pa.table({"id": [1], "town": ["Oslo"], "note": ["new"]})).success
    assert [{"id": 1, "note": "new"}] == partitioned.rows("id", "note")
