"""The explorer finds every schedule, none of which is bad, and would find the bad ones."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.testing.explorer import MUTANTS, STORIES, Mutant, Story, explore
from floe_ingestion_dlt.testing.explorer.choices import Choices, Script
from floe_ingestion_dlt.testing.explorer.proof import Proof, in_memory

# Three hosts take a minute; `make prove` explores them.
QUICK = [story for story in STORIES if story.most_faults > 1]
BY_NAME = {story.name: story for story in STORIES}


class TestChoices:
    @given(st.lists(st.integers(1, 4), max_size=5))
    def test_every_combination_is_played_once(self, widths: list[int]) -> None:
        played, script = [], Script()
        while script is not None:
            choices = Choices(script)
            played.append(tuple(choices.of(range(width)) for width in widths))
            following = choices.next_script()
            if following is None:
                break
            script = following
        assert sorted(product(*map(range, widths))) == sorted(played)
        assert prod(widths) == len(played)

    def test_the_same_script_makes_the_same_choices(self) -> None:
        first = Choices((2, 1))
        assert ["c", "y"] == [first.of("abc"), first.of("xyz")]
        again = Choices(first.taken)
        assert ["c", "y", "k"] == [again.of("abc"), again.of("xyz"), again.of("kl")]


class TestStories:
    @pytest.mark.parametrize("story", QUICK, ids=lambda story: story.name)
    def test_no_schedule_with_one_fault_is_bad(self, story: Story) -> None:
        verdict = explore(story, in_memory(), 1)
        assert verdict.shortest is None
        assert verdict.schedules > 10

    def test_two_processes_are_played_in_more_than_one_order(self) -> None:
        verdict = explore(BY_NAME["two hosts"], in_memory(), 0)
        assert verdict.schedules > 1


class TestMutants:
    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
    def test_a_guard_that_is_taken_away_is_missed(self, mutant: Mutant) -> None:
        story = BY_NAME[mutant.story]
        bad = any(
            explore(story, in_memory(mutant.catalog), faults, mutant.guards, until_bad=True).bad
            for faults in range(story.most_faults + 1)
        )
        assert bad

    def test_a_bad_schedule_is_told_with_all_that_happens_in_it(self) -> None:
        mutant = next(one for one in MUTANTS if one.guard == "rows follow the state that the table has")
        verdict = explore(BY_NAME[mutant.story], in_memory(), 0, mutant.guards)
        (fault,) = Proof([verdict], []).faults
        assert "rows are doubled: [1, 1]" in fault
        assert "A commits" in fault
        assert "B commits" in fault

    def test_a_guard_that_is_not_needed_is_no_proof(self) -> None:
        fine = explore(BY_NAME["one package, retried"], in_memory(), 0)
        assert ("nothing is bad without: a look before the first attempt",) == Proof(
            [fine], [(MUTANTS[0], fine)]
        ).faults
