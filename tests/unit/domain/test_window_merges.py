from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from floe_ingestion_dlt.domain.faults import WindowChanged
from floe_ingestion_dlt.domain.merge import Merged, ReplaceWindow, Row, replaced
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.windows import Limits, Window
from tests.unit.domain.merge_rows import ORDERS

SCHEMA = TableSchema((Column("a", Scalar.LONG), Column("n", Scalar.STRING)))
windows = st.builds(
    lambda start, length: ReplaceWindow(Window("a", start, start + length)),
    st.integers(0, 4),
    st.integers(1, 3),
)


def rows(letter: str) -> st.SearchStrategy[list[Row]]:
    found = st.lists(st.none() | st.integers(0, 6), max_size=8)
    return found.map(lambda all_: [{"a": a, "n": f"{letter}{place}"} for place, a in enumerate(all_)])


def after(existing: list[Row], incoming: list[Row], how: ReplaceWindow) -> Merged:
    return replaced(ORDERS, existing, incoming, how, limits_of(how)).unwrap()


def limits_of(how: ReplaceWindow) -> Limits:
    return how.limits_in(ORDERS, SCHEMA, "load").unwrap()


def is_inside(row: Row, how: ReplaceWindow) -> bool:
    return row["a"] is not None and how.window.start <= row["a"] < how.window.end


class TestReplaced:
    @given(rows("old"), rows("new"), windows)
    def test_inside_are_the_rows_of_the_load_and_outside_those_of_the_table(
        self, old: list[Row], new: list[Row], how: ReplaceWindow
    ) -> None:
        result = after(old, new, how)
        assert [row for row in new if is_inside(row, how)] == [r for r in result.rows if is_inside(r, how)]
        assert [row for row in old if not is_inside(row, how)] == [
            row for row in result.rows if not is_inside(row, how)
        ]
        assert (old, result.applied) == (sorted_as(old, result.kept, result.removed), len(result.added))

    @given(rows("old"), rows("new"), windows)
    def test_the_same_load_again_changes_nothing(
        self, old: list[Row], new: list[Row], how: ReplaceWindow
    ) -> None:
        once = after(old, new, how).rows
        assert once == after(list(once), new, how).rows

    @given(rows("source"), st.permutations(range(4)))
    def test_windows_in_any_order_and_again_are_one_load(self, source: list[Row], order: list[int]) -> None:
        table: list[Row] = [{"a": 1, "n": "stale"}, {"a": None, "n": "null"}]
        for number in (*order, order[0]):
            how = ReplaceWindow(Window("a", number * 2, number * 2 + 2))
            table = list(after(table, source, how).rows)
        whole_load = [row["n"] for row in source if row["a"] is not None]
        assert sorted(["null", *whole_load]) == sorted(row["n"] for row in table)

    def test_a_value_of_another_type_refuses_the_load(self) -> None:
        incoming: list[Row] = [
            {"a": None, "a__v_text": "soon", "n": "x"},
            {"a": 1, "a__v_text": None, "n": "y"},
        ]
        how = ReplaceWindow(Window("a", 0, 9))
        refused = replaced(ORDERS, [], incoming, how, limits_of(how)).failure()
        assert "1 rows have a value in a__v_text and none in a" in refused.message

    def test_a_column_that_the_table_lacks_refuses_the_load(self) -> None:
        refused = ReplaceWindow(Window("b", 0, 9)).limits_in(ORDERS, SCHEMA, "load").failure()
        assert "window.column: 'b' cannot be used" in refused.message
        assert "one of the table's columns: a, n" in refused.next_step

    def test_a_column_of_another_type_refuses_the_load(self) -> None:
        refused = ReplaceWindow(Window("n", 0, 9)).limits_in(ORDERS, SCHEMA, "load").failure()
        assert "which is of type string" in refused.next_step


class TestChangesAfterReading:
    """A load lacks the rows that others have added to its window since it was read."""

    @given(st.integers(0, 9), st.integers(1, 4), st.integers(0, 9), st.integers(1, 4))
    def test_another_window_is_a_change_exactly_if_it_overlaps(
        self, start: int, length: int, other: int, others: int
    ) -> None:
        how = ReplaceWindow(Window("a", start, start + length), read_at="1")
        found = how.limits_in(ORDERS, SCHEMA, "load", [Window("a", other, other + others)])
        shared = set(range(start, start + length)) & set(range(other, other + others))
        assert bool(shared) is isinstance(found, Failure)

    @pytest.mark.parametrize("change", [None, Window("n", "a", "b"), Window("a", "x", "y")])
    def test_any_other_change_is_one(self, change: Window | None) -> None:
        how = ReplaceWindow(Window("a", 0, 9), read_at="")
        refused = how.limits_in(ORDERS, SCHEMA, "load", [change]).failure()
        assert isinstance(refused, WindowChanged)
        assert "another load may have changed rows with 0 <= a < 9" in refused.message

    def test_changes_do_not_matter_if_it_is_not_known_when_the_rows_were_read(self) -> None:
        assert ReplaceWindow(Window("a", 0, 9)).limits_in(ORDERS, SCHEMA, "load", [None]).unwrap()


def sorted_as(order: list[Row], *parts: tuple[Row, ...]) -> list[Row]:
    """The rows of all parts in the *order* of a list."""
    return sorted((row for part in parts for row in part), key=order.index)
