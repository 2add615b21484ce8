"""Nested tables of merges beyond the plain case: rows that were appended before, and roots that stay as they are."""

from __future__ import annotations

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


def count(platform: Platform, table: str) -> list[int]:
    return [platform.catalog.load_table(table).scan().to_arrow().num_rows]
