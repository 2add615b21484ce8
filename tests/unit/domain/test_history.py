from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.history import History, Snapshot, Tag


@dataclass(frozen=True)
class LoadRows:
    state: str | None


@dataclass(frozen=True)
class LoadState:
    state: str


@dataclass(frozen=True)
class ForeignCommit:
    pass


@dataclass(frozen=True)
class RollBack:
    steps: int


@dataclass(frozen=True)
class Expire:
    keep: int


Act = LoadRows | LoadState | ForeignCommit | RollBack | Expire


@dataclass(frozen=True)
class Event:
    """What is still true of the table: a *snapshot* or, without one, a load that only brought a state."""

    snapshot: int | None
    load_id: str | None = None
    state: str | None = None


@dataclass
class Table:
    """A table as a catalog keeps it, beside what is true of it.

    A load of ours takes away the copies that a roll-back made untrue, and writes the state down anew: once the
    snapshots have expired, nothing else would tell such copies from true ones.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    loads: dict[str, Tag] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None
    true: list[Event] = field(default_factory=list)
    all_loads: list[str] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    @property
    def history(self) -> History:
        whole = not self.snapshots or self.snapshots[0].sequence == 1
        return History(tuple(reversed(self.snapshots)), whole, dict(self.loads), self.state)

    def after(self, acts: Iterable[Act]) -> Table:
        for act in acts:
            self.do(act)
        return self

    def do(self, act: Act) -> None:
        match act:
            case LoadRows(state):
                self._load(state, with_rows=True)
            case LoadState(state):
                self._load(state, with_rows=False)
            case ForeignCommit():
                self._show(None, None)
            case RollBack(steps):
                self._roll_back(steps)
            case Expire(keep) if self._has_true_copies_only():
                self.snapshots = self.snapshots[-keep:]
            case Expire():
                pass

    def _load(self, state: str | None, *, with_rows: bool) -> None:
        load_id = f"load {len(self.all_loads)}"
        before = self.history
        if with_rows:
            self._show(load_id, state)
        else:
            self.true.append(Event(None, load_id, state))
        tag = Tag(self.snapshots[-1].id, self.snapshots[-1].sequence) if self.snapshots else Tag(None, 0)
        stale = before.state is not None and not before.is_true(before.state[0])
        text = state if state is not None or not stale else before.latest_state()
        if text is not None or stale:
            self.state = None if text is None else (tag, text)
        self.loads = {known: at for known, at in self.loads.items() if before.is_true(at)} | {load_id: tag}
        self.all_loads.append(load_id)

    def _show(self, load_id: str | None, state: str | None) -> None:
        sequence = next(iter(self.numbers))
        self.snapshots.append(Snapshot(1000 - sequence, sequence, load_id, state))
        self.true.append(Event(1000 - sequence, load_id, state))

    def _roll_back(self, steps: int) -> None:
        gone = self.snapshots[1:][-steps:]
        if gone:
            del self.snapshots[-len(gone) :]
            del self.true[[event.snapshot for event in self.true].index(gone[0].id) :]

    def _has_true_copies_only(self) -> bool:
        tags = [*self.loads.values(), *([self.state[0]] if self.state else [])]
        return all(map(self.history.is_true, tags))


states = st.sampled_from("ABC")
forward: st.SearchStrategy[Act] = st.one_of(
    st.builds(LoadRows, st.none() | states),
    st.builds(LoadState, states),
    st.just(ForeignCommit()),
    st.builds(Expire, st.integers(1, 3)),
)
acts = st.lists(forward | st.builds(RollBack, st.integers(1, 3)), max_size=14)
many = settings(max_examples=300)


def without_expiry(done: list[Act]) -> list[Act]:
    return [act for act in done if not isinstance(act, Expire)]


class TestHolds:
    @many
    @given(acts)
    def test_just_the_loads_that_were_not_rolled_back(self, done: list[Act]) -> None:
        table = Table().after(done)
        expected = [event.load_id for event in table.true if event.load_id]
        assert expected == [load_id for load_id in table.all_loads if table.history.holds(load_id)]

    @given(acts)
    def test_no_load_that_never_was(self, done: list[Act]) -> None:
        assert not Table().after(done).history.holds("another")

    def test_a_load_whose_snapshot_expired(self) -> None:
        table = Table().after([LoadRows(None), ForeignCommit(), Expire(1)])
        assert table.history.holds("load 0")

    def test_no_load_that_was_rolled_back_even_if_older_snapshots_expired(self) -> None:
        table = Table().after([LoadRows(None), LoadRows(None), LoadRows(None), Expire(2), RollBack(1)])
        assert [True, True, False] == [table.history.holds(load_id) for load_id in table.all_loads]

    def test_a_load_of_no_rows_from_before_the_first_snapshot(self) -> None:
        table = Table().after([LoadState("A"), ForeignCommit(), ForeignCommit(), RollBack(1)])
        assert table.history.holds("load 0")

    def test_a_load_whose_copy_was_forgotten_but_not_its_snapshot(self) -> None:
        assert History((Snapshot(7, 1, "load"),)).holds("load")


class TestLatestState:
    @many
    @given(acts)
    def test_is_never_ahead_of_the_rows(self, done: list[Act]) -> None:
        table = Table().after(done)
        assert table.history.latest_state() in allowed_states(table.true) | {None}

    @many
    @given(acts.map(without_expiry))
    def test_is_that_of_the_newest_row_or_a_later_one_as_long_as_snapshots_are_kept(
        self, done: list[Act]
    ) -> None:
        table = Table().after(done)
        assert table.history.latest_state() in allowed_states(table.true)

    @many
    @given(st.lists(forward, max_size=14))
    def test_is_the_last_one_written_if_nothing_is_rolled_back(self, done: list[Act]) -> None:
        table = Table().after(done)
        written = [event.state for event in table.true if event.state is not None]
        assert (written[-1] if written else None) == table.history.latest_state()

    def test_goes_back_with_the_rows(self) -> None:
        table = Table().after([LoadRows("A"), LoadRows("B"), RollBack(1)])
        assert "A" == table.history.latest_state()

    def test_of_a_load_without_rows_goes_back_with_the_rows_below_it(self) -> None:
        table = Table().after([LoadRows("A"), LoadRows("B"), LoadState("C"), RollBack(1)])
        assert "A" == table.history.latest_state()

    def test_of_a_load_without_rows_is_newer_than_that_of_the_rows_below_it(self) -> None:
        table = Table().after([LoadRows("A"), LoadState("B"), ForeignCommit()])
        assert "B" == table.history.latest_state()

    def test_of_rows_is_newer_than_what_was_written_before_them(self) -> None:
        tag = Tag(None, 0)
        assert "B" == History((Snapshot(7, 1, "load", "B"),), state=(tag, "A")).latest_state()

    def test_survives_its_snapshot(self) -> None:
        table = Table().after([LoadRows("A"), ForeignCommit(), Expire(1)])
        assert "A" == table.history.latest_state()

    def test_is_unknown_of_a_table_without_loads(self) -> None:
        assert History().latest_state() is None


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

    @pytest.mark.parametrize(("sequence", "expected"), [(2, True), (3, False), (4, False)])
    def test_of_a_snapshot_that_is_gone_if_it_is_older_than_what_is_left(
        self,
        sequence: int,
        expected: bool,  # noqa: FBT001 - a case
    ) -> None:
        assert expected is History((Snapshot(7, 3),), whole=False).is_true(Tag(1, sequence))


def allowed_states(true: list[Event]) -> set[str | None]:
    """The state of the newest snapshot that has one, and those that loads without rows brought after it."""
    allowed: set[str | None] = {None}
    for event in true:
        if event.snapshot is None:
            allowed.add(event.state)
        elif event.state is not None:
            allowed = {event.state}
    return allowed
