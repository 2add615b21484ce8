from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.merge import (
    DELETE_INSERT,
    SCD2,
    STRATEGIES,
    UPSERT,
    DedupSort,
    MergeStrategy,
    parse_strategy,
)
from floe_ingestion_dlt.domain.write_modes import (
    Append,
    Merge,
    Replace,
    WriteMode,
    name_of,
    parse_write_mode,
    removes_missing,
    with_rules,
)
from tests.unit.domain.strategies import dedup_sorts, keys, words, write_modes

strategies = st.sampled_from([strategy.name for strategy in STRATEGIES])
KNOWN = {"append", "replace", "merge", *(strategy.name for strategy in STRATEGIES)}
unknown = st.text().filter(lambda text: text not in KNOWN)


class TestWriteMode:
    @given(write_modes)
    def test_is_read_back_from_its_name(self, mode: WriteMode) -> None:
        merge = mode if isinstance(mode, Merge) else None
        read = parse_write_mode(
            name_of(mode), merge.strategy.name if merge else None, merge.key if merge else ()
        )
        ruled = read.bind(
            lambda known: with_rules(
                known, merge.hard_delete if merge else None, merge.dedup_sort if merge else None
            )
        )
        assert Success(mode) == ruled

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (Append(), "append"),
            (Replace(), "replace"),
            (Merge(UPSERT, ("id",)), "merge"),
        ],
    )
    def test_has_the_name_that_the_configuration_gives_it(self, mode: WriteMode, expected: str) -> None:
        assert expected == name_of(mode)

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (Append(), False),
            (Replace(), True),
            *((Merge(strategy, ("id",)), strategy is SCD2) for strategy in STRATEGIES),
        ],
    )
    def test_removes_what_a_load_does_not_bring(self, mode: WriteMode, *, expected: bool) -> None:
        assert expected is removes_missing(mode)

    @given(keys)
    def test_merges_by_delete_and_insert_unless_told(self, key: tuple[str, ...]) -> None:
        assert Success(Merge(DELETE_INSERT, key)) == parse_write_mode("merge", key=key)

    @given(st.none() | strategies)
    def test_that_merges_needs_a_key(self, strategy: str | None) -> None:
        assert "primary_key" == parse_write_mode("merge", strategy).failure().field

    @given(unknown, keys)
    def test_that_merges_needs_a_strategy_that_is_known(self, strategy: str, key: tuple[str, ...]) -> None:
        fault = parse_write_mode("merge", strategy, key).failure()
        assert ("merge_strategy", strategy) == (fault.field, fault.given)

    @given(st.sampled_from(["append", "replace"]), strategies)
    def test_that_does_not_merge_has_no_strategy(self, mode: str, strategy: str) -> None:
        fault = parse_write_mode(mode, strategy).failure()
        assert ("merge_strategy", strategy) == (fault.field, fault.given)

    @given(unknown, st.none() | strategies, keys)
    def test_that_is_unknown_is_refused(self, mode: str, strategy: str | None, key: tuple[str, ...]) -> None:
        fault = parse_write_mode(mode, strategy, key).failure()
        assert ("write_mode", mode) == (fault.field, fault.given)

    @given(st.sampled_from(["append", "replace"]), keys)
    def test_may_know_a_key_that_it_does_not_need(self, mode: str, key: tuple[str, ...]) -> None:
        assert parse_write_mode(mode) == parse_write_mode(mode, key=key)


class TestRules:
    @given(st.sampled_from([Append(), Replace()]), words, dedup_sorts)
    def test_of_a_merge_are_refused_for_other_modes(
        self, mode: WriteMode, column: str, sort: DedupSort
    ) -> None:
        deleting, sorting = with_rules(mode, column, None), with_rules(mode, None, sort)
        assert ("hard_delete", column) == (deleting.failure().field, deleting.failure().given)
        assert ("dedup_sort", sort.column) == (sorting.failure().field, sorting.failure().given)


class TestDedupSort:
    @given(dedup_sorts)
    def test_is_read_from_one_column_and_its_order(self, sort: DedupSort) -> None:
        assert Success(sort) == DedupSort.parse({sort.column: sort.order.value})

    @pytest.mark.parametrize("given_", [{}, {"a": "up"}, {" ": "asc"}, {"a": "asc", "b": "desc"}])
    def test_of_anything_else_is_refused(self, given_: dict[str, str]) -> None:
        assert "dedup_sort" == DedupSort.parse(given_).failure().field


class TestMergeStrategy:
    @given(st.sampled_from(STRATEGIES))
    def test_is_read_by_its_name(self, strategy: MergeStrategy) -> None:
        assert Success(strategy) == parse_strategy(strategy.name)
