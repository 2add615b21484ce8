"""A refresh replaces the rows of the table with those that the source has now, and begins a new state, in one snapshot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt import Window
from tests.embedded.rows_of_each_kind import KINDS, pipeline
from tests.embedded.sliced import at_once, in_slices, source, threads
from tests.platforms import TABLE, Platform

pytestmark = pytest.mark.some_of_them

Rows = list[dict[str, Any]]
MODES = pytest.mark.parametrize(
    "options",
    [
        {},
        {"source_config": {"cursor_field": "u"}},
        {"write_mode": "replace"},
        {"write_mode": "merge", "source_config": {"primary_key": "id"}},
        {"write_mode": "merge", "source_config": {"primary_key": "id", "merge_strategy": "upsert"}},
        {"write_mode": "merge", "source_config": {"primary_key": "id", "merge_strategy": "insert-only"}},
        {"write_mode": "merge", "source_config": {"primary_key": "id", "cursor_field": "u"}},
    ],
    ids=["append", "cursor", "replace", "delete-insert", "upsert", "insert-only", "merge by cursor"],
)
SCD2: dict[str, Any] = {
    "write_mode": "merge",
    "source_config": {"primary_key": "id", "merge_strategy": "scd2"},
}
OLD: Rows = [{"id": 1, "u": 5, "v": "a"}, {"id": 2, "u": 9, "v": "b"}]
NEW: Rows = [{"id": 2, "u": 4, "v": "c"}, {"id": 3, "u": 3, "v": "d"}]


def run(platform: Platform, kind: str, rows: Rows, config: dict[str, Any], **options: Any) -> None:
    made = pipeline(platform, kind, rows, **config)
    result = platform.plugin.run(made, **options)
    assert result.success, result.errors


def config(options: dict[str, Any]) -> dict[str, Any]:
    """A copy, of which the helpers take parts out."""
    return {key: dict(value) if isinstance(value, dict) else value for key, value in options.items()}


@KINDS
@MODES
def test_the_rows_are_those_of_the_source_now(platform: Platform, kind: str, options: dict[str, Any]) -> None:
    run(platform, kind, OLD, config(options))
    run(platform, kind, NEW, config(options), refresh=True)
    assert NEW == platform.rows("id", "u", "v")
    assert 2 == platform.snapshots()


@KINDS
@MODES
def test_the_next_load_goes_on_from_the_refresh(
    platform: Platform, kind: str, options: dict[str, Any]
) -> None:
    run(platform, kind, OLD, config(options))
    made = pipeline(platform, kind, NEW, **config(options))
    assert platform.plugin.run(made, refresh=True).success
    platform.forget_local_state()
    assert platform.plugin.run(made).success
    # Without a cursor, a database sends all rows again.
    again = NEW if kind == "sqlite" and not options else []
    assert sorted([*NEW, *again], key=str) == sorted(platform.rows("id", "u", "v"), key=str)


@MODES
def test_an_empty_source_empties_the_table(platform: Platform, options: dict[str, Any]) -> None:
    run(platform, "sqlite", OLD, config(options))
    made = pipeline(platform, "sqlite", OLD, **config(options))
    with closing(sqlite3.connect(platform.folder / "a.db")) as connection, connection:
        connection.execute("delete from t")
    assert platform.plugin.run(made, refresh=True).success
    assert [] == platform.rows("id")
    assert 2 == platform.snapshots()


def test_a_roll_back_brings_rows_and_state_back(platform: Platform) -> None:
    by_cursor = {"source_config": {"cursor_field": "u"}}
    run(platform, "sqlite", OLD, config(by_cursor))
    run(platform, "sqlite", NEW, config(by_cursor), refresh=True)
    platform.roll_back()
    assert OLD == platform.rows("id", "u", "v")
    run(
        platform,
        "sqlite",
        [*OLD, {"id": 7, "u": 7, "v": "late"}, {"id": 8, "u": 10, "v": "n"}],
        config(by_cursor),
    )
    assert [1, 2, 8] == [row["id"] for row in platform.rows("id")]


@KINDS
def test_versions_begin_anew(platform: Platform, kind: str) -> None:
    for rows in (OLD, NEW):
        run(platform, kind, rows, config(SCD2))
    run(platform, kind, NEW, config(SCD2), refresh=True)
    assert NEW == platform.rows("id", "u", "v")
    run(platform, kind, NEW, config(SCD2))
    assert NEW == platform.rows("id", "u", "v")


def test_the_last_row_of_a_key_wins_in_a_refresh(platform: Platform) -> None:
    by_key = {"write_disposition": "merge", "primary_key": "id"}
    made = platform.pipeline()
    twice = [{"id": 1, "v": "a"}, {"id": 1, "v": "b"}]
    for refresh in (False, True):
        given = dlt.resource(twice, name="orders")
        assert platform.plugin.run(made, source=given, refresh=refresh, **by_key).success
        assert [{"id": 1, "v": "b"}] == platform.rows("id", "v")


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_nested_rows_go_with_their_roots(platform: Platform, mode: str) -> None:
    def load(rows: Rows, **options: Any) -> None:
        given = dlt.resource(rows, name="orders")
        made = platform.pipeline()
        result = platform.plugin.run(made, source=given, write_disposition=mode, primary_key="id", **options)
        assert result.success, result.errors

    load([{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2, "lines": [{"sku": "c"}]}])
    load([{"id": 2, "lines": [{"sku": "d"}]}], refresh=True)
    assert [{"id": 2}] == platform.rows("id")
    assert [{"sku": "d"}] == platform.rows("sku", table=f"{TABLE}__lines")
    load([{"id": 3}], refresh=True)
    assert [{"id": 3}] == platform.rows("id")
    assert [] == platform.rows("sku", table=f"{TABLE}__lines")


@KINDS
def test_columns_have_the_types_of_the_source_now(platform: Platform, kind: str) -> None:
    by_key = {"write_mode": "merge", "source_config": {"primary_key": "id"}}
    run(platform, kind, [{"id": 1, "v": 5}], config(by_key))
    run(platform, kind, [{"id": 1, "v": "x"}], config(by_key), refresh=True)
    assert [{"id": 1, "v": "x"}] == platform.rows("id", "v")
    assert {"id", "v"} == platform.columns()


@KINDS
def test_another_cursor_is_used_from_a_refresh_on(platform: Platform, kind: str) -> None:
    run(platform, kind, OLD, {"source_config": {"cursor_field": "u"}})
    run(platform, kind, OLD, {"source_config": {"cursor_field": "id"}}, refresh=True)
    late = {"id": 3, "u": 1, "v": "c"}
    run(platform, kind, [*OLD, late], {"source_config": {"cursor_field": "id"}})
    assert [*OLD, late] == platform.rows("id", "u", "v")


@KINDS
def test_a_refresh_begins_and_ends_where_the_cursor_does(platform: Platform, kind: str) -> None:
    bounded = {"source_config": {"cursor": {"column": "u", "initial_value": 4, "end_value": 9, "lag": 2}}}
    for refresh in (False, True):
        run(platform, kind, [*OLD, *NEW], config(bounded), refresh=refresh)
        assert [4, 5] == sorted(row["u"] for row in platform.rows("u"))
    late = {"id": 5, "u": 3, "v": "too early"}
    run(platform, kind, [*OLD, *NEW, late, {"id": 6, "u": 4, "v": "late"}], config(bounded))
    assert [4, 4, 5] == sorted(row["u"] for row in platform.rows("u"))


def test_a_cursor_is_dropped_by_a_refresh(platform: Platform) -> None:
    run(platform, "sqlite", OLD, {"source_config": {"cursor_field": "u"}})
    made = pipeline(platform, "sqlite", OLD)
    (refused,) = platform.plugin.run(made).errors
    assert "run once with refresh=True" in refused
    run(platform, "sqlite", OLD, {}, refresh=True)
    run(platform, "sqlite", NEW, {})
    assert sorted([*OLD, *NEW], key=str) == sorted(platform.rows("id", "u", "v"), key=str)


def test_a_window_is_not_refreshed(platform: Platform) -> None:
    result = platform.plugin.run(platform.pipeline(), refresh=True, window=Window("id", 1, 2))
    assert "refresh" in result.errors[0]
    assert "a window replaces its own rows only" in result.errors[0]


@pytest.mark.parametrize("value", ["yes", 1, "drop_sources"])
def test_refresh_is_true_or_false(platform: Platform, value: object) -> None:
    (error,) = platform.plugin.run(platform.pipeline(), refresh=value).errors
    assert "refresh" in error
    assert "True or False" in error


def test_slices_refresh_tables_that_are_appended_to(platform: Platform) -> None:
    shop = source(platform, "sqlite")
    plugin = platform.a_plugin(sources=[shop])
    for _ in range(2):
        assert at_once(plugin).fault is None
    with threads() as workers:
        assert in_slices(plugin, workers, refresh=True).fault is None
    assert 500 == len(platform.rows(table="bronze.shop"))
