from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge import SCD2, MergeVersions, Row, versioned
from floe_ingestion_dlt.domain.merge.strategy import ByVersion, MissingVersion
from tests.unit.domain.merge_rows import ORDERS

prices = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), max_size=5).map(
    lambda all_: [{"id": key, "price": price} for key, price in all_]
)
histories = st.lists(prices, max_size=5)


def how(day: int, **changed: Any) -> MergeVersions:
    moment = datetime(2026, 1, day, tzinfo=UTC)
    return replace(MergeVersions(SCD2, ("id", "price"), "since", "until", moment), **changed)


def after(history: list[list[Row]], **changed: Any) -> list[tuple[Row, ...]]:
    """The table after each load of *history*."""
    table: tuple[Row, ...] = ()
    tables = []
    for day, load in enumerate(history, start=1):
        table = versioned(ORDERS, table, load, how(day, **changed)).unwrap().rows
        tables.append(table)
    return tables


def active(table: tuple[Row, ...]) -> set[tuple[int, str]]:
    return {(row["id"], row["price"]) for row in table if row["until"] is None}


class TestVersioned:
    @given(histories)
    def test_what_is_active_is_what_the_last_load_with_rows_brought(self, history: list[list[Row]]) -> None:
        told: set[tuple[int, str]] = set()
        for load, table in zip(history, after(history), strict=True):
            told = {(row["id"], row["price"]) for row in load} or told
            assert told == active(table)

    @given(histories)
    def test_no_version_is_ever_lost(self, history: list[list[Row]]) -> None:
        brought = {(row["id"], row["price"]) for load in history for row in load}
        kept = {(row["id"], row["price"]) for table in after(history)[-1:] for row in table}
        assert brought == kept

    @given(histories)
    def test_a_version_ends_after_it_began(self, history: list[list[Row]]) -> None:
        for row in (row for table in after(history)[-1:] for row in table):
            assert row["until"] is None or row["since"] < row["until"]

    @given(histories)
    def test_each_moment_has_one_version_of_a_key(self, history: list[list[Row]]) -> None:
        for table in after(history, key=("id",), scope=("id",)):
            ids = [key for key, _ in active(table)]
            assert len(set(ids)) == len(ids)

    @given(histories)
    def test_rows_that_a_load_of_changes_does_not_name_go_on(self, history: list[list[Row]]) -> None:
        told: dict[int, str] = {}
        for load, table in zip(history, after(history, key=("id",), scope=("id",)), strict=True):
            told |= {row["id"]: row["price"] for row in load}
            assert set(told.items()) == active(table)

    @given(histories)
    def test_no_version_ends_where_the_strategy_keeps_those_that_are_missing(
        self, history: list[list[Row]]
    ) -> None:
        strategy = ByVersion("any", load_row="", table_row="", missing=MissingVersion.KEEP)
        for table in after(history, strategy=strategy):
            assert {None} >= {row["until"] for row in table}

    @given(prices)
    def test_the_same_load_again_changes_nothing(self, load: list[Row]) -> None:
        once, twice = after([load, load])
        assert sorted(map(str, once)) == sorted(map(str, twice))

    @given(prices.filter(lambda load: len({row["id"] for row in load}) < len(load)))
    def test_repeated_keys_are_refused_where_nested_tables_follow(self, load: list[Row]) -> None:
        refused = versioned(ORDERS, [], load, how(1, key=("id",), has_nested=True)).failure()
        assert "repeat the key" in refused.message

    def test_a_row_without_a_key_is_refused(self) -> None:
        refused = versioned(ORDERS, [], [{"id": None, "price": "a"}], how(1, key=("id",))).failure()
        assert "1 rows have no value in the key column id" in refused.message
