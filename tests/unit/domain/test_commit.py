from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
)
from floe_ingestion_dlt.domain.load import (
    Absent,
    Landed,
    Load,
    Look,
    Receipt,
    StagedFile,
    TableVersion,
    TableWrite,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append

ROOT, NESTED = TableName(("bronze",), "orders"), TableName(("bronze",), "orders__lines")


def write_to(table: TableName) -> TableWrite:
    return TableWrite(table, Append(), (StagedFile(f"{table}.parquet", 1, 1),))


LOAD = Load("1", (write_to(NESTED), write_to(ROOT)))


class Does(Enum):
    """What becomes of one attempt to commit."""

    LAND = "lands"
    LAND_AND_LOSE_THE_ANSWER = "lands, and the answer is lost"
    LAND_IN_PART = "lands in the first table, and is refused in the others"
    LAND_IN_PART_AND_LOSE_THE_ANSWER = "lands in the first table, and the answer is lost"
    LAND_LATE = "is on its way when the answer is given up, and lands after the next look if it still can"
    LAND_LAST = "is on its way when the answer is given up, and lands after the run if it still can"
    DROP = "never arrives"
    REFUSE = "is refused"
    CONFLICT = "finds that another writer was first"
    NOT_BUILT = "cannot be built"
    NOT_BUILT_YET = "cannot be built right now"

    @property
    def is_final(self) -> bool:
        return self in {Does.REFUSE, Does.LAND_IN_PART, Does.NOT_BUILT}

    @property
    def is_open(self) -> bool:
        return self in {
            Does.LAND_AND_LOSE_THE_ANSWER,
            Does.LAND_IN_PART_AND_LOSE_THE_ANSWER,
            Does.LAND_LATE,
            Does.LAND_LAST,
            Does.DROP,
        }


class ScriptedCommits:
    """Tables that count the copies of the load in them, and take a commit only at the version that it was built on."""

    def __init__(self, script: Iterable[Does] = (), blind: Iterable[bool] = ()) -> None:
        self.copies = dict.fromkeys(LOAD.tables, 0)
        self.deleted: set[TableName] = set()
        self.acts: list[str] = []
        self.done: list[Does] = []
        self._versions = dict.fromkeys(LOAD.tables, 0)
        self._script = iter(script)
        self._blind = iter(blind)
        self._late: list[Absent] = []
        self._last: list[Absent] = []

    @property
    def is_whole(self) -> bool:
        return all(self.copies.values())

    def pause(self, attempt: int) -> None:
        self.acts.append(f"pause {attempt}")

    def look(self, load: Load) -> Result[Look, CommitFault]:
        self.acts.append("look")
        if next(self._blind, False):
            return Failure(DestinationFailed("no answer", Category.TRANSIENT, "Run again."))
        landed = tuple(_receipt(table) for table in load.tables if self.copies[table])
        missing = tuple(
            TableVersion(table, str(self._versions[table])) for table in load.tables if not self.copies[table]
        )
        return Success(Absent(missing, landed) if missing else Landed(landed))

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        does = next(self._script, Does.LAND)
        self.done.append(does)
        self.acts.append(f"commit {len(self.done)}")
        self._arrive(self._late)
        return self._answers[does](load, base)

    def discard(self, load: Load) -> None:
        self.acts.append("discard")
        self.deleted |= {write.table for write in load.writes}

    def end(self) -> None:
        """All that was on its way arrives."""
        self._arrive(self._late)
        self._arrive(self._last)

    def _arrive(self, late: list[Absent]) -> None:
        while late:
            self._land(late.pop())

    def _land(self, base: Absent, *, tables: int | None = None) -> bool:
        if any(str(self._versions[version.table]) != version.token for version in base.versions):
            return False
        for version in base.versions[:tables]:
            self.copies[version.table] += 1
            self._versions[version.table] += 1
        return True

    @property
    def _answers(self) -> dict[Does, Callable[[Load, Absent], Result[tuple[Receipt, ...], CommitFault]]]:
        return {
            Does.LAND: self._answer_whole,
            Does.LAND_AND_LOSE_THE_ANSWER: lambda _, base: _lost(self._land(base)),
            Does.LAND_IN_PART: lambda _, base: _refused(self._land(base, tables=1)),
            Does.LAND_IN_PART_AND_LOSE_THE_ANSWER: lambda _, base: _lost(self._land(base, tables=1)),
            Does.LAND_LATE: lambda _, base: self._send(base, self._late),
            Does.LAND_LAST: lambda _, base: self._send(base, self._last),
            Does.DROP: lambda _load, _base: _lost(None),
            Does.REFUSE: lambda _load, _base: _refused(None),
            Does.CONFLICT: lambda _load, _base: self._conflict(),
            Does.NOT_BUILT: lambda _load, _base: _unbuilt(Category.PERMANENT),
            Does.NOT_BUILT_YET: lambda _load, _base: _unbuilt(Category.TRANSIENT),
        }

    def _answer_whole(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        if not self._land(base):
            return Failure(CommitConflict("t", load.id, "the table changed after the look"))
        return Success((*base.landed, *(_receipt(version.table) for version in base.versions)))

    @staticmethod
    def _send(base: Absent, way: list[Absent]) -> Result[tuple[Receipt, ...], CommitFault]:
        way.append(base)
        return _lost(None)

    def _conflict(self) -> Result[tuple[Receipt, ...], CommitFault]:
        for table in self._versions:
            self._versions[table] += 1
        return Failure(CommitConflict("t", "1", "another writer was first"))


def _receipt(table: TableName) -> Receipt:
    return Receipt(table, 1, 1, 1, 1)


def _lost(_: object) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(CommitUnknown("t", "1", "the answer was lost"))


def _refused(_: object) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(CommitRefused("t", "1", "no"))


def _unbuilt(category: Category) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(DestinationFailed("no room", category, "Make room."))


scripts = st.lists(st.sampled_from(Does), max_size=6)
blindness = st.lists(st.sampled_from([False, False, False, True]), max_size=6)
some_attempts = st.integers(1, 6)


class TestWhateverHappens:
    @given(scripts, blindness, some_attempts, st.integers(1, 3))
    def test_no_table_ever_has_two_copies(
        self, script: list[Does], blind: list[bool], attempts: int, runs: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        for _ in range(runs):
            commit_once(LOAD, to, attempts=attempts)
            to.end()
            assert max(to.copies.values()) <= 1

    @given(scripts, blindness, some_attempts)
    def test_success_is_one_copy_and_one_receipt_in_every_table(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        answer = commit_once(LOAD, to, attempts=attempts)
        if isinstance(answer, Success):
            assert dict.fromkeys(LOAD.tables, 1) == to.copies
            assert sorted(map(str, LOAD.tables)) == sorted(str(r.table) for r in answer.unwrap())

    @given(scripts, blindness, some_attempts)
    def test_no_file_of_a_table_in_which_the_load_lands_is_deleted(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        commit_once(LOAD, to, attempts=attempts)
        to.end()
        assert not to.deleted & {table for table, copies in to.copies.items() if copies}

    @given(scripts, some_attempts)
    def test_a_final_no_is_true_even_of_what_is_still_on_its_way(
        self, script: list[Does], attempts: int
    ) -> None:
        to = ScriptedCommits(script)
        answer = commit_once(LOAD, to, attempts=attempts)
        to.end()
        if isinstance(answer, Failure) and answer.failure().category is not Category.TRANSIENT:
            assert not to.is_whole

    @given(scripts, blindness, some_attempts)
    def test_there_are_no_more_attempts_than_allowed_and_none_after_a_final_answer(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        commit_once(LOAD, to, attempts=attempts)
        assert len(to.done) <= attempts
        assert not any(does.is_final for does in to.done[:-1])

    @given(scripts, blindness, some_attempts)
    def test_every_attempt_comes_right_after_a_look_and_every_fault_is_looked_after(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        answer = commit_once(LOAD, to, attempts=attempts)
        acts = [act for act in to.acts if not act.startswith("pause")]
        assert all("look" == before for before, act in pairwise(acts) if act != "look")
        assert isinstance(answer, Success) or not acts[-1].startswith("commit")

    @given(scripts, blindness, some_attempts)
    def test_a_pause_lies_between_an_attempt_that_may_be_repeated_and_the_next_look(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        commit_once(LOAD, to, attempts=attempts, pause=to.pause)
        for act, after in pairwise([*to.acts, "end"]):
            assert not act.startswith("pause") or "look" == after
        for before, act in pairwise(to.acts):
            assert not act.startswith("pause") or act.replace("pause", "commit") == before
        final = [f"pause {number}" for number, does in enumerate(to.done, 1) if does.is_final]
        assert not set(final) & set(to.acts)

    @given(scripts, blindness, some_attempts)
    def test_an_open_outcome_deletes_nothing(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        commit_once(LOAD, to, attempts=attempts)
        if any(does.is_open for does in to.done):
            assert "discard" not in to.acts

    @given(scripts, some_attempts)
    def test_running_again_lands_the_load(self, script: list[Does], attempts: int) -> None:
        to = ScriptedCommits(script)
        while isinstance(commit_once(LOAD, to, attempts=attempts), Failure):
            to.end()
        assert to.is_whole


class TestRefusal:
    @given(st.lists(st.sampled_from([Does.CONFLICT, Does.NOT_BUILT_YET]), max_size=4))
    def test_a_refused_load_that_is_absent_is_discarded(self, before: list[Does]) -> None:
        to = ScriptedCommits([*before, Does.REFUSE])
        assert Failure(CommitRefused("t", "1", "no")) == commit_once(LOAD, to)
        assert set(LOAD.tables) == to.deleted

    def test_a_load_that_landed_in_part_keeps_its_files_so_that_it_can_be_finished(self) -> None:
        to = ScriptedCommits([Does.LAND_IN_PART])
        assert isinstance(commit_once(LOAD, to), Failure)
        assert ({NESTED: 1, ROOT: 0}, set()) == (to.copies, to.deleted)
        assert isinstance(commit_once(LOAD, to), Success)

    @pytest.mark.parametrize("unanswered", [Does.DROP, Does.LAND_LAST])
    @pytest.mark.parametrize("final", [Does.REFUSE, Does.NOT_BUILT])
    def test_a_load_that_is_refused_after_an_attempt_without_an_answer_stays_open(
        self, unanswered: Does, final: Does
    ) -> None:
        to = ScriptedCommits([unanswered, final])
        assert isinstance(commit_once(LOAD, to).failure(), CommitUnknown)
        assert set() == to.deleted

    def test_what_cannot_be_built_ends_at_once(self) -> None:
        to = ScriptedCommits([Does.NOT_BUILT])
        fault = DestinationFailed("no room", Category.PERMANENT, "Make room.")
        assert Failure(fault) == commit_once(LOAD, to, pause=to.pause)
        assert ["look", "commit 1", "look", "discard"] == to.acts

    def test_races_that_are_all_lost_may_be_run_again(self) -> None:
        to = ScriptedCommits([Does.CONFLICT] * 3)
        assert isinstance(commit_once(LOAD, to, attempts=3).failure(), CommitConflict)
        assert set() == to.deleted


class TestLook:
    def test_a_load_that_is_there_is_not_committed_again(self) -> None:
        to = ScriptedCommits()
        assert {*commit_once(LOAD, to).unwrap()} == {*commit_once(LOAD, to).unwrap()}
        assert [Does.LAND] == to.done

    def test_tables_that_cannot_be_looked_at_are_left_alone(self) -> None:
        to = ScriptedCommits(blind=[True])
        fault = DestinationFailed("no answer", Category.TRANSIENT, "Run again.")
        assert Failure(fault) == commit_once(LOAD, to)
        assert ["look"] == to.acts

    @pytest.mark.parametrize("does", [does for does in Does if does is not Does.LAND])
    def test_after_an_attempt_nobody_knows_until_the_tables_can_be_looked_at(self, does: Does) -> None:
        to = ScriptedCommits([does], blind=[False, True])
        assert isinstance(commit_once(LOAD, to).failure(), CommitUnknown)
        assert set() == to.deleted

    def test_an_answer_that_could_not_be_checked_names_the_tables_and_the_load(self) -> None:
        fault = commit_once(LOAD, ScriptedCommits([Does.REFUSE], blind=[False, True])).failure()
        cause = CommitRefused("t", "1", "no").message
        assert CommitUnknown("bronze.orders__lines, bronze.orders", "1", cause) == fault

    def test_a_part_that_landed_is_not_sent_again(self) -> None:
        to = ScriptedCommits([Does.LAND_IN_PART_AND_LOSE_THE_ANSWER, Does.LAND])
        assert [NESTED, ROOT] == [receipt.table for receipt in commit_once(LOAD, to).unwrap()]
        assert {NESTED: 1, ROOT: 1} == to.copies
