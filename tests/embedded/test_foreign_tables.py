"""Tables that somebody else made keep what they are: types widen as the contract says, and nothing else changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DecimalType, FloatType, IntegerType, NestedField, StringType

from tests.platforms import TABLE, Platform

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


def test_a_partitioned_table_is_refused_for_now(platform: Platform) -> None:
    schema = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "town", StringType()))
    by_town = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "town"))
    platform.catalog.create_namespace("bronze")
    platform.catalog.create_table(TABLE, schema, partition_spec=by_town)
    rows = pa.table({"id": pa.array([1], pa.int32()), "town": ["Oslo"]})
    result = load(platform, rows)
    assert not result.success
    assert "partitioned" in result.errors[0]
    assert [] == platform.rows()
