"""The laws that every destination must keep, as tests: subclass them and give a fixture `lab`.

class TestMyCommits(CommitLaws):
    @pytest.fixture
    def lab(self, tmp_path): return MyLab(tmp_path)
"""

from __future__ import annotations

import pyarrow as pa
import pytest
from returns.pipeline import is_successful
from returns.result import Success

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    TableDropped,
)
from floe_ingestion_dlt.domain.load import Absent, Discarded, Landed, Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, ListOf, Scalar, StructOf, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing.lab import Lab, append, file_of, replacement, rows_of, staged

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
ONE = pa.table({"id": [1], "name": ["ann"]})
TWO = pa.table({"id": [2], "name": ["bob"]})
ANN = {"id": 1, "name": "ann"}
BOB = {"id": 2, "name": "bob"}


class CommitLaws:
    """A load is in its tables once and completely, whatever the catalog answered."""

    def test_append_adds_rows(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_load_committed_twice_lands_once(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        first = commit_once(load, lab.destination).unwrap()
        assert first == commit_once(load, lab.destination).unwrap()
        assert [ANN] == rows_of(lab, ORDERS)
        assert 1 == lab.snapshots(ORDERS)

    def test_the_receipt_tells_the_true_figures(self, lab: Lab) -> None:
        load = append(lab, ORDERS, pa.table({"id": [1, 2, 3]}), "1")
        (receipt,) = commit_once(load, lab.destination).unwrap()
        (file,) = load.writes[0].files
        assert (ORDERS, 3, file.bytes, 1) == (receipt.table, receipt.rows, receipt.bytes, receipt.files)
        assert receipt.snapshot_id is not None

    def test_staged_rows_are_not_seen_before_the_commit(self, lab: Lab) -> None:
        append(lab, ORDERS, ONE, "1")
        assert [] == rows_of(lab, ORDERS)

    def test_replace_shows_the_new_rows_only_in_one_snapshot(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        commit_once(replacement(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        assert [BOB] == rows_of(lab, ORDERS)
        assert 2 == lab.snapshots(ORDERS)

    def test_replace_by_nothing_empties_the_table(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        commit_once(replacement(lab, ORDERS, None, "2"), lab.destination).unwrap()
        assert [] == rows_of(lab, ORDERS)

    def test_a_replacement_committed_again_after_an_append_takes_nothing_away(self, lab: Lab) -> None:
        load = replacement(lab, ORDERS, ONE, "1")
        commit_once(load, lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        commit_once(load, lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_load_without_rows_makes_no_snapshot(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        empty = Load("2", (TableWrite(ORDERS, Append(), ()),))
        (receipt,) = commit_once(empty, lab.destination).unwrap()
        assert (0, None) == (receipt.rows, receipt.snapshot_id)
        assert 1 == lab.snapshots(ORDERS)

    def test_several_tables_appear_together(self, lab: Lab) -> None:
        files = {table: (staged(lab, table, ONE, "1"),) for table in (ORDERS, LINES)}
        load = Load("1", tuple(TableWrite(table, Append(), files[table]) for table in files))
        receipts = commit_once(load, lab.destination).unwrap()
        assert [ORDERS, LINES] == [receipt.table for receipt in receipts]
        assert ([ANN], [ANN]) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    def test_none_of_several_tables_changes_when_one_is_stale(self, lab: Lab) -> None:
        files = {table: (staged(lab, table, ONE, "1"),) for table in (ORDERS, LINES)}
        load = Load("1", tuple(TableWrite(table, Append(), files[table]) for table in files))
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        lab.foreign_commit(LINES)
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        assert ([], []) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_a_lost_answer_neither_loses_nor_doubles_rows(self, lab: Lab, answer: Answer) -> None:
        load = append(lab, ORDERS, ONE, "1")
        with lab.answering(answer):
            commit_once(load, lab.destination).unwrap()
        assert [ANN] == rows_of(lab, ORDERS)
        assert 1 == lab.snapshots(ORDERS)

    def test_a_lost_answer_leaves_the_staged_files(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        with lab.answering(Answer.LOSE_THE_REQUEST):
            answer = commit_once(load, lab.destination, attempts=1)
        assert isinstance(answer.failure(), CommitUnknown)
        assert lab.is_there(load.writes[0].files[0])

    def test_a_refused_load_leaves_rows_as_they_were_and_deletes_no_file(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2")
        with lab.answering(Answer.REFUSE):
            answer = commit_once(load, lab.destination)
        assert not is_successful(answer)
        assert [ANN] == rows_of(lab, ORDERS)
        assert lab.is_there(load.writes[0].files[0])

    def test_a_refused_load_that_was_sent_before_is_settled_and_lands_no_more(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2")
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        with lab.answering(Answer.REFUSE):
            answer = commit_once(load, lab.destination, was_sent=True)
        assert isinstance(answer.failure(), CommitRefused)
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_a_fence_changes_no_row_and_no_state_and_refuses_what_was_sent_before(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2", state="two")
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        lab.destination.fence(load).unwrap()
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        assert ([ANN], "one") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())
        commit_once(load, lab.destination).unwrap()
        assert ([ANN, BOB], "two") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())

    def test_a_table_that_has_a_fence_only_is_still_being_created(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        lab.destination.fence(load).unwrap()
        described = lab.destination.describe(ORDERS).unwrap()
        assert described is not None
        assert described.being_created

    def test_a_load_of_a_table_that_was_dropped_says_so(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        lab.destination.drop_table(ORDERS).unwrap()
        assert isinstance(commit_once(load, lab.destination, was_sent=True).failure(), TableDropped)
        assert isinstance(lab.destination.fence(load), Success)

    def test_a_lost_race_is_built_anew_on_the_table_as_it_is(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        commit_once(load, lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_load_is_found_after_its_snapshot_expired(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        commit_once(load, lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        lab.expire(ORDERS)
        assert isinstance(lab.destination.look(load).unwrap(), Landed)

    def test_a_load_that_was_rolled_back_is_absent(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2")
        commit_once(load, lab.destination).unwrap()
        lab.roll_back(ORDERS)
        assert isinstance(lab.destination.look(load).unwrap(), Absent)

    def test_a_load_that_was_rolled_back_stays_absent_when_snapshots_expire(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2")
        commit_once(load, lab.destination).unwrap()
        lab.roll_back(ORDERS)
        commit_once(append(lab, ORDERS, ONE, "3"), lab.destination).unwrap()
        lab.expire(ORDERS)
        assert isinstance(lab.destination.look(load).unwrap(), Absent)


class SchemaLaws:
    """Schemas only grow, and rows keep their values."""

    def test_a_new_column_is_null_in_older_rows(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        wider = TableSchema((*self.schema(lab).columns, Column("age", Scalar.LONG)))
        lab.destination.evolve(ORDERS, wider).unwrap()
        rows = pa.table({"id": [2], "name": ["bob"], "age": [7]})
        commit_once(append(lab, ORDERS, rows, "2"), lab.destination).unwrap()
        assert [ANN | {"age": None}, BOB | {"age": 7}] == rows_of(lab, ORDERS)

    def test_a_widened_column_keeps_its_values(self, lab: Lab) -> None:
        narrow = pa.table({"id": pa.array([1], pa.int32())})
        lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.INT),))).unwrap()
        commit_once(append(lab, ORDERS, narrow, "1"), lab.destination).unwrap()
        lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),))).unwrap()
        commit_once(append(lab, ORDERS, pa.table({"id": [2**40]}), "2"), lab.destination).unwrap()
        assert [{"id": 1}, {"id": 2**40}] == rows_of(lab, ORDERS)

    def test_a_column_that_the_source_no_longer_sends_stays(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),))).unwrap()
        commit_once(append(lab, ORDERS, pa.table({"id": [2]}), "2"), lab.destination).unwrap()
        assert [ANN, {"id": 2, "name": None}] == rows_of(lab, ORDERS)

    def test_evolving_twice_changes_nothing(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        schema = self.schema(lab)
        lab.destination.evolve(ORDERS, schema).unwrap()
        assert schema == self.schema(lab)

    def test_a_column_that_another_writer_widened_meanwhile_stays_wide(self, lab: Lab) -> None:
        nested = StructOf((Column("n", ListOf(Scalar.LONG)),))
        wide = TableSchema((Column("id", Scalar.LONG), Column("more", nested)))
        narrow = StructOf((Column("n", ListOf(Scalar.INT)),))
        judged = TableSchema(
            (Column("id", Scalar.INT), Column("more", narrow), Column("name", Scalar.STRING))
        )
        lab.destination.evolve(ORDERS, wide).unwrap()
        lab.destination.evolve(ORDERS, judged).unwrap()
        assert (*wide.columns, Column("name", Scalar.STRING)) == self.schema(lab).columns

    def test_a_column_that_another_writer_made_of_another_type_is_left_alone(self, lab: Lab) -> None:
        """The schema contract can be applied again, and then the load gets a column of its own."""
        lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.STRING),))).unwrap()
        answer = lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),)))
        assert Category.TRANSIENT is answer.failure().category
        assert TableSchema((Column("id", Scalar.STRING),)) == self.schema(lab)

    def test_a_table_is_being_created_until_it_has_rows(self, lab: Lab) -> None:
        load = append(lab, ORDERS, ONE, "1")
        before = lab.destination.describe(ORDERS).unwrap()
        commit_once(load, lab.destination).unwrap()
        after = lab.destination.describe(ORDERS).unwrap()
        assert before is not None
        assert after is not None
        assert (True, False) == (before.being_created, after.being_created)

    def test_what_is_discarded_is_counted(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        rows = pa.table({"id": [2, 3], "name": ["bob", None], "age": [None, 7], "id__x": [1, 2]})
        file = staged(lab, ORDERS, rows, "2", may_discard=True)
        assert {Discarded("age", 1), Discarded("id__x", 2)} == set(file.discarded)
        assert 2 == file.rows

    def test_rows_of_which_nothing_is_kept_are_rows_of_nulls(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        file = staged(lab, ORDERS, pa.table({"age": [7, 8]}), "2", may_discard=True)
        commit_once(Load("2", (TableWrite(ORDERS, Append(), (file,)),)), lab.destination).unwrap()
        nothing = {"id": None, "name": None}
        assert [ANN, nothing, nothing] == rows_of(lab, ORDERS)

    def test_a_column_without_a_place_is_refused_unless_it_may_be_discarded(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        path = file_of(lab, pa.table({"id": [2], "age": [1]}))
        answer = lab.destination.stage(FileToStage(path, ORDERS, "2", may_discard=False))
        assert "age" in answer.failure().message

    def test_columns_in_another_order_find_their_places(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        swapped = TWO.select(["name", "id"])
        commit_once(append(lab, ORDERS, swapped, "2"), lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_dropped_table_is_gone(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        lab.destination.drop_table(ORDERS).unwrap()
        assert lab.destination.describe(ORDERS).unwrap() is None

    def schema(self, lab: Lab) -> TableSchema:
        state = lab.destination.describe(ORDERS).unwrap()
        assert state is not None
        return state.schema
