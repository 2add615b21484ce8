"""A table's history against a simple model of tables: what is true of the rows is written down beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.table_history import (
    History,
    Snapshot,
    Standing,
    Tag,
    Unproven,
    Version,
    traced,
)
from tests.unit.domain.table_histories import (
    Act,
    CherryPick,
    Expire,
    ForeignCommit,
    LoadRows,
    LoadState,
    LoseMetadata,
    RollBack,
    StartAnew,
    Table,
    allowed_states,
    is_allowed,
)

states = st.sampled_from("ABC")
ours: st.SearchStrategy[Act] = st.one_of(
    st.builds(LoadRows, st.none() | states), st.builds(LoadState, states)
)
forward = st.one_of(ours, st.just(ForeignCommit()), st.builds(Expire, st.integers(1, 3), st.booleans()))
backward = st.one_of(st.builds(RollBack, st.integers(1, 3)), st.just(StartAnew()))
acts = st.lists(forward | backward, max_size=14)
forgetful = st.lists(forward | backward | st.builds(LoseMetadata, st.integers(0, 3)), max_size=14)
picking = st.lists(forward | backward | st.builds(CherryPick, st.integers(0, 3)), max_size=14)
many = settings(max_examples=300)


class TestHolds:
    @many
    @given(acts)
    def test_just_the_loads_that_were_not_rolled_back(self, done: list[Act]) -> None:
        table = Table().after(done)
        held = [load_id for load_id in table.all_loads if table.history.holds(load_id)]
        assert table.true_loads == held

    @many
    @given(forgetful)
    def test_no_load_that_was_rolled_back_whatever_was_lost(self, done: list[Act]) -> None:
        table = Table().after(done)
        held = {load_id for load_id in table.all_loads if table.history.holds(load_id)}
        assert held <= set(table.true_loads)

    @many
    @given(forgetful)
    def test_each_load_or_nothing_tells(self, done: list[Act]) -> None:
        history = (table := Table().after(done)).history
        assert all(history.holds(load_id) or history.is_unproven(load_id) for load_id in table.true_loads)

    @many
    @given(picking)
    def test_loads_that_were_cherry_picked(self, done: list[Act]) -> None:
        table = Table().after(done)
        held = [load_id for load_id in table.all_loads if table.history.holds(load_id)]
        assert sorted(table.true_loads) == sorted(held)

    @given(acts)
    def test_no_load_that_never_was(self, done: list[Act]) -> None:
        assert not Table().after(done).history.holds("another")

    def test_a_load_whose_snapshot_expired(self) -> None:
        table = Table().after([LoadRows(None), ForeignCommit(), Expire(1)])
        assert table.history.holds("load 0")

    def test_no_load_that_was_rolled_back_even_if_older_snapshots_expired(self) -> None:
        table = Table().after([LoadRows(None), LoadRows(None), LoadRows(None), Expire(2), RollBack(1)])
        assert [True, True, False] == [table.history.holds(load_id) for load_id in table.all_loads]

    def test_no_load_of_a_table_that_was_made_anew(self) -> None:
        table = Table().after([LoadRows("A"), LoadRows("B"), StartAnew(), Expire(1)])
        assert [False, False] == [table.history.holds(load_id) for load_id in table.all_loads]

    def test_a_load_of_no_rows_from_before_the_first_snapshot(self) -> None:
        table = Table().after([LoadState("A"), ForeignCommit(), ForeignCommit(), RollBack(1)])
        assert table.history.holds("load 0")

    def test_a_load_whose_copy_was_forgotten_but_not_its_snapshot(self) -> None:
        assert History((Snapshot(7, 1, "load"),)).holds("load")


class TestLatestState:
    @many
    @given(forgetful)
    def test_is_never_ahead_of_the_rows_nor_behind_them_whatever_was_lost(self, done: list[Act]) -> None:
        table = Table().after(done)
        latest = table.history.latest_state()
        assert is_allowed(latest, table.true)

    @many
    @given(acts)
    def test_is_told_by_all_that_expiry_leaves(self, done: list[Act]) -> None:
        table = Table().after(done)
        assert table.history.latest_state().unwrap() in allowed_states(table.true)

    @many
    @given(picking)
    @example([LoadRows("A"), StartAnew(), CherryPick(0), LoadRows(None), RollBack(2), CherryPick(1)])
    @example(
        [
            ForeignCommit(),
            LoadState("A"),
            LoadRows(None),
            StartAnew(),
            CherryPick(0),
            LoadRows(None),
            Expire(1),
        ]
    )
    @example([LoadRows("A"), LoadRows(None), LoadRows(None), StartAnew(), CherryPick(1), CherryPick(1)])
    @example([LoadRows("A"), *[LoadRows(None)] * 3, StartAnew(), CherryPick(2), CherryPick(1), CherryPick(1)])
    @example([LoadRows("A"), *[LoadRows(None)] * 2, StartAnew(), CherryPick(1), LoadRows(None), Expire(1)])
    def test_skips_no_load_that_was_not_picked(self, done: list[Act]) -> None:
        table = Table().after(done)
        assert is_allowed(table.history.latest_state(), table.true)

    @many
    @given(st.lists(forward, max_size=14))
    def test_is_the_last_one_written_if_nothing_is_rolled_back(self, done: list[Act]) -> None:
        table = Table().after(done)
        written = [event.state for event in table.true if event.state is not None]
        assert (written[-1] if written else None) == table.history.latest_state().unwrap()

    def test_goes_back_with_the_rows(self) -> None:
        table = Table().after([LoadRows("A"), LoadRows("B"), RollBack(1)])
        assert "A" == table.history.proven_state

    def test_of_a_load_without_rows_goes_back_with_the_rows_below_it(self) -> None:
        table = Table().after([LoadRows("A"), LoadRows("B"), LoadState("C"), RollBack(1)])
        assert "A" == table.history.proven_state

    def test_of_a_load_without_rows_is_newer_than_that_of_the_rows_below_it(self) -> None:
        table = Table().after([LoadRows("A"), LoadState("B"), ForeignCommit()])
        assert "B" == table.history.proven_state

    def test_of_rows_is_newer_than_what_was_written_before_them(self) -> None:
        tag = Tag(None, 0)
        assert "B" == History((Snapshot(7, 1, "load", "B"),), state=(tag, "A")).proven_state

    def test_survives_its_snapshot(self) -> None:
        table = Table().after([LoadRows("A"), ForeignCommit(), Expire(1)])
        assert "A" == table.history.proven_state

    def test_is_unknown_of_a_table_without_loads(self) -> None:
        assert History().latest_state().unwrap() is None


class TestNewestLoads:
    loads = st.dictionaries(st.text(max_size=3), st.builds(Tag, st.just(1), st.integers(0, 5)))

    @given(loads, st.integers(0, 6))
    def test_are_as_many_as_may_be_kept(self, loads: dict[str, Tag], keep: int) -> None:
        history = History((Snapshot(1, 9),), loads=loads)
        assert min(keep, len(loads)) == len(history.newest_loads(keep))

    @given(loads, st.integers(0, 6))
    def test_leave_out_nothing_newer(self, loads: dict[str, Tag], keep: int) -> None:
        kept = History((Snapshot(1, 9),), loads=loads).newest_loads(keep)
        oldest_kept = min((loads[load_id].sequence for load_id in kept), default=9)
        forgotten = [tag.sequence for load_id, tag in loads.items() if load_id not in kept]
        assert oldest_kept >= max(forgotten, default=0)

    def test_have_none_that_was_rolled_back(self) -> None:
        loads = {"old": Tag(1, 1), "rolled back": Tag(2, 2), "new": Tag(3, 3)}
        history = History((Snapshot(3, 3), Snapshot(1, 1)), loads=loads)
        assert {"old", "new"} == history.newest_loads(9)


class TestIsTrue:
    @pytest.mark.parametrize("whole", [True, False])
    def test_of_what_was_written_before_the_first_snapshot(self, whole: bool) -> None:  # noqa: FBT001 - a case
        assert History((Snapshot(7, 3),), whole).is_true(Tag(None, 0))

    @pytest.mark.parametrize("sequence", [2, 3, 4])
    def test_of_no_snapshot_that_is_gone_if_none_has_expired(self, sequence: int) -> None:
        assert not History((Snapshot(7, 3),), whole=True).is_true(Tag(1, sequence))

    @pytest.mark.parametrize("sequence", [3, 4])
    def test_of_no_snapshot_that_is_gone_if_it_is_as_new_as_what_is_left(self, sequence: int) -> None:
        assert Standing.OUT is History((Snapshot(7, 3),), whole=False).standing(Tag(1, sequence))

    def test_of_no_snapshot_that_is_gone_if_nothing_tells(self) -> None:
        assert Standing.UNKNOWN is History((Snapshot(7, 3),), whole=False).standing(Tag(1, 2))

    def test_of_the_snapshot_on_which_the_oldest_one_was_made(self) -> None:
        assert History((Snapshot(7, 3, parent=1),), whole=False).is_true(Tag(1, 2))

    def test_of_what_is_older_than_the_load_on_which_the_oldest_one_was_made(self) -> None:
        history = History(
            (Snapshot(9, 4, parent=2),), whole=False, loads={"old": Tag(2, 2), "gone": Tag(3, 3)}
        )
        assert Standing.IN is history.standing(Tag(1, 1))
        assert Standing.OUT is history.standing(Tag(3, 3))

    def test_of_what_is_older_than_a_load_that_is_left(self) -> None:
        assert History((Snapshot(7, 3, "load"),), whole=False).is_true(Tag(1, 2))

    def test_of_nothing_that_an_earlier_load_could_not_tell(self) -> None:
        history = History((Snapshot(7, 3, "load"),), whole=False)
        assert Standing.UNKNOWN is history.standing(Tag(1, 2, doubtful=True))

    def test_of_nothing_that_has_no_numbers(self) -> None:
        history = History((Snapshot(7, 0, "load"),), whole=False)
        assert Standing.UNKNOWN is history.standing(Tag(1, 0))

    def test_of_what_a_person_says(self) -> None:
        assert History((Snapshot(7, 3),), whole=False, accepted=1).is_true(Tag(1, 2))


class TestTraced:
    def test_reads_no_older_version_if_the_newest_tells(self) -> None:
        def older() -> Iterator[Version]:
            yield pytest.fail("an older version was read")

        history = History((Snapshot(7, 3, "load"),), whole=False, loads={"old": Tag(1, 2)})
        assert history == traced(history, older())

    def test_finds_the_state_of_a_load_that_expired(self) -> None:
        done: list[Act] = [LoadRows("A"), LoadRows("B"), RollBack(1), ForeignCommit(), Expire(1)]
        assert "A" == Table().after(done).history.latest_state().unwrap()

    def test_says_so_if_nothing_tells(self) -> None:
        done: list[Act] = [
            LoadRows("A"),
            LoadRows("B"),
            RollBack(1),
            ForeignCommit(),
            Expire(1),
            LoseMetadata(0),
        ]
        assert Unproven(998) == Table().after(done).history.latest_state().failure()


class TestCherryPicks:
    def test_bring_no_state_if_nothing_tells_any_more_what_was_before_them(self) -> None:
        done: list[Act] = [
            *(LoadRows("A"), LoadRows("B"), LoadRows("C"), RollBack(2), ForeignCommit(), CherryPick(1)),
            *(Expire(1), LoseMetadata(0)),
        ]
        assert Unproven(997) == Table().after(done).history.latest_state().failure()

    def test_bring_the_state_of_the_load(self) -> None:
        done: list[Act] = [LoadRows("A"), LoadRows("B"), RollBack(1), ForeignCommit(), CherryPick(0)]
        assert "B" == Table().after(done).history.latest_state().unwrap()

    def test_bring_no_state_if_a_load_before_is_missing(self) -> None:
        done: list[Act] = [
            LoadRows("A"),
            LoadRows("B"),
            LoadRows("C"),
            RollBack(2),
            ForeignCommit(),
            CherryPick(1),
        ]
        assert Unproven(997) == Table().after(done).history.latest_state().failure()

    def test_are_remembered_when_all_else_expires(self) -> None:
        done: list[Act] = [LoadRows("A"), LoadRows("B"), RollBack(1), ForeignCommit(), CherryPick(0)]
        table = Table().after([*done, LoadRows("C"), Expire(1), LoseMetadata(0)])
        assert ["load 0", "load 1", "load 2"] == [
            load for load in table.all_loads if table.history.holds(load)
        ]
