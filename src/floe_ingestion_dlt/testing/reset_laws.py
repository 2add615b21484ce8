"""The laws of a reset: tables go back together, with their state, and what was undone does not come back by itself."""

from __future__ import annotations

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitConflict, StateMoved
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.resets import Return, TableReturn, nested_return, past_loads, undone_by
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing.lab import Lab, append, replacement, rows_of, staged, state_after
from floe_ingestion_dlt.testing.laws import ANN, BOB, LINES, ONE, ORDERS, TWO

THREE = pa.table({"id": [3], "name": ["cat"]})


def snapshots(lab: Lab, table: TableName = ORDERS) -> TableSnapshots:
    """The snapshots of a table that is there."""
    found = lab.destination.snapshots_of(table).unwrap()
    assert found is not None
    return found


def back_to(lab: Lab, to: int, *nested: TableName) -> Return:
    """How the orders, and tables nested in them, go back to a snapshot of the orders."""
    seen = snapshots(lab)
    loads = [load.load_id for load in past_loads(undone_by(ORDERS, seen, to).unwrap())]
    found = [nested_return(table, snapshots(lab, table), loads).unwrap() for table in nested]
    root = TableReturn(ORDERS, seen.current, to)
    return Return("reset", (root, *(one for one in found if one is not None)), tuple(loads))


def load_both(lab: Lab, rows: pa.Table, load_id: str, *tables: TableName, state: str | None = None) -> int:
    """Commit *rows* to the *tables* in one load, and return the snapshot of the orders."""
    writes = [TableWrite(table, Append(), (staged(lab, table, rows, load_id),)) for table in tables]
    kept = None if state is None else state_after(lab, ORDERS, state)
    commit_once(Load(load_id, tuple(writes), kept), lab.destination).unwrap()
    current = snapshots(lab).current
    assert current is not None
    return current


class ResetLaws:
    """Rows and state go back together, and only for those who saw the table as it is."""

    def test_snapshots_name_their_loads_newest_first(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        lab.foreign_commit(ORDERS)
        commit_once(replacement(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        found = snapshots(lab)
        seen = [(one.load_id, one.rows, one.kind, one.is_foreign) for one in found.newest_first]
        assert [("2", 1, "replace", False), (None, None, None, True), ("1", 1, "append", False)] == seen
        assert found.whole

    def test_a_fence_is_no_load_and_nobody_elses(self, lab: Lab) -> None:
        lab.destination.fence(append(lab, ORDERS, ONE, "1")).unwrap()
        (fence,) = snapshots(lab).newest_first
        assert (None, True, False) == (fence.load_id, fence.is_fence, fence.is_foreign)

    def test_snapshots_before_the_expired_ones_are_not_known(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        lab.expire(ORDERS)
        found = snapshots(lab)
        assert (["2"], False) == ([one.load_id for one in found.newest_first], found.whole)

    def test_rows_and_state_are_those_of_the_snapshot_and_no_file_is_deleted(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load_both(lab, TWO, "2", ORDERS, state="two")
        load_both(lab, THREE, "3", ORDERS, state="three")
        files = lab.data_files()
        lab.destination.go_back(back_to(lab, first)).unwrap()
        assert ([ANN], "one") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())
        assert files == lab.data_files()

    def test_rows_and_state_stay_so_when_snapshots_expire(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load_both(lab, TWO, "2", ORDERS, state="two")
        lab.destination.go_back(back_to(lab, first)).unwrap()
        lab.expire(ORDERS)
        assert ([ANN], "one") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())
        looks = [lab.destination.look(append(lab, ORDERS, TWO, load)).unwrap() for load in ("1", "2")]
        assert [Landed, Absent] == [type(look) for look in looks]

    def test_the_next_load_goes_on_from_there(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load_both(lab, THREE, "2", ORDERS, state="two")
        lab.destination.go_back(back_to(lab, first)).unwrap()
        load_both(lab, TWO, "3", ORDERS, state="three")
        assert ([ANN, BOB], "three") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())

    def test_nested_rows_go_back_with_their_root(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, LINES)
        load_both(lab, TWO, "2", ORDERS, LINES)
        load_both(lab, THREE, "3", ORDERS)
        lab.destination.go_back(back_to(lab, first, LINES)).unwrap()
        assert ([ANN], [ANN]) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    def test_nested_tables_that_came_later_are_empty_and_take_the_next_load(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS)
        load_both(lab, TWO, "2", ORDERS, LINES)
        lab.destination.go_back(back_to(lab, first, LINES)).unwrap()
        assert ([ANN], []) == (rows_of(lab, ORDERS), rows_of(lab, LINES))
        load_both(lab, TWO, "3", ORDERS, LINES)
        assert ([ANN, BOB], [BOB]) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    def test_a_request_that_was_built_before_does_not_land(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS)
        late = append(lab, ORDERS, THREE, "late")
        base = lab.destination.look(late).unwrap()
        assert isinstance(base, Absent)
        load_both(lab, TWO, "2", ORDERS)
        lab.destination.go_back(back_to(lab, first)).unwrap()
        assert isinstance(lab.destination.commit(late, base).failure(), CommitConflict)
        assert [ANN] == rows_of(lab, ORDERS)

    @pytest.mark.parametrize("state", [None, "two"])
    def test_a_load_that_was_undone_does_not_come_back_from_where_it_is_pending(
        self, lab: Lab, state: str | None
    ) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load = append(lab, ORDERS, TWO, "2", state=state)
        commit_once(load, lab.destination).unwrap()
        lab.destination.go_back(back_to(lab, first)).unwrap()
        assert isinstance(commit_once(load, lab.destination, was_sent=True).failure(), StateMoved)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_a_new_load_may_have_the_id_of_one_that_was_undone(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS)
        load_both(lab, THREE, "key", ORDERS)
        lab.destination.go_back(back_to(lab, first)).unwrap()
        load = append(lab, ORDERS, TWO, "key")
        commit_once(load, lab.destination).unwrap()
        commit_once(load, lab.destination, was_sent=True).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_state_that_is_moved_leaves_the_rows_and_refuses_what_was_read_before(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        late = append(lab, ORDERS, TWO, "2", state="two")
        same = TableReturn(ORDERS, first, first)
        moved = Return("reset", (same,), state=state_after(lab, ORDERS, "none"))
        lab.destination.go_back(moved).unwrap()
        assert ([ANN], "none") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())
        assert isinstance(commit_once(late, lab.destination).failure(), StateMoved)
        assert 2 == lab.snapshots(ORDERS)
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_state_that_changed_since_is_not_moved(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        moved = Return("reset", (TableReturn(ORDERS, first, first),), state=state_after(lab, ORDERS, "none"))
        commit_once(Load("2", (), state_after(lab, ORDERS, "two")), lab.destination).unwrap()
        assert isinstance(lab.destination.go_back(moved).failure(), CommitConflict)
        assert "two" == lab.destination.read_state(ORDERS).unwrap()

    @pytest.mark.parametrize("table", [ORDERS, LINES], ids=str)
    def test_no_table_goes_back_if_one_changed_since(self, lab: Lab, table: TableName) -> None:
        first = load_both(lab, ONE, "1", ORDERS, LINES)
        load_both(lab, TWO, "2", ORDERS, LINES)
        how = back_to(lab, first, LINES)
        lab.foreign_commit(table)
        assert isinstance(lab.destination.go_back(how).failure(), CommitConflict)
        assert ([ANN, BOB], [ANN, BOB]) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_it_is_done_once_or_not_at_all_if_no_answer_comes(self, lab: Lab, answer: Answer) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load_both(lab, TWO, "2", ORDERS, state="two")
        with lab.answering(answer):
            lost = lab.destination.go_back(back_to(lab, first))
        assert not lost.failure().is_final
        has_landed = answer is Answer.LAND_AND_LOSE_THE_ANSWER
        assert ([ANN] if has_landed else [ANN, BOB]) == rows_of(lab, ORDERS)
        lab.destination.go_back(back_to(lab, first)).unwrap()
        assert ([ANN], "one") == (rows_of(lab, ORDERS), lab.destination.read_state(ORDERS).unwrap())

    def test_a_table_goes_back_again_and_again(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, LINES, state="one")
        second = load_both(lab, TWO, "2", ORDERS, LINES, state="two")
        load_both(lab, THREE, "3", ORDERS, LINES, state="three")
        lab.destination.go_back(back_to(lab, second, LINES)).unwrap()
        lab.destination.go_back(back_to(lab, first, LINES)).unwrap()
        assert ([ANN], [ANN]) == (rows_of(lab, ORDERS), rows_of(lab, LINES))
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_table_that_was_rolled_back_before_goes_back_from_there(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS, state="one")
        load_both(lab, TWO, "2", ORDERS, state="two")
        load_both(lab, THREE, "3", ORDERS, state="three")
        lab.roll_back(ORDERS)
        how = back_to(lab, first)
        lab.destination.go_back(how).unwrap()
        assert (("2",), [ANN]) == (how.undone, rows_of(lab, ORDERS))
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_table_that_is_to_stay_as_it_is_gets_no_snapshot(self, lab: Lab) -> None:
        first = load_both(lab, ONE, "1", ORDERS)
        lab.destination.go_back(back_to(lab, first)).unwrap()
        assert 1 == lab.snapshots(ORDERS)
