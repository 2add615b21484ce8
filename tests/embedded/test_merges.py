"""What a merge does to a table, from the source to the rows that a reader sees."""

from __future__ import annotations

from typing import Any

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionResult

from tests.platforms import TABLE, Platform, Row

REPLACING = ["delete-insert", "upsert"]


def merge(
    platform: Platform,
    rows: list[Row] | None = None,
    strategy: str = "delete-insert",
    cursor: str | None = None,
    **options: Any,
) -> IngestionResult:
    source = {"primary_key": "id", "merge_strategy": strategy} | options
    return platform.load(rows, write_mode="merge", source_config=source, cursor=cursor)


@pytest.mark.parametrize("strategy", REPLACING)
def test_rows_with_a_known_key_are_replaced_and_others_added(platform: Platform, strategy: str) -> None:
    merge(platform, [{"id": 1, "state": "new"}, {"id": 2, "state": "new"}], strategy)
    result = merge(platform, [{"id": 2, "state": "paid"}, {"id": 3, "state": "new"}], strategy)
    assert (True, 2) == (result.success, result.rows_loaded)
    assert [(1, "new"), (2, "paid"), (3, "new")] == [tuple(r.values()) for r in platform.rows("id", "state")]
    assert 2 == platform.snapshots()


def test_insert_only_adds_what_is_not_there_yet(platform: Platform) -> None:
    merge(platform, [{"id": 1, "state": "new"}], "insert-only")
    result = merge(platform, [{"id": 1, "state": "paid"}, {"id": 2, "state": "new"}], "insert-only")
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [{"id": 1, "state": "new"}, {"id": 2, "state": "new"}] == platform.rows("id", "state")


@pytest.mark.parametrize("strategy", REPLACING)
def test_nested_rows_follow_their_root(platform: Platform, strategy: str) -> None:
    first = [{"id": 1, "tags": [{"t": "a"}, {"t": "b"}]}, {"id": 2, "tags": [{"t": "c"}]}]
    merge(platform, first, strategy)
    merge(platform, [{"id": 1, "tags": [{"t": "d"}]}, {"id": 3, "tags": []}], strategy)
    assert ["c", "d"] == [row["t"] for row in platform.rows("t", table=f"{TABLE}__tags")]
    roots = {row["_dlt_id"] for row in platform.catalog.load_table(TABLE).scan().to_arrow().to_pylist()}
    tags = platform.catalog.load_table(f"{TABLE}__tags").scan().to_arrow().to_pylist()
    assert roots >= {row["_dlt_root_id"] for row in tags}


@pytest.mark.parametrize("strategy", REPLACING)
def test_rows_nested_twice_follow_their_root(platform: Platform, strategy: str) -> None:
    merge(platform, [{"id": 1, "tags": [{"t": "a", "marks": [{"m": "x"}, {"m": "y"}]}]}], strategy)
    merge(platform, [{"id": 1, "tags": [{"t": "b", "marks": [{"m": "z"}]}]}], strategy)
    assert ["z"] == [row["m"] for row in platform.rows("m", table=f"{TABLE}__tags__marks")]


def test_columnar_sources_merge_as_well(platform: Platform) -> None:
    platform.csv("a.csv", "id,state\n1,new\n2,new\n")
    merge(platform, cursor="id")
    platform.csv("a.csv", "id,state\n2,paid\n3,new\n")
    assert 2 == merge(platform, strategy="upsert").rows_loaded
    assert [
        {"id": 1, "state": "new"},
        {"id": 2, "state": "paid"},
        {"id": 3, "state": "new"},
    ] == platform.rows()


def test_a_flag_column_deletes(platform: Platform) -> None:
    merge(platform, [{"id": 1, "gone": False}, {"id": 2, "gone": False}], hard_delete="gone")
    result = merge(platform, [{"id": 1, "gone": True}, {"id": 3, "gone": True}], hard_delete="gone")
    assert (True, 2) == (result.success, result.rows_loaded)
    assert [{"id": 2}] == platform.rows("id")


def test_a_sort_column_chooses_among_rows_with_one_key(platform: Platform) -> None:
    rows = [{"id": 1, "at": 1}, {"id": 1, "at": 3}, {"id": 1, "at": 2}]
    merge(platform, rows, dedup_sort={"at": "desc"})
    assert [{"id": 1, "at": 3}] == platform.rows("id", "at")


def test_keys_are_found_under_the_names_that_columns_have_in_the_table(platform: Platform) -> None:
    platform.csv("a.csv", "OrderID,State\n1,new\n")
    for state in ("new", "paid"):
        platform.csv("a.csv", f"OrderID,State\n1,{state}\n")
        assert merge(platform, primary_key="OrderID").success
    assert [{"order_id": 1, "state": "paid"}] == platform.rows()


def test_a_row_without_a_key_is_refused_and_nothing_is_lost(platform: Platform) -> None:
    platform.csv("a.csv", "id,state\n1,new\n")
    merge(platform)
    platform.csv("a.csv", "id,state\n1,paid\n,paid\n")
    result = merge(platform)
    assert not result.success
    assert "1 rows have no value in the key column id" in result.errors[0]
    assert [{"id": 1, "state": "new"}] == platform.rows()
    platform.csv("a.csv", "id,state\n1,paid\n")
    assert merge(platform).success
    assert [{"id": 1, "state": "paid"}] == platform.rows()


def test_a_key_column_that_is_not_there_is_told(platform: Platform) -> None:
    platform.csv("a.csv", "id,state\n1,new\n")
    result = merge(platform, primary_key="nr")
    assert not result.success
    assert "nr" in result.errors[0]


def test_a_part_of_a_key_that_is_empty_in_every_row_is_told_with_the_others(platform: Platform) -> None:
    platform.csv("a.csv", "a,b,v\n1,,2\n2,,3\n")
    (error,) = merge(platform, primary_key=["a", "b"]).errors
    assert "primary_key: 'b' cannot be used" in error
    assert "Set primary_key to columns that have a value in some row: a, v" in error
    assert not platform.catalog.table_exists(TABLE)


def test_the_cursor_resumes_a_merge_on_a_fresh_host(platform: Platform) -> None:
    platform.csv("a.csv", "id,at,state\n1,1,new\n2,2,new\n")
    merge(platform, cursor="at")
    platform.forget_local_state()
    platform.csv("a.csv", "id,at,state\n1,1,new\n2,2,new\n1,3,paid\n")
    assert 1 == merge(platform, cursor="at").rows_loaded
    assert [(1, "paid"), (2, "new")] == [tuple(row.values()) for row in platform.rows("id", "state")]


def test_rules_of_a_merge_are_refused_for_other_modes(platform: Platform) -> None:
    with pytest.raises(ValueError, match="hard_delete"):
        platform.load([{"id": 1}], source_config={"hard_delete": "gone"})


def versions(platform: Platform, *columns: str, table: str = TABLE) -> list[tuple[Any, ...]]:
    """The rows' *columns*, and whether each is still valid."""
    found = platform.catalog.load_table(table).scan().to_arrow().to_pylist()
    assert all(row["_dlt_valid_from"] for row in found)
    return sorted((*(row[c] for c in columns), row["_dlt_valid_to"] is None) for row in found)


def test_scd2_keeps_versions_of_rows_that_come_one_by_one(platform: Platform) -> None:
    merge(platform, [{"id": 1, "state": "new"}, {"id": 2, "state": "new"}], "scd2")
    result = merge(platform, [{"id": 1, "state": "paid"}, {"id": 2, "state": "new"}], "scd2")
    assert (True, 1) == (result.success, result.rows_loaded)
    expected = [(1, "new", False), (1, "paid", True), (2, "new", True)]
    assert expected == versions(platform, "id", "state")


def test_scd2_keeps_versions_of_columnar_rows(platform: Platform) -> None:
    for text in ("id,state\n1,new\n2,new\n", "id,state\n1,paid\n", "id,state,city\n1,paid,rome\n"):
        platform.csv("a.csv", text)
        assert merge(platform, strategy="scd2").success
    expected = [(1, "new", False), (1, "paid", False), (1, "paid", True), (2, "new", False)]
    assert expected == versions(platform, "id", "state")


def test_scd2_with_a_cursor_lets_rows_that_did_not_change_go_on(platform: Platform) -> None:
    platform.csv("a.csv", "id,at,state\n1,1,new\n2,1,new\n")
    merge(platform, strategy="scd2", cursor="at")
    platform.csv("a.csv", "id,at,state\n1,2,paid\n2,1,new\n")
    assert 1 == merge(platform, strategy="scd2", cursor="at").rows_loaded
    assert [(1, "new", False), (1, "paid", True), (2, "new", True)] == versions(platform, "id", "state")


def test_a_change_in_nested_rows_begins_a_version_that_has_its_own(platform: Platform) -> None:
    for tags in ("ab", "a", "ab"):
        rows = [{"id": 1, "tags": [{"t": tag} for tag in tags]}, {"id": 2, "tags": [{"t": "z"}]}]
        assert merge(platform, rows, "scd2").success
    assert [(1, False), (1, False), (1, True), (2, True)] == versions(platform, "id")
    assert ["a", "a", "b", "z"] == [row["t"] for row in platform.rows("t", table=f"{TABLE}__tags")]


def through_hints(platform: Platform, rows: list[Row], **hints: Any) -> IngestionResult:
    """Merge a dlt resource that brings hints of its own."""
    options = {"primary_key": "id", "merge_strategy": hints.pop("strategy", "delete-insert")}
    pipeline = platform.pipeline(write_mode="merge", source_config=options)
    return platform.plugin.run(pipeline, source=dlt.resource(rows, name="orders", **hints))


@pytest.mark.parametrize("hint", ["hard_delete", "dedup_sort"])
def test_a_hint_that_only_one_column_can_have_is_refused_on_two(platform: Platform, hint: str) -> None:
    columns: Any = {name: {"name": name, hint: "asc" if hint == "dedup_sort" else True} for name in "ab"}
    result = through_hints(platform, [{"id": 1, "a": 1, "b": 2}], columns=columns)
    assert not result.success
    assert all(word in result.errors[0] for word in ("[CONFIGURATION]", hint, "a, b"))


@pytest.mark.parametrize(("strategy", "kept"), [("delete-insert", ["new"]), ("upsert", ["new", "old"])])
def test_a_merge_key_replaces_what_has_it_by_delete_insert_only(
    platform: Platform, strategy: str, kept: list[str]
) -> None:
    for number, state in enumerate(["old", "new"]):
        rows = [{"id": number, "day": 1, "state": state}]
        assert through_hints(platform, rows, strategy=strategy, merge_key="day").success
    assert kept == [row["state"] for row in platform.rows("state")]


@pytest.mark.parametrize("strategy", [*REPLACING, "insert-only"])
def test_a_key_that_changes_its_type_is_refused(platform: Platform, strategy: str) -> None:
    merge(platform, [{"id": 1, "state": "new"}], strategy)
    result = merge(platform, [{"id": "one", "state": "paid"}], strategy)
    assert not result.success
    assert "1 rows have no value in the key column id" in result.errors[0]
    assert [{"id": 1, "state": "new"}] == platform.rows("id", "state")
