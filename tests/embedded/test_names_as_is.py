"""With `column_names: as_is`, new columns have the names that the source writes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from tests.embedded.rows_of_each_kind import KINDS, load, run
from tests.platforms import TABLE, Platform

AS_IS = {"column_names": "as_is"}
ROWS: list[dict[str, Any]] = [
    {"ID": 1, "OrderDate": "a", "Customer Name": "x", "größe": 5, "a__B": 1, "_dlt x": 2},
    {"ID": 2, "OrderDate": "b", "Customer Name": "y", "größe": 7, "a__B": 3, "_dlt x": 4},
]


@KINDS
@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_names_are_those_of_the_source(platform: Platform, kind: str, mode: str) -> None:
    settings = AS_IS | ({"primary_key": "ID", "hard_delete": "Gone"} if mode == "merge" else {})
    rows = [row | ({"Gone": "false"} if mode == "merge" else {}) for row in ROWS]
    for _ in range(2):
        load(platform, kind, rows, write_mode=mode, source_config=settings)
    times = 2 if mode == "append" else 1
    assert [row for row in ROWS for _ in range(times)] == platform.rows(*ROWS[0])
    assert {*ROWS[0], *(["Gone"] if mode == "merge" else [])} == platform.columns()


@KINDS
def test_loads_go_on_by_a_cursor(platform: Platform, kind: str) -> None:
    for count in (1, 2, 2):
        load(platform, kind, ROWS[:count], source_config=AS_IS | {"cursor_field": "ID"})
    assert ROWS == platform.rows(*ROWS[0])
    assert platform.plugin.verify(TABLE).is_sound


def test_objects_and_lists_of_rows_have_the_names_of_the_source(platform: Platform) -> None:
    row = {"Id": 1, "Cust Info": {"FirstName": "x", "Age": 3}, "Lines": [{"SKU": "a", "Qty": 1}], "v": True}
    for _ in range(2):
        assert platform.load([row], source_config=AS_IS).success
    assert {"Id", "Cust Info__FirstName", "Cust Info__Age", "v"} == platform.columns()
    nested = {"bronze.orders__Lines", "bronze.orders__lines"} & {
        ".".join(name) for name in platform.catalog.list_tables("bronze")
    }
    assert {"SKU", "Qty"} == platform.columns(nested.pop())


def test_a_value_that_does_not_fit_has_a_column_of_its_own(platform: Platform) -> None:
    for value in (1, "x", "y"):
        assert platform.load([{"MyValue": value}], source_config=AS_IS).success
    assert {"MyValue", "MyValue__v_text"} == platform.columns()
    assert ["x", "y"] == sorted(filter(None, (row["MyValue__v_text"] for row in platform.rows())))


def test_a_dot_and_a_name_that_iceberg_keeps_are_replaced(platform: Platform) -> None:
    load(platform, "parquet", [{"a.B": 1, "_file": 2}], source_config=AS_IS)
    load(platform, "jsonl", [{"a.B": 1, "_file": 2}], source_config=AS_IS | {"file_glob": "*.jsonl"})
    assert [{"a_B": 1, "source_file": 2}] * 2 == platform.rows()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_names_that_differ_in_case_only_are_refused(platform: Platform, kind: str) -> None:
    result = run(platform, kind, [{"Id": 1, "ID": 2}], source_config=AS_IS)
    assert not result.success
    assert "ID" in str(result.errors)
    assert "Id" in str(result.errors)


def test_keys_of_nested_rows_that_differ_in_case_only_are_refused(platform: Platform) -> None:
    result = platform.load([{"id": 1, "lines": [{"Id": 1, "ID": 2}]}], source_config=AS_IS)
    assert not result.success
    assert "'Id', 'ID'" in str(result.errors).replace('"', "'")


def test_a_table_in_snake_case_keeps_its_columns(platform: Platform) -> None:
    load(platform, "parquet", ROWS)
    load(platform, "parquet", [ROWS[0] | {"NewColumn": 1}], source_config=AS_IS)
    assert {"id", "order_date", "customer_name", "größe", "a__b", "_dlt_x"} <= platform.columns() | {"_dlt_x"}
    assert "NewColumn" in platform.columns()
    assert [1, 1, 2] == [row["id"] for row in platform.rows()]


def test_an_unknown_style_is_refused_with_those_there_are(platform: Platform) -> None:
    pq.write_table(pa.table({"a": [1]}), platform.data / "a.parquet")
    source = {"path": str(platform.data), "format": "parquet", "column_names": "camelCase"}
    config = IngestionConfig(source_type="filesystem", source_config=source, destination_table=TABLE)
    with pytest.raises(ValueError, match="snake_case, as_is"):
        platform.plugin.create_pipeline(config)
