"""The laws of a refresh: a load keeps no row of its tables, also if it merges."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import ByKey, MergeNested, MergeRows
from floe_ingestion_dlt.testing.lab import Lab, append, state_after
from floe_ingestion_dlt.testing.merge_laws import (
    ADDING,
    LINES,
    ORDERS,
    UPSERT_BY_ID,
    family,
    in_table,
    merge,
    orders,
)
from floe_ingestion_dlt.testing.scd2_laws import load_of, versions


def refresh(load: Load) -> Load:
    """The load, which keeps no row of its tables."""
    return replace(load, writes=tuple(replace(write, is_refresh=True) for write in load.writes))


class RefreshLaws:
    """A table has what the load would make of an empty one, and one snapshot more."""

    @pytest.mark.parametrize("strategy", ADDING, ids=attrgetter("name"))
    def test_only_the_rows_of_a_merge_are_there(self, lab: Lab, strategy: ByKey) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old"), (2, "old")), "1"), lab.destination).unwrap()
        how = MergeRows(strategy, ("id",))
        load = refresh(merge(lab, orders((2, "new"), (3, "new")), "2", how))
        (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [(2, "new"), (3, "new")] == in_table(lab)
        assert (2, 2) == (receipt.rows, lab.snapshots(ORDERS))

    def test_one_row_of_a_key_is_there(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1"), lab.destination).unwrap()
        load = refresh(merge(lab, orders((1, "new"), (1, "newer")), "2", UPSERT_BY_ID))
        commit_once(load, lab.destination).unwrap()
        assert [(1, "newer")] == in_table(lab)

    def test_a_merge_without_rows_empties_the_table(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1"), lab.destination).unwrap()
        load = refresh(Load("2", (TableWrite(ORDERS, UPSERT_BY_ID, ()),)))
        commit_once(load, lab.destination).unwrap()
        assert ([], 2) == (in_table(lab), lab.snapshots(ORDERS))

    def test_rows_without_a_key_in_the_table_go_too(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((None, "old"), (1, "old")), "1"), lab.destination).unwrap()
        commit_once(refresh(merge(lab, orders((1, "new")), "2", UPSERT_BY_ID)), lab.destination).unwrap()
        assert [(1, "new")] == in_table(lab)

    @pytest.mark.parametrize("lines", [["b", "b"], []], ids=["with nested rows", "without"])
    def test_nested_rows_are_those_of_the_load(self, lab: Lab, lines: list[str]) -> None:
        commit_once(family(lab, "1", [(1, "a"), (2, "b")], ["a", "b"]), lab.destination).unwrap()
        commit_once(refresh(family(lab, "2", [(2, "b")], lines)), lab.destination).unwrap()
        assert [(2, "b")] == in_table(lab)
        assert lines == [row[0] for row in in_table(lab, LINES)]

    def test_nested_rows_of_a_table_without_root_rows_go(self, lab: Lab) -> None:
        commit_once(family(lab, "1", [(1, "a")], ["a"]), lab.destination).unwrap()
        commit_once(append(lab, LINES, pa.table({"root": ["lost"]}), "2"), lab.destination).unwrap()
        root = TableWrite(ORDERS, MergeRows(UPSERT_BY_ID.strategy, ("id",), row_id="row"), ())
        load = Load("3", (root, TableWrite(LINES, MergeNested(ORDERS, "root"), ())))
        commit_once(refresh(load), lab.destination).unwrap()
        assert ([], []) == (in_table(lab), in_table(lab, LINES))

    def test_versions_begin_anew(self, lab: Lab) -> None:
        for day, price in ((1, "9"), (2, "10")):
            commit_once(load_of(lab, day, [(1, price), (2, "5")]), lab.destination).unwrap()
        commit_once(refresh(load_of(lab, 3, [(1, "10")])), lab.destination).unwrap()
        assert [(1, "10", 3, None)] == versions(lab)

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_it_is_committed_once_whatever_is_answered(self, lab: Lab, answer: Answer) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1"), lab.destination).unwrap()
        load = refresh(merge(lab, orders((2, "new")), "2", UPSERT_BY_ID))
        with lab.answering(answer):
            commit_once(load, lab.destination)
        commit_once(load, lab.destination).unwrap()
        assert ([(2, "new")], 2) == (in_table(lab), lab.snapshots(ORDERS))

    def test_rows_that_came_after_the_look_go_too(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1"), lab.destination).unwrap()
        load = refresh(merge(lab, orders((2, "new")), "2", UPSERT_BY_ID))
        commit_once(append(lab, ORDERS, orders((3, "meanwhile")), "3"), lab.destination).unwrap()
        commit_once(load, lab.destination).unwrap()
        assert [(2, "new")] == in_table(lab)

    def test_its_state_follows_the_one_before_and_is_rolled_back_with_its_rows(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1", state="one"), lab.destination).unwrap()
        load = refresh(merge(lab, orders((2, "new")), "2", UPSERT_BY_ID, state="two"))
        commit_once(load, lab.destination).unwrap()
        assert "two" == lab.destination.read_state(ORDERS).unwrap()
        lab.roll_back(ORDERS)
        assert ("one", [(1, "old")]) == (lab.destination.read_state(ORDERS).unwrap(), in_table(lab))

    def test_a_refresh_that_was_read_from_an_older_state_is_refused(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((1, "old")), "1", state="one"), lab.destination).unwrap()
        late = replace(
            refresh(merge(lab, orders((2, "new")), "2", UPSERT_BY_ID)), state=state_after(lab, ORDERS, "two")
        )
        commit_once(append(lab, ORDERS, orders((3, "x")), "3", state="three"), lab.destination).unwrap()
        assert commit_once(late, lab.destination).failure().reads_again
        assert [(1, "old"), (3, "x")] == in_table(lab)
