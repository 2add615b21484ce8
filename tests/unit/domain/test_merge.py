from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge import (
    INSERT_ONLY,
    UPSERT,
    DedupSort,
    MergeNested,
    MergeRows,
    Order,
    RootRows,
    key_of,
    merged,
    merged_nested,
    winners,
)
from floe_ingestion_dlt.domain.merge.strategy import Matched, Missing, New
from tests.unit.domain.merge_rows import (
    ORDERS,
    by_any_strategy,
    few,
    inserting,
    keyed,
    merges,
    rows,
    scoped,
    sorts,
    strays,
)

Row = dict[str, Any]
NESTED = MergeNested(ORDERS, "root")


def ids(found: Any) -> set[str]:
    return {row["n"] for row in found}


class TestMerged:
    @given(rows("old"), rows("new"), merges)
    def test_every_row_of_the_table_stays_or_goes(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        result = merged(ORDERS, old, new, how).unwrap()
        assert len(old) == len(result.kept) + len(result.removed)
        assert ids(old) == ids(result.kept) | ids(result.removed)
        assert ids(result.added) <= ids(new)
        assert ids(result.rows) == ids(result.kept) | ids(result.added)

    @given(rows("old"), rows("new"), keyed)
    def test_a_key_that_came_is_in_the_table_once_unless_it_was_deleted(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        after = [key_of(row, how.key) for row in merged(ORDERS, old, new, how).unwrap().rows]
        deleted = {
            key_of(row, how.key)
            for row in winners(new, how.key, how.dedup_sort)
            if how.hard_delete and row["gone"]
        }
        for row in new:
            key = key_of(row, how.key)
            assert (0 if key in deleted else 1) == after.count(key)

    @given(rows("old"), rows("new"), keyed)
    def test_rows_that_the_load_does_not_meet_stay(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        keys = {key_of(row, how.key) for row in new}
        days = {row["day"] for row in new if row["day"] is not None} if how.merge_key else set()
        result = merged(ORDERS, old, new, how).unwrap()
        for row in result.kept:
            assert key_of(row, how.key) not in keys
            assert row["day"] not in days

    @given(rows("old"), rows("new"), keyed)
    def test_merging_the_same_rows_again_changes_no_value(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        once = merged(ORDERS, old, new, how).unwrap().rows
        twice = merged(ORDERS, once, new, how).unwrap().rows
        assert sorted(map(str, once)) == sorted(map(str, twice))

    @given(rows("old"), rows("new"), by_any_strategy)
    def test_rows_match_by_their_key_and_the_strategy_says_what_becomes_of_them(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        how = replace(how, key=("a",), merge_key=(), hard_delete=None)
        in_table, in_load = {row["a"] for row in old}, {row["a"] for row in new}
        after = {row["a"] for row in merged(ORDERS, old, new, how).unwrap().rows}
        assert in_table & in_load <= after
        assert (in_load - in_table <= after) == (how.strategy.new is New.ADD or in_load <= in_table)
        assert (in_table - in_load <= after) == (how.strategy.missing is Missing.KEEP or in_table <= in_load)

    @given(rows("old"), rows("new"), by_any_strategy)
    def test_a_row_of_the_load_takes_the_place_of_one_that_it_replaces(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        how = replace(how, key=("a",), merge_key=(), hard_delete=None)
        both = {row["a"] for row in old} & {row["a"] for row in new}
        after = [row["n"] for row in merged(ORDERS, old, new, how).unwrap().rows if row["a"] in both]
        letter = "new" if how.strategy.matched is Matched.REPLACE else "old"
        assert all(name.startswith(letter) for name in after)

    def test_rows_that_are_left_out_do_not_count_as_applied(self) -> None:
        how = MergeRows(replace(UPSERT, new=New.LEAVE_OUT), ("a",))
        result = merged(ORDERS, [{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 3}], how).unwrap()
        assert (({"a": 1}, {"a": 2}), 1) == (result.rows, result.applied)

    @given(rows("old"), rows("new"), inserting)
    def test_insert_only_never_removes_and_adds_unknown_keys_once(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        result = merged(ORDERS, old, new, how).unwrap()
        assert list(result.kept) == old
        assert {row["a"] for row in new} - {row["a"] for row in old} == {row["a"] for row in result.added}
        assert len(result.added) == len({row["a"] for row in result.added}) == result.applied

    @given(rows("old"), rows("new"), scoped)
    def test_a_merge_key_alone_keeps_every_row_that_came(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        result = merged(ORDERS, old, new, how).unwrap()
        assert (list(result.added), len(new)) == (new, result.applied)

    @given(
        rows("old"), rows("new", st.none() | few).filter(lambda new: any(r["a"] is None for r in new)), keyed
    )
    def test_a_row_without_a_key_refuses_the_load(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        refused = merged(ORDERS, old, new, how).failure()
        assert f"{sum(row['a'] is None for row in new)} rows have no value" in refused.message
        assert "column a" in refused.message

    def test_root_rows_that_share_an_id_refuse_the_load(self) -> None:
        how = MergeRows(UPSERT, ("a",), row_id="n")
        new = [{"a": 1, "n": "x"}, {"a": 1, "n": "x"}]
        assert "1 rows repeat the key" in merged(ORDERS, [], new, how).failure().message

    @pytest.mark.parametrize(("flag", "expected"), [(True, 0), (False, 1), (None, 1), ("Y", 0), (0, 1)])
    def test_a_row_is_deleted_if_its_flag_says_so(self, flag: object, expected: int) -> None:
        how = MergeRows(UPSERT, ("a",), hard_delete="gone")
        assert expected == len(merged(ORDERS, [], [{"a": 1, "gone": flag}], how).unwrap().rows)

    def test_rows_whose_flags_do_not_say_it_refuse_the_load_without_their_values(self) -> None:
        how = MergeRows(UPSERT, ("a",), hard_delete="gone")
        refused = merged(ORDERS, [], [{"a": 1, "gone": "maybe"}, {"a": 2, "gone": "N"}], how).failure()
        assert "1 rows have a value in gone" in refused.message
        assert "maybe" not in refused.message + refused.next_step

    @pytest.mark.parametrize("column", ["gone", "at"])
    def test_values_that_the_column_cannot_hold_decide_about_no_row(self, column: str) -> None:
        how = MergeRows(UPSERT, ("a",), hard_delete="gone", dedup_sort=DedupSort("at", Order.DESC))
        row = {"a": 1, "gone": None, "at": None, f"{column}__v_text": "x"}
        refused = merged(ORDERS, [], [row], how).failure()
        assert f"1 rows have a value in {column}__v_text and none in {column}" in refused.message


class TestWinners:
    @given(rows("new"), sorts)
    def test_there_is_one_for_each_key(self, new: list[Row], sort: DedupSort | None) -> None:
        won = winners(new, ("a",), sort)
        assert sorted({row["a"] for row in new}) == sorted(row["a"] for row in won)

    @given(rows("new"), st.sampled_from(Order))
    def test_have_the_best_value_of_the_sort_column(self, new: list[Row], order: Order) -> None:
        for row in winners(new, ("a",), DedupSort("at", order)):
            values = [other["at"] for other in new if other["a"] == row["a"] and other["at"] is not None]
            best = (max if order is Order.DESC else min)(values, default=None)
            assert best == row["at"]

    @given(st.lists(st.none() | st.floats(), min_size=1), st.sampled_from(Order))
    def test_nan_is_higher_than_any_number_and_null_loses(
        self, values: list[float | None], order: Order
    ) -> None:
        new = [{"a": 1, "at": value, "place": place} for place, value in enumerate(values)]
        (won,) = winners(new, ("a",), DedupSort("at", order))
        ranks = [(math.isnan(v), 0 if math.isnan(v) else v) for v in values if v is not None]
        best = (max if order is Order.DESC else min)(ranks, default=None)
        last = [
            row["place"]
            for row in new
            if (row["at"] is None and best is None)
            or (
                row["at"] is not None
                and (math.isnan(row["at"]), 0 if math.isnan(row["at"]) else row["at"]) == best
            )
        ][-1]
        assert last == won["place"]

    @given(rows("new"))
    def test_are_the_last_rows_without_a_sort_column(self, new: list[Row]) -> None:
        assert {row["a"]: row["n"] for row in new} == {
            row["a"]: row["n"] for row in winners(new, ("a",), None)
        }

    @given(rows("new"))
    def test_are_all_rows_without_a_key(self, new: list[Row]) -> None:
        assert new == list(winners(new, (), None))


class TestNested:
    @given(rows("old"), rows("new"), keyed.filter(lambda how: how.row_id is not None))
    def test_rows_are_those_of_the_root_rows_in_the_table(
        self, old: list[Row], new: list[Row], how: MergeRows
    ) -> None:
        root = merged(ORDERS, old, new, how).unwrap()
        before, brought = ([{"root": row["n"]} for row in part for _ in range(2)] for part in (old, new))
        after = merged_nested(before, brought, NESTED, RootRows.of(root, "n"))
        assert sorted([row["n"] for row in root.rows] * 2) == sorted(row["root"] for row in after.rows)

    @given(rows("old"), rows("new"), keyed.filter(lambda how: how.row_id is not None), strays)
    def test_rows_without_a_root_row_go_with_the_next_change_of_the_root(
        self, old: list[Row], new: list[Row], how: MergeRows, stray: list[Row]
    ) -> None:
        root = merged(ORDERS, old, new, how).unwrap()
        after = merged_nested(stray, [], NESTED, RootRows.of(root, "n"))
        named = {row["root"] for row in after.kept} - {None}
        assert (named <= ids(root.kept)) if root.removed or root.added else after.kept == tuple(stray)
        assert [row for row in stray if row["root"] is None] == [r for r in after.kept if r["root"] is None]

    @given(rows("old"), rows("new"), inserting, strays)
    def test_rows_that_are_new_to_a_root_row_that_stays_come_if_they_can_be_told_apart(
        self, old: list[Row], new: list[Row], how: MergeRows, sent: list[Row]
    ) -> None:
        root = RootRows.of(merged(ORDERS, old, new, how).unwrap(), "n")
        before = [row for row in sent if row["root"] in root.kept][:2]
        after = merged_nested(before, sent, MergeNested(ORDERS, "root", "own"), root)
        assert {row["own"] for row in sent if row["root"] in root.kept} == {
            row["own"] for row in after.rows if row["root"] in root.kept
        }
        assert not {row["root"] for row in after.added} - root.kept - root.added

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            (MergeRows(INSERT_ONLY, ("a",)), True),
            (MergeRows(INSERT_ONLY, ("a",), hard_delete="gone"), False),
            (MergeRows(UPSERT, ("a",)), False),
        ],
    )
    def test_rows_are_added_to_root_rows_that_stay_if_the_strategy_says_so_and_no_row_only_removes(
        self, how: MergeRows, *, expected: bool
    ) -> None:
        assert expected is how.adds_nested


class TestKey:
    def test_is_equal_for_values_that_are(self) -> None:
        assert key_of({"a": math.nan}, ("a",)) == key_of({"a": float("nan")}, ("a",))
        assert key_of({"a": [1, {"b": 2.0}]}, ("a",)) == key_of({"a": [1, {"b": 2}]}, ("a",))

    def test_differs_for_values_that_do(self) -> None:
        assert key_of({"a": [1, {"b": 2}]}, ("a",)) != key_of({"a": [1, {"b": 3}]}, ("a",))
