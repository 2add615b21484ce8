"""The laws of merges: rows are matched by key, and nested rows follow their root."""

from __future__ import annotations

import math
from operator import attrgetter

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitConflict, MergeRefused
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, TableWrite
from floe_ingestion_dlt.domain.merge import (
    DELETE_INSERT,
    INSERT_ONLY,
    STRATEGIES,
    UPSERT,
    ByKey,
    DedupSort,
    MergeNested,
    MergeRows,
    Order,
    merged,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.testing.lab import Lab, append, rows_of, staged, state_after

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
UPSERT_BY_ID = MergeRows(UPSERT, ("id",))
INSERT_ONLY_BY_ID = MergeRows(INSERT_ONLY, ("id",))
BY_KEY = [strategy for strategy in STRATEGIES if isinstance(strategy, ByKey)]
KEEPING = [strategy for strategy in BY_KEY if not strategy.removes(is_matched=False)]
ADDING = [strategy for strategy in KEEPING if strategy.adds(is_matched=False)]
REPLACING = [strategy for strategy in ADDING if strategy.adds(is_matched=True)]
NAME = attrgetter("name")


def orders(*rows: tuple[int | None, str]) -> pa.Table:
    """Orders with an id and a state."""
    return pa.table(
        {
            "id": pa.array([key for key, _ in rows], pa.int64()),
            "state": pa.array([state for _, state in rows], pa.string()),
        }
    )


def in_table(lab: Lab, table: TableName = ORDERS) -> list[tuple[object, ...]]:
    """The rows of a table as tuples, in order."""
    return [tuple(row.values()) for row in rows_of(lab, table)]


class MergeLaws:
    """One row for each key, whatever the load has and the catalog answers, and one snapshot for each load."""

    @pytest.mark.parametrize("strategy", BY_KEY, ids=NAME)
    def test_rows_stay_go_and_come_as_the_strategy_says(self, lab: Lab, strategy: ByKey) -> None:
        how = MergeRows(strategy, ("id",))
        old, new = orders((1, "new"), (2, "new")), orders((2, "paid"), (3, "new"))
        commit_once(append(lab, ORDERS, old, "1"), lab.destination).unwrap()
        (receipt,) = commit_once(merge(lab, new, "2", how), lab.destination).unwrap()
        expected = merged(ORDERS, old.to_pylist(), new.to_pylist(), how).unwrap()
        assert sorted(tuple(row.values()) for row in expected.rows) == sorted(in_table(lab), key=str)
        assert expected.applied == receipt.rows

    @pytest.mark.parametrize("strategy", REPLACING, ids=NAME)
    def test_rows_with_a_known_key_take_the_place_of_the_old_ones(self, lab: Lab, strategy: ByKey) -> None:
        how = MergeRows(strategy, ("id",))
        commit_once(append(lab, ORDERS, orders((1, "new"), (2, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((2, "paid"), (3, "new")), "2", how)
        (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [(1, "new"), (2, "paid"), (3, "new")] == in_table(lab)
        assert (2, 2) == (receipt.rows, lab.snapshots(ORDERS))

    def test_insert_only_leaves_known_rows_as_they_are(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid"), (2, "new")), "2", INSERT_ONLY_BY_ID)
        (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [(1, "new"), (2, "new")] == in_table(lab)
        assert 1 == receipt.rows

    def test_insert_only_of_known_rows_makes_no_snapshot(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid")), "2", INSERT_ONLY_BY_ID)
        commit_once(load, lab.destination).unwrap()
        assert 1 == lab.snapshots(ORDERS)
        assert isinstance(lab.destination.look(load).unwrap(), Landed)

    @pytest.mark.parametrize("strategy", ADDING, ids=NAME)
    def test_of_rows_with_one_key_the_last_one_wins(self, lab: Lab, strategy: ByKey) -> None:
        rows = orders((1, "new"), (2, "new"), (1, "paid"))
        load = merge(lab, rows, "1", MergeRows(strategy, ("id",)))
        (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [(1, "paid"), (2, "new")] == in_table(lab)
        assert 2 == receipt.rows

    @pytest.mark.parametrize(("order", "wins"), [(Order.DESC, "sent"), (Order.ASC, "new")])
    def test_a_sort_column_chooses_the_row_that_wins(self, lab: Lab, order: Order, wins: str) -> None:
        how = MergeRows(UPSERT, ("id",), dedup_sort=DedupSort("state", order))
        rows = orders((1, "new"), (1, "sent"), (1, "paid"))
        commit_once(merge(lab, rows, "1", how), lab.destination).unwrap()
        assert [(1, wins)] == in_table(lab)

    @pytest.mark.parametrize(
        ("order", "values", "wins"),
        [
            (Order.DESC, [1.0, math.nan, math.inf], 1),
            (Order.ASC, [math.nan, 1.0, math.inf], 1),
            (Order.ASC, [math.nan, None], 0),
            (Order.DESC, [math.nan, math.nan], 1),
            (Order.ASC, [0.0, -0.0], 1),
            (Order.DESC, [-0.0, 0.0, -1.0], 1),
        ],
    )
    def test_nan_is_the_highest_number_and_of_equal_values_the_last_one_wins(
        self, lab: Lab, order: Order, values: list[float | None], wins: int
    ) -> None:
        how = MergeRows(UPSERT, ("id",), dedup_sort=DedupSort("at", order))
        rows = pa.table({"id": [1] * len(values), "place": range(len(values)), "at": values})
        commit_once(merge(lab, rows, "1", how), lab.destination).unwrap()
        assert [wins] == [row["place"] for row in rows_of(lab, ORDERS)]

    def test_a_row_without_a_value_to_sort_by_loses(self, lab: Lab) -> None:
        how = MergeRows(UPSERT, ("id",), dedup_sort=DedupSort("state", Order.ASC))
        rows = pa.table({"id": [1, 1, 1], "state": [None, "new", None]})
        commit_once(merge(lab, rows, "1", how), lab.destination).unwrap()
        assert [(1, "new")] == in_table(lab)

    def test_a_key_may_have_several_columns(self, lab: Lab) -> None:
        how = MergeRows(UPSERT, ("shop", "id"))
        first = pa.table({"shop": ["a", "b"], "id": [1, 1], "state": ["new", "new"]})
        second = pa.table({"shop": ["b", "b"], "id": [1, 2], "state": ["paid", "new"]})
        commit_once(append(lab, ORDERS, first, "1"), lab.destination).unwrap()
        commit_once(merge(lab, second, "2", how), lab.destination).unwrap()
        assert [("a", 1, "new"), ("b", 1, "paid"), ("b", 2, "new")] == sorted(in_table(lab), key=str)

    def test_rows_with_the_merge_key_go_whatever_their_key(self, lab: Lab) -> None:
        how = MergeRows(DELETE_INSERT, (), merge_key=("day",))
        first = pa.table({"day": [1, 1, 2], "state": ["a", "b", "c"]})
        commit_once(append(lab, ORDERS, first, "1"), lab.destination).unwrap()
        second = pa.table({"day": [1, 1, 1], "state": ["d", "d", "e"]})
        commit_once(merge(lab, second, "2", how), lab.destination).unwrap()
        assert [(1, "d"), (1, "d"), (1, "e"), (2, "c")] == sorted(in_table(lab), key=str)

    @pytest.mark.parametrize("strategy", BY_KEY, ids=NAME)
    def test_a_row_without_a_key_refuses_the_load(self, lab: Lab, strategy: ByKey) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid"), (None, "?")), "2", MergeRows(strategy, ("id",)))
        refused = commit_once(load, lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert "1 rows have no value in the key column id" in refused.message
        assert [(1, "new")] == in_table(lab)

    def test_columns_that_the_load_does_not_have_become_null_in_the_rows_it_replaces(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new"), (2, "new")), "1"), lab.destination).unwrap()
        commit_once(merge(lab, pa.table({"id": [2]}), "2", UPSERT_BY_ID), lab.destination).unwrap()
        assert [(1, "new"), (2, None)] == in_table(lab)

    def test_a_merge_committed_twice_lands_once(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid")), "2", UPSERT_BY_ID)
        first = commit_once(load, lab.destination).unwrap()
        commit_once(merge(lab, orders((1, "sent")), "3", UPSERT_BY_ID), lab.destination).unwrap()
        assert first == commit_once(load, lab.destination).unwrap()
        assert [(1, "sent")] == in_table(lab)

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_a_lost_answer_neither_loses_nor_doubles_rows(self, lab: Lab, answer: Answer) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new"), (2, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((2, "paid"), (3, "new")), "2", UPSERT_BY_ID)
        with lab.answering(answer):
            (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [(1, "new"), (2, "paid"), (3, "new")] == in_table(lab)
        assert (2, 2) == (receipt.rows, lab.snapshots(ORDERS))

    def test_a_lost_race_merges_anew_into_the_rows_of_the_winner(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid"), (2, "paid")), "2", UPSERT_BY_ID)
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        commit_once(append(lab, ORDERS, orders((2, "new"), (3, "new")), "3"), lab.destination).unwrap()
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        commit_once(load, lab.destination).unwrap()
        assert [(1, "paid"), (2, "paid"), (3, "new")] == in_table(lab)

    def test_a_refused_merge_leaves_rows_as_they_were_and_deletes_no_file(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new"), (2, "new")), "1"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid")), "2", UPSERT_BY_ID)
        files = lab.data_files()
        with lab.answering(Answer.REFUSE):
            commit_once(load, lab.destination).failure()
        assert [(1, "new"), (2, "new")] == in_table(lab)
        assert files <= lab.data_files()

    def test_the_state_comes_with_a_merge_and_goes_with_its_rollback(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "new")), "1", state="one"), lab.destination).unwrap()
        load = merge(lab, orders((1, "paid")), "2", UPSERT_BY_ID, state="two")
        commit_once(load, lab.destination).unwrap()
        assert "two" == lab.destination.read_state(ORDERS).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()
        assert [(1, "new")] == in_table(lab)


def merge(lab: Lab, rows: pa.Table, load_id: str, how: MergeRows, state: str | None = None) -> Load:
    """A load that merges *rows* into the orders."""
    kept = None if state is None else state_after(lab, ORDERS, state)
    return Load(load_id, (TableWrite(ORDERS, how, (staged(lab, ORDERS, rows, load_id),)),), kept)


class NestedMergeLaws:
    """Nested rows are removed and added with the root rows that they refer to."""

    def test_nested_rows_of_replaced_root_rows_go_and_new_ones_come(self, lab: Lab) -> None:
        commit_once(family(lab, "1", [(1, "a"), (2, "b")], ["a", "a", "b"]), lab.destination).unwrap()
        commit_once(family(lab, "2", [(2, "c"), (3, "d")], ["c", "d", "d"]), lab.destination).unwrap()
        assert [(1, "a"), (2, "c"), (3, "d")] == in_table(lab)
        assert ["a", "a", "c", "d", "d"] == [row[0] for row in in_table(lab, LINES)]
        assert (2, 2) == (lab.snapshots(ORDERS), lab.snapshots(LINES))

    def test_nested_rows_of_a_row_that_lost_its_key_to_another_do_not_come(self, lab: Lab) -> None:
        commit_once(family(lab, "1", [(1, "a"), (1, "b")], ["a", "b", "b"]), lab.destination).unwrap()
        assert [(1, "b")] == in_table(lab)
        assert ["b", "b"] == [row[0] for row in in_table(lab, LINES)]

    def test_nested_rows_go_when_the_new_root_row_has_none(self, lab: Lab) -> None:
        commit_once(family(lab, "1", [(1, "a"), (2, "b")], ["a", "b"]), lab.destination).unwrap()
        commit_once(family(lab, "2", [(1, "c")], []), lab.destination).unwrap()
        assert ["b"] == [row[0] for row in in_table(lab, LINES)]

    def test_nested_rows_of_known_root_rows_do_not_come_with_insert_only(self, lab: Lab) -> None:
        only = INSERT_ONLY
        commit_once(family(lab, "1", [(1, "a")], ["a"], only), lab.destination).unwrap()
        commit_once(family(lab, "2", [(1, "b"), (2, "c")], ["b", "c"], only), lab.destination).unwrap()
        assert ["a", "c"] == [row[0] for row in in_table(lab, LINES)]

    @pytest.mark.parametrize("strategy", ADDING, ids=NAME)
    @pytest.mark.parametrize("row", ["b", "another id"])
    def test_a_root_row_that_somebody_took_away_comes_again_with_its_own_nested_rows_only(
        self, lab: Lab, strategy: ByKey, row: str
    ) -> None:
        commit_once(family(lab, "1", [(1, "a")], ["a"], strategy), lab.destination).unwrap()
        left = pa.table({"root": pa.array(["b", "b", None], pa.string())})
        commit_once(append(lab, LINES, left, "2"), lab.destination).unwrap()
        commit_once(family(lab, "3", [(2, row)], [row, row], strategy), lab.destination).unwrap()
        assert sorted(["None", "a", row, row]) == sorted(str(line[0]) for line in in_table(lab, LINES))

    def test_nested_rows_stay_while_no_root_row_changes(self, lab: Lab) -> None:
        only = INSERT_ONLY
        commit_once(family(lab, "1", [(1, "a")], ["a", "b"], only), lab.destination).unwrap()
        commit_once(append(lab, LINES, pa.table({"root": ["b"]}), "2"), lab.destination).unwrap()
        commit_once(family(lab, "3", [(1, "c")], ["c"], only), lab.destination).unwrap()
        assert ["a", "b"] == [row[0] for row in in_table(lab, LINES)]

    def test_root_rows_that_share_an_id_refuse_the_load(self, lab: Lab) -> None:
        commit_once(family(lab, "1", [(1, "a")], ["a"]), lab.destination).unwrap()
        load = family(lab, "2", [(2, "b"), (2, "b")], ["b", "b"])
        assert isinstance(commit_once(load, lab.destination).failure(), MergeRefused)
        assert ([(1, "a")], ["a"]) == (in_table(lab), [row[0] for row in in_table(lab, LINES)])


def family(
    lab: Lab,
    load_id: str,
    roots: list[tuple[int, str]],
    lines: list[str],
    strategy: ByKey = DELETE_INSERT,
) -> Load:
    """A load of root rows, each a key and an id, and of nested rows, each with the id of its root row."""
    rows = pa.table({"id": [key for key, _ in roots], "row": [row for _, row in roots]})
    nested = pa.table({"root": pa.array(lines, pa.string())})
    files = staged(lab, ORDERS, rows, load_id), staged(lab, LINES, nested, load_id)
    root = MergeRows(strategy, ("id",), row_id="row")
    return Load(
        load_id,
        (
            TableWrite(ORDERS, root, (files[0],)),
            TableWrite(LINES, MergeNested(ORDERS, "root"), (files[1],) if lines else ()),
        ),
    )
