from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.known_rows import known_rows

values = st.one_of(st.none(), st.integers(0, 1), st.sampled_from(["", "a", "ä"]))
Row = dict[str, Any]
plain = st.lists(st.fixed_dictionaries({"a": values, "b": values}), max_size=6)


def counted(rows: list[Row]) -> Counter[str]:
    return Counter(repr(sorted(row.items())) for row in rows)


def new_rows(incoming: list[Row], existing: list[Row], *added: str) -> list[Row]:
    known = known_rows(incoming, existing, frozenset(added))
    return [row for place, row in enumerate(incoming) if place not in known]


class TestKnownRows:
    @given(plain, plain)
    def test_are_as_many_as_the_table_has_of_each(self, incoming: list[Row], existing: list[Row]) -> None:
        assert counted(incoming) - counted(existing) == counted(new_rows(incoming, existing))

    @given(plain)
    def test_are_all_that_come_again(self, rows: list[Row]) -> None:
        assert [] == new_rows(rows, list(reversed(rows)))

    @given(plain, plain, st.sampled_from(["n", None, 7]))
    def test_are_the_same_if_the_source_has_a_new_column(
        self, before: list[Row], more: list[Row], note: object
    ) -> None:
        incoming = [row | {"note": note} for row in (*before, *more)]
        assert len(more) == len(new_rows(incoming, [row | {"note": None} for row in before], "note"))

    @given(plain, plain)
    def test_are_the_same_if_the_source_lost_a_column(self, before: list[Row], more: list[Row]) -> None:
        incoming = [{"a": row["a"]} for row in (*before, *more)]
        assert len(more) == len(new_rows(incoming, before))

    @given(plain, plain, plain)
    def test_are_found_among_rows_from_before_and_after_a_new_column(
        self, before: list[Row], after: list[Row], more: list[Row]
    ) -> None:
        incoming = [row | {"note": "n"} for row in (*before, *after, *more)]
        existing = [row | {"note": None} for row in before] + [row | {"note": "n"} for row in after]
        assert len(more) == len(new_rows(incoming, existing, "note"))

    @given(plain, plain)
    def test_are_never_more_than_the_table_has(self, incoming: list[Row], existing: list[Row]) -> None:
        assert len(known_rows(incoming, existing, frozenset({"a", "b"}))) <= len(existing)

    def test_do_not_differ_by_columns_of_dlt(self) -> None:
        assert [] == new_rows([{"a": 1, "_dlt_id": "x"}], [{"a": 1, "_dlt_id": "y"}])

    def test_have_the_null_of_a_column_that_was_always_there(self) -> None:
        assert [{"a": 1}] == new_rows([{"a": 1}], [{"a": None}])

    def test_are_first_those_that_are_equal_as_they_are(self) -> None:
        incoming: list[Row] = [{"a": 1, "note": "n"}, {"a": 1, "note": None}]
        assert incoming[:1] == new_rows(incoming, [{"a": 1, "note": None}], "note")

    def test_are_those_with_the_same_nested_rows_if_others_are_equal(self) -> None:
        incoming: list[Row] = [{"a": 1, "_dlt_nested": "y"}, {"a": 1, "_dlt_nested": "x"}]
        assert incoming[:1] == new_rows(incoming, [{"a": 1, "_dlt_nested": "x"}])

    def test_do_not_become_new_by_what_is_nested_in_them(self) -> None:
        assert [] == new_rows([{"a": 1, "_dlt_nested": "y"}], [{"a": 1, "_dlt_nested": "x"}])

    @pytest.mark.parametrize(("one", "other"), [(0.0, -0.0), (float("nan"), float("nan"))])
    def test_have_what_a_table_holds_as_equal(self, one: float, other: float) -> None:
        incoming: list[Row] = [{"a": one}]
        assert [] == new_rows(incoming, [{"a": other}])
