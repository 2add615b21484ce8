"""The columns of a table that another engine has made are filled, whatever the case of their names and that of the source's."""

from __future__ import annotations

from datetime import date
from typing import Any

import dlt
import pyarrow as pa
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import BooleanType, LongType, NestedField, StringType

from floe_ingestion_dlt import Window
from tests.embedded.rows_of_each_kind import KINDS, load, pipeline, run
from tests.platforms import TABLE, Platform

COLUMNS = {"ID": LongType(), "OrderDate": StringType(), "Customer Name": StringType(), "Größe": LongType()}
ROWS: list[dict[str, Any]] = [
    {"ID": 1, "OrderDate": "a", "Customer Name": "x", "Größe": 5},
    {"ID": 2, "OrderDate": "b", "Customer Name": "y", "Größe": 7},
]
SPELLINGS = pytest.mark.parametrize(
    "names",
    [
        ["ID", "OrderDate", "Customer Name", "Größe"],
        ["id", "order_date", "customer_name", "größe"],
        ["Id", "ORDERDATE", "CUSTOMER NAME", "GRÖßE"],
        ["iD", "Order Date", "customerName", "größe"],
    ],
)


def make_table(platform: Platform) -> None:
    fields = [NestedField(n, name, kind) for n, (name, kind) in enumerate(COLUMNS.items(), 1)]
    platform.catalog.create_namespace_if_not_exists("bronze")
    platform.catalog.create_table(TABLE, Schema(*fields))


def spelled(names: list[str], rows: list[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    return [dict(zip(names, row.values(), strict=True)) for row in rows]


@KINDS
@SPELLINGS
def test_columns_that_are_there_are_filled(platform: Platform, kind: str, names: list[str]) -> None:
    make_table(platform)
    load(platform, kind, spelled(names))
    assert list(COLUMNS) == platform.catalog.load_table(TABLE).schema().column_names
    assert ROWS == platform.rows()


@SPELLINGS
def test_rows_of_python_values_fill_them(platform: Platform, names: list[str]) -> None:
    make_table(platform)
    assert platform.load(spelled(names)).success
    assert set(COLUMNS) == platform.columns()
    assert ROWS == platform.rows()


@KINDS
@pytest.mark.parametrize("key", ["ID", "id"])
def test_rows_are_merged_by_the_key_that_is_there(platform: Platform, kind: str, key: str) -> None:
    make_table(platform)
    merge = {"write_mode": "merge", "source_config": {"primary_key": key}}
    load(platform, kind, spelled(["id", "OrderDate", "customer_name", "größe"]), **merge)
    load(platform, kind, [{"Id": 2, "order_date": "c", "CustomerName": "z", "Größe": 9}], **merge)
    assert [(1, "a"), (2, "c")] == [(row["ID"], row["OrderDate"]) for row in platform.rows()]
    assert set(COLUMNS) == platform.columns()


def test_rows_are_removed_by_a_flag_that_is_there(platform: Platform) -> None:
    platform.catalog.create_namespace_if_not_exists("bronze")
    flags = Schema(NestedField(1, "Id", LongType()), NestedField(2, "IsDeleted", BooleanType()))
    platform.catalog.create_table(TABLE, flags)
    settings = {"primary_key": "id", "hard_delete": "is_deleted", "dedup_sort": {"ID": "desc"}}
    for gone in (False, True):
        rows = [{"Id": 1, "isDeleted": gone}, {"Id": 2, "isDeleted": False}]
        load(platform, "parquet", rows, write_mode="merge", source_config=settings)
    assert [2] == [row["Id"] for row in platform.rows()]


@KINDS
def test_a_cursor_goes_on_in_the_column_that_is_there(platform: Platform, kind: str) -> None:
    make_table(platform)
    cursor = {"source_config": {"cursor_field": "größe"}}
    names = ["id", "order_date", "customer_name", "größe"]
    load(platform, kind, spelled(names), **cursor)
    third = {"ID": 3, "OrderDate": "c", "Customer Name": "z", "Größe": 7}
    load(platform, kind, spelled(names, [*ROWS, third]), **cursor)
    assert [*ROWS, third] == platform.rows()
    assert platform.plugin.verify(TABLE).is_sound


@KINDS
def test_windows_replace_rows_of_the_column_that_is_there(platform: Platform, kind: str) -> None:
    make_table(platform)
    load(platform, kind, spelled(list(COLUMNS)))
    source = [
        {"id": 4, "order_date": "n", "customer_name": "n", "größe": 7},
        *spelled(["id", "order_date", "customer_name", "größe"]),
    ]
    report = platform.plugin.load(pipeline(platform, kind, source), window=Window("größe", 6, 8))
    assert report.fault is None, report.fault
    assert [1, 2, 4] == [row["ID"] for row in platform.rows()]


@KINDS
@pytest.mark.parametrize("contract", ["freeze", "discard_value"])
def test_another_spelling_is_no_change_of_the_schema(platform: Platform, kind: str, contract: str) -> None:
    make_table(platform)
    load(platform, kind, spelled(list(COLUMNS)))
    load(platform, kind, spelled(["id", "order_date", "customer_name", "größe"]), schema_contract=contract)
    assert [ROWS[0], ROWS[0], ROWS[1], ROWS[1]] == platform.rows()


@KINDS
def test_two_columns_of_the_source_for_one_of_the_table_are_refused(platform: Platform, kind: str) -> None:
    make_table(platform)
    result = run(platform, kind, [{"OrderDate": "a", "order_date": "b"}])
    assert not result.success
    assert "'OrderDate', 'order_date'" in str(result.errors).replace('"', "'")
    assert [] == platform.rows()


def test_nested_tables_keep_their_own_columns(platform: Platform) -> None:
    make_table(platform)
    lines = [{"id": 7, "Größe": 1}]
    assert platform.load([{"id": 1, "order_date": "a", "lines": lines}]).success
    assert {"id", "größe"} == platform.columns("bronze.orders__lines")


def test_a_table_with_columns_named_like_dlts_own_is_filled(platform: Platform) -> None:
    platform.catalog.create_namespace_if_not_exists("bronze")
    names = ["Version", "Engine_Version", "Inserted_At", "Schema_Name", "Load_Id", "Status"]
    fields = [NestedField(n, name, StringType()) for n, name in enumerate(names, 1)]
    platform.catalog.create_table(TABLE, Schema(*fields))
    for _ in range(2):
        load(platform, "parquet", [{name.lower(): "x" for name in names}])
    assert [dict.fromkeys(names, "x")] * 2 == platform.rows()
    assert set(names) == platform.columns()


def test_a_batch_of_a_source_in_arrow_is_renamed_once_it_was_filtered(platform: Platform) -> None:
    make_table(platform)

    @dlt.resource(name="orders")
    def days(at: Any = dlt.sources.incremental("Day")) -> Any:  # noqa: ARG001, B008 - dlt reads it
        yield pa.table({"Day": [date(2026, 1, 1), date(2026, 1, 2)], "id": [1, 2]})

    for _ in range(2):
        result = platform.plugin.run(platform.pipeline(), source=days())
        assert result.success, result.errors
    assert [1, 2] == [row["ID"] for row in platform.rows()]
