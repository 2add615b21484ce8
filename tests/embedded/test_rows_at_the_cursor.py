"""Rows at the last cursor value come again with each run, and are compared with those that the table has."""

from __future__ import annotations

import json
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt.adapters.dlt_api.internals import decompress_state
from floe_ingestion_dlt.adapters.dlt_api.states import compressed_state
from tests.platforms import TABLE, Platform


def commits(platform: Platform) -> dict[str, str]:
    """What changes with any commit to any table."""
    catalog = platform.catalog
    return {str(name): catalog.load_table(name).metadata_location for name in catalog.list_tables("bronze")}


def state_of(platform: Platform) -> str:
    return str(json.loads(platform.catalog.load_table(TABLE).properties["floe.state"])["state"])


def csv(platform: Platform, *rows: str, header: str = "hour,name") -> None:
    platform.csv("a.csv", "\n".join((header, *rows, "")))


def hour_names(platform: Platform) -> list[tuple[int, str]]:
    return sorted((row["hour"], row["name"]) for row in platform.rows("hour", "name"))


def test_of_three_equal_rows_the_table_gets_three(platform: Platform) -> None:
    csv(platform, "5,coffee", "5,coffee")
    assert 2 == platform.load(cursor="hour").rows_loaded
    csv(platform, "5,coffee", "5,coffee", "5,coffee", "6,tea")
    assert 2 == platform.load(cursor="hour").rows_loaded
    assert [(5, "coffee")] * 3 + [(6, "tea")] == hour_names(platform)


def test_equal_rows_of_two_files_are_counted_together(platform: Platform) -> None:
    csv(platform, "5,coffee", "5,coffee")
    platform.load(cursor="hour")
    platform.csv("b.csv", "hour,name\n5,coffee\n")
    assert [1, 0] == [platform.load(cursor="hour").rows_loaded for _ in range(2)]


def test_a_row_that_has_changed_at_the_cursor_comes(platform: Platform) -> None:
    csv(platform, "5,coffee")
    platform.load(cursor="hour")
    csv(platform, "5,decaf")
    assert [1, 0] == [platform.load(cursor="hour").rows_loaded for _ in range(2)]


def test_a_new_column_brings_no_row_again(platform: Platform) -> None:
    csv(platform, "4,tea", "5,coffee")
    platform.load(cursor="hour")
    for rows in (["5,coffee,hot"], ["5,coffee,hot", "5,water,cold"], ["5,coffee,hot", "5,water,cold"]):
        csv(platform, *rows, header="hour,name,note")
        assert platform.load(cursor="hour").success
    assert [(4, "tea"), (5, "coffee"), (5, "water")] == hour_names(platform)


def test_a_new_key_of_python_rows_brings_none_again(platform: Platform) -> None:
    for extra in ({}, {"note": "n"}, {"note": "n"}):
        platform.load([{"id": 1, "hour": 5} | extra], cursor="hour")
    assert [1] == [row["id"] for row in platform.rows("id")]


def test_a_column_that_the_source_lost_brings_no_row_again(platform: Platform) -> None:
    csv(platform, "5,coffee,hot", header="hour,name,note")
    platform.load(cursor="hour")
    csv(platform, "5,coffee")
    assert 0 == platform.load(cursor="hour").rows_loaded


@pytest.mark.parametrize(
    "options", [{}, {"write_mode": "merge", "primary_key": "id"}], ids=["append", "merge"]
)
def test_a_run_that_finds_nothing_commits_nothing_whatever_the_ties(
    platform: Platform, options: dict[str, Any]
) -> None:
    if options:
        options = {"write_mode": "merge", "source_config": {"primary_key": "id"}}
    csv(platform, *(f"5,{n}" for n in range(300)), header="hour,id")
    assert 300 == platform.load(cursor="hour", **options).rows_loaded
    platform.load(cursor="hour", **options)
    before = commits(platform)
    for _ in range(3):
        assert 0 == platform.load(cursor="hour", **options).rows_loaded
    assert before == commits(platform)


def test_the_state_is_small_whatever_the_ties(platform: Platform) -> None:
    csv(platform, *(f"5,{n}" for n in range(3000)), header="hour,id")
    platform.load(cursor="hour")
    assert len(state_of(platform)) < 500


def test_nested_rows_go_with_their_root_row(platform: Platform) -> None:
    order = {"id": 1, "hour": 5, "items": [{"sku": "a", "tags": ["x", "y"]}, {"sku": "b", "tags": []}]}
    other = {"id": 2, "hour": 5, "items": [{"sku": "c", "tags": ["z"]}]}
    for orders in ([order], [order], [order, other], [other, order]):
        platform.load(orders, cursor="hour")
    assert [1, 2] == [row["id"] for row in platform.rows("id")]
    assert ["a", "b", "c"] == [row["sku"] for row in platform.rows("sku", table=f"{TABLE}__items")]
    assert ["x", "y", "z"] == [row["value"] for row in platform.rows("value", table=f"{TABLE}__items__tags")]


def test_rows_that_differ_in_nested_rows_alone_are_told_apart(platform: Platform) -> None:
    one, other = {"hour": 5, "tags": ["a"]}, {"hour": 5, "tags": ["b"]}
    for rows in ([one], [other, one], [{"hour": 5, "tags": ["a", "c"]}, other]):
        platform.load(rows, cursor="hour")
    assert ["a", "b"] == [row["value"] for row in platform.rows("value", table=f"{TABLE}__tags")]


def test_a_table_with_the_state_of_an_earlier_release_goes_on(platform: Platform) -> None:
    csv(platform, "5,coffee", "5,tea")
    platform.load(cursor="hour")
    table = platform.catalog.load_table(TABLE)
    entry = json.loads(table.properties["floe.state"])
    state: Any = decompress_state(entry["state"].split(":", 2)[2])
    (resources,) = (source["resources"] for source in state["sources"].values())
    resources["orders"]["incremental"]["hour"]["unique_hashes"] = ["a hash", "another"]
    del state["floe_version"]
    named: Any = {"state": compressed_state(state), "version_hash": "old=", "pipeline_name": "bronze-orders"}
    entry["state"] = f"inline:old=:{json.dumps(named)}"
    with table.transaction() as change:
        change.set_properties({"floe.state": json.dumps(entry)})
    csv(platform, "5,coffee", "5,tea", "5,water")
    assert [1, 0] == [platform.load(cursor="hour").rows_loaded for _ in range(2)]


def test_a_renamed_table_goes_on_from_its_cursor(platform: Platform) -> None:
    csv(platform, "5,coffee", "6,tea")
    platform.load(cursor="hour")
    platform.catalog.create_namespace("silver")
    platform.catalog.rename_table(TABLE, "silver.drinks")
    csv(platform, "5,decaf", "6,tea", "7,water")
    loaded = [platform.load(cursor="hour", table="silver.drinks").rows_loaded for _ in range(2)]
    assert [1, 0] == loaded
    assert ["coffee", "tea", "water"] == [row["name"] for row in platform.rows("name", table="silver.drinks")]


def test_a_cursor_of_ones_own_commits_nothing_if_it_finds_nothing(platform: Platform) -> None:
    pipeline = platform.pipeline()
    rows = [{"id": n, "hour": 5} for n in range(300)]

    def run() -> int:
        source = dlt.resource(list(rows), name="orders", incremental=dlt.sources.incremental("hour"))
        return int(platform.plugin.run(pipeline, source=source).rows_loaded)

    assert 300 == run()
    before = commits(platform)
    assert [0, 0, 0] == [run() for _ in range(3)]
    assert before == commits(platform)
