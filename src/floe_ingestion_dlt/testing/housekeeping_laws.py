"""The laws of housekeeping: it removes what no reader will ever see, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import StagedFilesGone
from floe_ingestion_dlt.domain.load import Landed, Load
from floe_ingestion_dlt.ports.destination import Leftover
from floe_ingestion_dlt.testing.lab import Lab, append, rows_of
from floe_ingestion_dlt.testing.laws import ANN, BOB, ONE, ORDERS, TWO


class HousekeepingLaws:
    """Files that loads left behind are found and removed; rows, states and files of unknown outcomes are kept."""

    def test_files_of_a_load_that_never_was_sent_are_found_when_others_have_landed(self, lab: Lab) -> None:
        left = append(lab, ORDERS, TWO, "left")
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        assert any(_is_of(left, file) and file.bytes for file in found(lab))

    def test_no_file_that_a_snapshot_has_is_found(self, lab: Lab) -> None:
        loads = [append(lab, ORDERS, rows, name) for rows, name in ((ONE, "1"), (TWO, "2"))]
        for load in loads:
            commit_once(load, lab.destination).unwrap()
        lab.roll_back(ORDERS)
        commit_once(append(lab, ORDERS, TWO, "3"), lab.destination).unwrap()
        assert not [file for file in found(lab) if any(_is_of(load, file) for load in loads)]

    def test_an_open_outcome_is_left_alone(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        load = append(lab, ORDERS, TWO, "2")
        with lab.answering(Answer.LOSE_THE_REQUEST):
            commit_once(load, lab.destination, attempts=1)
        remove(lab)
        commit_once(load, lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_an_open_outcome_on_the_newest_snapshot_is_left_alone_however_old_its_files(
        self, lab: Lab
    ) -> None:
        load = append(lab, ORDERS, TWO, "2")
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        with lab.answering(Answer.LOSE_THE_REQUEST):
            commit_once(load, lab.destination, attempts=1)
        remove(lab)
        assert lab.is_there(load.writes[0].files[0])
        commit_once(load, lab.destination).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)

    def test_a_table_without_snapshots_has_no_leftovers(self, lab: Lab) -> None:
        append(lab, ORDERS, TWO, "left")
        assert not found(lab)

    def test_what_is_removed_is_gone_and_no_row_with_it(self, lab: Lab) -> None:
        left = append(lab, ORDERS, TWO, "left")
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        remove(lab)
        assert not lab.is_there(left.writes[0].files[0])
        assert not found(lab)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_what_is_gone_already_counts_as_removed(self, lab: Lab) -> None:
        append(lab, ORDERS, TWO, "left")
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        seen = found(lab)
        lab.destination.remove_leftovers(ORDERS, seen).unwrap()
        lab.destination.remove_leftovers(ORDERS, seen).unwrap()

    def test_a_load_whose_files_were_removed_says_so(self, lab: Lab) -> None:
        left = append(lab, ORDERS, TWO, "left")
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        remove(lab)
        assert isinstance(commit_once(left, lab.destination).failure(), StagedFilesGone)

    def test_compacting_keeps_rows_states_and_loads(self, lab: Lab) -> None:
        first = append(lab, ORDERS, ONE, "1", state="one")
        commit_once(first, lab.destination).unwrap()
        commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
        lab.destination.compact(ORDERS).unwrap()
        assert [ANN, BOB] == rows_of(lab, ORDERS)
        assert "one" == lab.destination.read_state(ORDERS).unwrap()
        assert isinstance(lab.destination.look(first).unwrap(), Landed)

    def test_every_table_of_a_namespace_is_told(self, lab: Lab) -> None:
        lines = ORDERS.sibling("lines")
        for table in (ORDERS, lines):
            append(lab, table, ONE, "1")
        assert {ORDERS, lines} == set(lab.destination.tables_in(ORDERS.namespace).unwrap())
        assert () == lab.destination.tables_in(("nowhere",)).unwrap()


def found(lab: Lab) -> tuple[Leftover, ...]:
    return lab.destination.leftovers(ORDERS, timedelta(0)).unwrap()


def remove(lab: Lab) -> None:
    lab.destination.remove_leftovers(ORDERS, found(lab)).unwrap()


def _is_of(load: Load, file: Leftover) -> bool:
    return any(file.path == staged.path for write in load.writes for staged in write.files)
