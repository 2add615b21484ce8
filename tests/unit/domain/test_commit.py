from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
    LoadInParts,
)
from tests.unit.domain.scripted_commits import (
    LOAD,
    NESTED,
    ROOT,
    Does,
    ScriptedCommits,
    blindness,
    scripts,
    some_attempts,
)


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

    @given(scripts, blindness, some_attempts, st.integers(1, 3), st.booleans())
    def test_a_final_no_is_true_even_of_what_earlier_runs_have_sent(
        self,
        script: list[Does],
        blind: list[bool],
        attempts: int,
        runs: int,
        fences: bool,  # noqa: FBT001 - hypothesis draws it
    ) -> None:
        to = ScriptedCommits(script, blind, fences=fences)
        for run in range(runs):
            answer = commit_once(LOAD, to, attempts=attempts, was_sent=run > 0)
            if isinstance(answer, Failure) and answer.failure().is_final:
                to.end()
                assert {ROOT: 0, NESTED: 0} == to.copies
                break

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
        acts = [act for act in to.acts if act == "look" or act.startswith("commit")]
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
    def test_a_fence_is_set_only_against_requests_without_an_answer_and_looked_after(
        self, script: list[Does], blind: list[bool], attempts: int
    ) -> None:
        to = ScriptedCommits(script, blind)
        commit_once(LOAD, to, attempts=attempts)
        if not any(does.is_open for does in to.done):
            assert "fence" not in to.acts
        assert all("look" == after for act, after in pairwise(to.acts) if act == "fence")

    @given(scripts, some_attempts)
    def test_running_again_lands_the_load(self, script: list[Does], attempts: int) -> None:
        to = ScriptedCommits(script)
        while isinstance(commit_once(LOAD, to, attempts=attempts), Failure):
            to.end()
        assert to.is_whole


class TestRefusal:
    @given(st.lists(st.sampled_from([Does.CONFLICT, Does.NOT_BUILT_YET]), max_size=4))
    def test_a_refused_load_that_nobody_has_sent_before_is_refused_at_once(self, before: list[Does]) -> None:
        to = ScriptedCommits([*before, Does.REFUSE])
        assert Failure(CommitRefused("t", "1", "no")) == commit_once(LOAD, to)
        assert ["look", f"commit {len(before) + 1}", "look"] == to.acts[-3:]

    def test_a_load_that_landed_in_part_is_taken_back(self) -> None:
        to = ScriptedCommits([Does.LAND_IN_PART])
        assert Failure(CommitRefused("t", "1", "no")) == commit_once(LOAD, to)
        assert {NESTED: 0, ROOT: 0} == to.copies
        assert "take back" == to.acts[-1]

    def test_one_that_cannot_be_taken_back_can_be_finished(self) -> None:
        to = ScriptedCommits([Does.LAND_IN_PART], keeps=True)
        fault = commit_once(LOAD, to).failure()
        assert isinstance(fault, LoadInParts)
        assert (str(ROOT), str(NESTED), "1") == (fault.table, fault.landed, fault.load_id)
        assert {NESTED: 1, ROOT: 0} == to.copies
        assert isinstance(commit_once(LOAD, to), Success)

    @pytest.mark.parametrize("does", [Does.DROP, Does.NOT_BUILT_YET])
    @pytest.mark.parametrize("most", [1, 2, 5])
    def test_only_so_many_attempts_may_stay_unanswered(self, does: Does, most: int) -> None:
        to = ScriptedCommits([Does.CONFLICT, *[does] * 9])
        assert isinstance(commit_once(LOAD, to, unanswered=most), Failure)
        assert [Does.CONFLICT, *[does] * most] == to.done

    @pytest.mark.parametrize("unanswered", [Does.DROP, Does.LAND_LAST])
    @pytest.mark.parametrize("final", [Does.REFUSE, Does.NOT_BUILT])
    def test_a_load_that_is_refused_after_an_attempt_without_an_answer_stays_open_without_a_fence(
        self, unanswered: Does, final: Does
    ) -> None:
        to = ScriptedCommits([unanswered, final], fences=False)
        assert isinstance(commit_once(LOAD, to).failure(), CommitUnknown)

    @pytest.mark.parametrize("unanswered", [Does.DROP, Does.LAND_LAST])
    @pytest.mark.parametrize("final", [Does.REFUSE, Does.NOT_BUILT])
    def test_a_load_that_is_refused_after_an_attempt_without_an_answer_is_settled_by_a_fence(
        self, unanswered: Does, final: Does
    ) -> None:
        to = ScriptedCommits([unanswered, final])
        assert commit_once(LOAD, to).failure().is_final
        assert ["commit 2", "look", "fence", "look"] == to.acts[-4:]
        to.end()
        assert {ROOT: 0, NESTED: 0} == to.copies

    def test_a_refused_load_that_another_run_has_sent_is_fenced_too(self) -> None:
        to = ScriptedCommits([Does.LAND_LAST, Does.REFUSE])
        commit_once(LOAD, to, attempts=1)
        assert isinstance(commit_once(LOAD, to, was_sent=True).failure(), CommitRefused)
        to.end()
        assert {ROOT: 0, NESTED: 0} == to.copies

    def test_one_that_landed_before_the_fence_is_a_success(self) -> None:
        to = ScriptedCommits([Does.LAND_LATE, Does.REFUSE])
        assert isinstance(commit_once(LOAD, to), Success)

    def test_what_cannot_be_built_ends_at_once(self) -> None:
        to = ScriptedCommits([Does.NOT_BUILT])
        fault = DestinationFailed("no room", Category.PERMANENT, "Make room.")
        assert Failure(fault) == commit_once(LOAD, to, pause=to.pause)
        assert ["look", "commit 1", "look"] == to.acts

    def test_races_that_are_all_lost_may_be_run_again(self) -> None:
        to = ScriptedCommits([Does.CONFLICT] * 3)
        assert isinstance(commit_once(LOAD, to, attempts=3).failure(), CommitConflict)


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

    def test_an_answer_that_could_not_be_checked_names_the_tables_and_the_load(self) -> None:
        fault = commit_once(LOAD, ScriptedCommits([Does.REFUSE], blind=[False, True])).failure()
        cause = CommitRefused("t", "1", "no").message
        assert CommitUnknown("bronze.orders__lines, bronze.orders", "1", cause) == fault

    def test_a_part_that_landed_is_not_sent_again(self) -> None:
        to = ScriptedCommits([Does.LAND_IN_PART_AND_LOSE_THE_ANSWER, Does.LAND])
        assert [NESTED, ROOT] == [receipt.table for receipt in commit_once(LOAD, to).unwrap()]
        assert {NESTED: 1, ROOT: 1} == to.copies
