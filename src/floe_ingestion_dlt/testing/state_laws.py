"""The laws of the pipeline's state: it is committed, and rolled back, together with its rows."""

from __future__ import annotations

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import StateMoved
from floe_ingestion_dlt.domain.load import Load
from floe_ingestion_dlt.testing.lab import Lab, append, rows_of, state_after
from floe_ingestion_dlt.testing.laws import ANN, BOB, ONE, ORDERS, TWO


class StateLaws:
    """The pipeline's state matches the rows in the table."""

    def test_a_table_without_loads_has_no_state(self, lab: Lab) -> None:
        assert lab.destination.read_state(ORDERS).unwrap() is None

    def test_the_state_comes_with_the_rows(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_rollback_takes_the_state_back(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_load_may_bring_the_state_alone(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(Load("2", (), state_after(lab, ORDERS, "two")), lab.destination).unwrap()
        assert "two" == lab.destination.read_state(ORDERS).unwrap()
        assert 1 == lab.snapshots(ORDERS)

    def test_a_state_that_came_alone_goes_with_the_rows_before_it(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        commit_once(Load("3", (), state_after(lab, ORDERS, "three")), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_rows_that_another_load_has_read_too_are_refused_and_not_in_the_table(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        late = append(lab, ORDERS, TWO, "late", state="two")
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        assert isinstance(commit_once(late, lab.destination).failure(), StateMoved)
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_rows_that_were_read_before_a_rollback_are_refused(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, ONE, "2", state="two"), lab.destination).unwrap()
        late = append(lab, ORDERS, TWO, "late", state="three")
        lab.roll_back(ORDERS)
        assert isinstance(commit_once(late, lab.destination).failure(), StateMoved)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_files_that_a_snapshot_has_stay_although_it_was_rolled_back(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2", state="two")
        commit_once(load, lab.destination).unwrap()
        lab.roll_back(ORDERS)
        commit_once(append(lab, ORDERS, TWO, "3", state="three"), lab.destination).unwrap()
        assert isinstance(commit_once(load, lab.destination).failure(), StateMoved)
        assert lab.is_there(load.writes[0].files[0])

    def test_a_load_of_rows_without_a_state_follows_any(self, lab: Lab) -> None:
        load = append(lab, ORDERS, TWO, "2")
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(load, lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_the_state_outlives_foreign_commits_and_expiry(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        lab.foreign_commit(ORDERS)
        lab.expire(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_rollback_to_what_somebody_else_did_takes_the_state_back(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        lab.foreign_commit(ORDERS)
        lab.foreign_commit(ORDERS)
        lab.expire(ORDERS)
        lab.foreign_commit(ORDERS)
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_load_without_a_state_carries_the_last_one_on(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        lab.expire(ORDERS)
        commit_once(append(lab, ORDERS, TWO, "3", state="three"), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_state_that_was_rolled_back_stays_gone_when_snapshots_expire(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        commit_once(append(lab, ORDERS, TWO, "3"), lab.destination).unwrap()
        lab.expire(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_state_that_was_rolled_back_stays_gone_when_others_write_and_snapshots_expire(
        self, lab: Lab
    ) -> None:
        commit_once(append(lab, ORDERS, ONE, "1", state="one"), lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2", state="two"), lab.destination).unwrap()
        lab.roll_back(ORDERS)
        lab.foreign_commit(ORDERS)
        lab.expire(ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()

    def test_a_large_state_comes_back_whole(self, lab: Lab) -> None:
        text = "äß" * 50_000
        commit_once(append(lab, ORDERS, ONE, "1", state=text), lab.destination).unwrap()
        assert text == lab.destination.read_state(ORDERS).unwrap()
