"""Spark changes columns, and the values that are loaded later are in theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.platforms import TABLE, Row
from tests.spark.lake import Lake
from tests.spark.stories import STORIES, Story, assert_rows, two_loads
from tests.spark.works import COLUMNS, Work

T = f"floe.{TABLE}"
MERGE: dict[str, Any] = {
    "write_mode": "merge",
    "source_config": {"primary_key": "id", "merge_strategy": "upsert"},
}


@pytest.mark.parametrize("story", STORIES, ids=str)
@pytest.mark.parametrize("work", COLUMNS, ids=str)
def test_loads_go_on_with_the_columns_that_spark_has_changed(lake: Lake, story: Story, work: Work) -> None:
    rows = two_loads(lake, story)
    work.done(lake, TABLE)
    assert_rows(lake, story, story.load(lake, 2, work.change(rows)))


def rows_of(lake: Lake, columns: str = "*") -> list[Row]:
    found: list[Row] = lake.query(f"SELECT {columns} FROM {T} ORDER BY id").to_pylist()
    return found


@pytest.mark.parametrize("options", [{}, MERGE], ids=["append", "merge"])
def test_a_column_that_spark_adds_takes_the_values_that_come_for_it(
    lake: Lake, options: dict[str, Any]
) -> None:
    lake.load_table(pa.table({"id": [1]}), **options)
    lake.sql(f"ALTER TABLE {T} ADD COLUMNS (note string FIRST, price decimal(9, 2))")
    lake.load_table(pa.table({"id": [2], "price": [Decimal("1.50")], "note": ["new"]}), **options)
    assert [(None, 1, None), ("new", 2, Decimal("1.50"))] == [tuple(row.values()) for row in rows_of(lake)]


@pytest.mark.parametrize("options", [{}, MERGE], ids=["append", "merge"])
def test_columns_that_spark_widens_take_wider_values(lake: Lake, options: dict[str, Any]) -> None:
    lake.load_table(pa.table({"id": [0]}), table="bronze.makes_the_namespace")
    lake.sql(f"CREATE TABLE {T} (id bigint, i int, f float, d decimal(4, 2)) USING iceberg")
    narrow = {"i": pa.array([1], pa.int32()), "f": pa.array([0.5], pa.float32())}
    lake.load_table(
        pa.table({"id": [1], **narrow, "d": pa.array([Decimal("1.25")], pa.decimal128(4, 2))}), **options
    )
    lake.sql(
        *(
            f"ALTER TABLE {T} ALTER COLUMN {name} TYPE {wider}"
            for name, wider in (("i", "bigint"), ("f", "double"), ("d", "decimal(12, 2)"))
        )
    )
    wide = {"i": [2**40], "f": [0.1], "d": pa.array([Decimal("1234567890.50")], pa.decimal128(12, 2))}
    lake.load_table(pa.table({"id": [2], **wide}), **options)
    assert [
        {"id": 1, "i": 1, "f": 0.5, "d": Decimal("1.25")},
        {"id": 2, "i": 2**40, "f": 0.1, "d": Decimal("1234567890.50")},
    ] == rows_of(lake)


def people(number: int, **who: Any) -> pa.Table:
    return pa.table({"id": [number], "who": [who], "list": [[who, None]]})


def plain(value: Any) -> Any:
    """The value without the fields of structs that are null."""
    match value:
        case dict():
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [plain(inner) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("options", [{}, MERGE], ids=["append", "merge"])
def test_fields_that_spark_renames_keep_their_values_inside_structs_and_lists(
    lake: Lake, options: dict[str, Any]
) -> None:
    lake.load_table(people(1, name="ann", age=30), **options)
    lake.sql(
        f"ALTER TABLE {T} RENAME COLUMN who.name TO called",
        f"ALTER TABLE {T} RENAME COLUMN list.element.name TO called",
    )
    lake.load_table(people(2, called="bob", age=40), **options)
    ann, bob = {"called": "ann", "age": 30}, {"called": "bob", "age": 40}
    assert [
        {"id": 1, "who": ann, "list": [ann, None]},
        {"id": 2, "who": bob, "list": [bob, None]},
    ] == rows_of(lake)


@pytest.mark.parametrize("options", [{}, MERGE], ids=["append", "merge"])
def test_fields_that_spark_adds_and_drops_inside_structs_and_lists_are_like_columns(
    lake: Lake, options: dict[str, Any]
) -> None:
    lake.load_table(people(1, name="ann", age=30), **options)
    lake.sql(
        f"ALTER TABLE {T} ADD COLUMN who.town string FIRST",
        f"ALTER TABLE {T} DROP COLUMN list.element.age",
    )
    lake.load_table(people(2, name="bob", age=40), **options)
    ann, bob = {"name": "ann", "age": 30}, {"name": "bob", "age": 40}
    assert [
        {"id": 1, "who": ann, "list": [{"name": "ann"}, None]},
        {"id": 2, "who": bob, "list": [bob, None]},
    ] == plain(rows_of(lake))
