"""Nested tables of merges beyond the plain case: rows that were appended before, and roots that stay as they are."""

from __future__ import annotations

import pytest
from floe_core.plugins.ingestion import IngestionResult

from tests.platforms import TABLE, Platform, Row

TAGS = f"{TABLE}__tags"
MARKS = f"{TAGS}__marks"


def merge(platform: Platform, rows: list[Row], strategy: str = "delete-insert") -> IngestionResult:
    source = {"primary_key": "id", "merge_strategy": strategy}
    return platform.load(rows, write_mode="merge", source_config=source)


def test_nested_rows_that_were_appended_before_go_with_their_root(platform: Platform) -> None:
    platform.load([{"id": 1, "tags": [{"t": "a"}, {"t": "b"}]}, {"id": 2, "tags": [{"t": "c"}]}])
    assert merge(platform, [{"id": 1, "tags": [{"t": "d"}]}]).success
    assert ["c", "d"] == [row["t"] for row in platform.rows("t", table=TAGS)]


def test_rows_nested_twice_that_name_no_root_are_not_merged_into(platform: Platform) -> None:
    rows = [{"id": 1, "tags": [{"t": "a", "marks": [{"m": "x"}]}]}]
    platform.load(rows)
    result = merge(platform, rows)
    assert not result.success
    assert f"cannot be merged into {MARKS}" in result.errors[0]
    assert "Drop the root table with all its nested tables" in result.errors[0]
    assert ([1], [1]) == (count(platform, TABLE), count(platform, MARKS))


def test_dropped_tables_are_ready_for_merges(platform: Platform) -> None:
    platform.load([{"id": 1, "tags": [{"t": "a", "marks": [{"m": "x"}]}]}])
    for table in (TABLE, TAGS, MARKS):
        platform.catalog.drop_table(table)
    assert merge(platform, [{"id": 1, "tags": [{"t": "a", "marks": [{"m": "y"}]}]}]).success
    assert ["y"] == [row["m"] for row in platform.rows("m", table=MARKS)]


def test_insert_only_adds_what_is_new_among_the_rows_nested_in_a_known_one(platform: Platform) -> None:
    merge(platform, [{"id": 1, "n": "one", "tags": [{"t": "a"}]}], "insert-only")
    rows = [
        {"id": 1, "n": "two", "tags": [{"t": "a"}, {"t": "b"}]},
        {"id": 2, "n": "two", "tags": [{"t": "c"}]},
    ]
    assert 1 == merge(platform, rows, "insert-only").rows_loaded
    assert ["one", "two"] == [row["n"] for row in platform.rows("n")]
    assert ["a", "b", "c"] == [row["t"] for row in platform.rows("t", table=TAGS)]


STRATEGIES = ["delete-insert", "upsert", "insert-only", "scd2"]


def order(number: int, *tags: str) -> Row:
    return {"id": number, "tags": [{"t": tag, "marks": [{"m": f"{tag}1"}, {"m": f"{tag}2"}]} for tag in tags]}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_root_row_that_another_engine_deleted_comes_again_with_each_nested_row_once(
    platform: Platform, strategy: str
) -> None:
    merge(platform, [order(1, "a", "b"), order(2, "c", "d")], strategy)
    platform.catalog.load_table(TABLE).delete("id = 2")
    assert merge(platform, [order(1, "a", "b"), order(2, "c", "d"), order(3, "e")], strategy).success
    assert [1, 2, 3] == [row["id"] for row in platform.rows("id")]
    assert ["a", "b", "c", "d", "e"] == [row["t"] for row in platform.rows("t", table=TAGS)]
    expected = [f"{tag}{number}" for tag in "abcde" for number in (1, 2)]
    assert expected == [row["m"] for row in platform.rows("m", table=MARKS)]


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert", "insert-only"])
def test_nested_rows_of_a_row_that_comes_again_are_those_that_came(platform: Platform, strategy: str) -> None:
    merge(platform, [order(1, "a"), order(2, "c", "d", "x")], strategy)
    platform.catalog.load_table(TABLE).delete("id = 2")
    assert merge(platform, [order(2, "e", "f")], strategy).success
    assert ["a", "e", "f"] == [row["t"] for row in platform.rows("t", table=TAGS)]
    assert ["a1", "a2", "e1", "e2", "f1", "f2"] == [row["m"] for row in platform.rows("m", table=MARKS)]


def test_scd2_keeps_the_nested_rows_of_versions_that_ended(platform: Platform) -> None:
    for tags in ("ab", "c", "ab"):
        assert merge(platform, [order(1, *tags)], "scd2").success
    assert ["a", "b", "c"] == [row["t"] for row in platform.rows("t", table=TAGS)]
    assert ["a1", "a2", "b1", "b2", "c1", "c2"] == [row["m"] for row in platform.rows("m", table=MARKS)]


def count(platform: Platform, table: str) -> list[int]:
    return [platform.catalog.load_table(table).scan().to_arrow().num_rows]
