"""A table as a catalog keeps it, beside what is true of its rows: roll-backs, cherry-picks, expiry and other writers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, takewhile

from returns.result import Failure, Result

from floe_ingestion_dlt.domain.table_history import (
    History,
    Snapshot,
    Standing,
    Tag,
    Unproven,
    Version,
    history_in,
    traced,
)


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
class StartAnew:
    """As CREATE OR REPLACE TABLE does: a snapshot that is made on nothing, in a table that goes on."""


@dataclass(frozen=True)
class Expire:
    """Snapshots go; with some engines those that stay still *name_parents* that are gone."""

    keep: int
    name_parents: bool = False


@dataclass(frozen=True)
class LoseMetadata:
    """Of the older versions of the table's metadata only the newest can be read."""

    keep: int


@dataclass(frozen=True)
class CherryPick:
    """One of the loads that were rolled back comes again, in a snapshot of its own."""

    which: int


Act = LoadRows | LoadState | ForeignCommit | RollBack | StartAnew | Expire | LoseMetadata | CherryPick


@dataclass(frozen=True)
class Event:
    """What is still true of the table: a *snapshot* or, without one, a load that only brought a state."""

    snapshot: int | None
    load_id: str | None = None
    state: str | None = None
    has_gap: bool = False


@dataclass
class Table:
    """What a load of ours does to copies is what the destination does: untrue ones go, others become doubtful."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    current: int | None = None
    log: list[Version] = field(default_factory=list)
    loads: dict[str, Tag] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None
    true: list[Event] = field(default_factory=list)
    all_loads: list[str] = field(default_factory=list)
    made_on: dict[int, list[Event]] = field(default_factory=dict)
    brought_no_rows: dict[str, Event] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def history(self) -> History:
        shown = history_in(self.snapshots, self.current, dict(self.loads), self.state)
        return traced(shown, reversed(self.log))

    @property
    def true_loads(self) -> list[str]:
        return [event.load_id for event in self.true if event.load_id]

    def after(self, acts: Iterable[Act]) -> Table:
        for act in acts:
            before = dict(self.snapshots)
            self.do(act)
            if not isinstance(act, LoseMetadata):
                self.log.append(before)
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
            case StartAnew():
                self.current = None
                # What came before the first row is nobody's: no row is lost if it counts.
                self.true = list(takewhile(lambda event: event.snapshot is None, self.true))
                self._show(None, None)
            case Expire(keep, name_parents):
                self._expire(keep, name_parents=name_parents)
            case LoseMetadata(keep):
                self.log = self.log[len(self.log) - keep :] if keep < len(self.log) else self.log
            case CherryPick(which):
                self._cherry_pick(which)

    def _load(self, state: str | None, *, with_rows: bool) -> None:
        before = self.history
        if state is not None and isinstance(before.latest_state(), Failure):
            return
        load_id = f"load {len(self.all_loads)}"
        self._note(before)
        known = state or before.proven_state
        if with_rows:
            self._show(load_id, known, event_state=state)
        else:
            self.true.append(Event(None, load_id, state))
            self.brought_no_rows[load_id] = self.true[-1]
        tag = Tag(self.current, self.snapshots[self.current].sequence) if self.current else Tag(None, 0)
        self.loads[load_id] = tag
        self.state = (tag, known) if known else self.state
        self.all_loads.append(load_id)

    def _note(self, before: History) -> None:
        self.loads = {
            load_id: replace(tag, doubtful=tag.doubtful or before.doubts_load(load_id))
            for load_id, tag in self.loads.items()
            if before.standing(tag) is not Standing.OUT
        }
        picked = (s for s in before.snapshots if s.source and s.load_id and s.load_id not in before.loads)
        self.loads |= {s.load_id: Tag(s.id, s.sequence) for s in picked if s.load_id}
        self.state = before.kept_state
        for s in before.without_state():
            if s.id in self.snapshots:
                self.snapshots[s.id] = replace(self.snapshots[s.id], state=before.proven_state)

    def _show(
        self,
        load_id: str | None,
        state: str | None,
        *,
        event_state: str | None = None,
        source: Event | None = None,
        has_gap: bool = False,
    ) -> None:
        sequence = next(self.numbers)
        made = Snapshot(
            1000 - sequence, sequence, load_id, state, self.current, source.snapshot if source else None
        )
        self.made_on[made.id] = list(self.true)
        self.snapshots[made.id] = made
        self.current = made.id
        event = source or Event(made.id, load_id, event_state)
        self.true.append(replace(event, snapshot=made.id, has_gap=has_gap))

    def _roll_back(self, steps: int) -> None:
        for _ in range(steps):
            parent = self.snapshots[self.current].parent if self.current else None
            if parent is None or parent not in self.snapshots:
                return
            at = [event.snapshot for event in self.true].index(self.current)
            del self.true[at:]
            self.current = parent

    def _expire(self, keep: int, *, name_parents: bool) -> None:
        shown = [s.id for s in history_in(self.snapshots, self.current, {}, None).snapshots][:keep]
        gone = {key for key in self.snapshots if key not in shown}
        self.snapshots = {
            key: s if name_parents or s.parent not in gone else replace(s, parent=None)
            for key, s in self.snapshots.items()
            if key in shown
        }

    def _cherry_pick(self, which: int) -> None:
        rolled_back = [
            s
            for s in self.snapshots.values()
            if s.load_id and not s.source and s.load_id not in self.true_loads
        ]
        if not rolled_back or self.current is None:
            return
        picked = rolled_back[which % len(rolled_back)]
        there = set(self.true_loads)
        needed = [e for e in self.made_on[picked.id] if e.load_id and e.state is not None]
        has_gap = any(e.load_id not in there for e in needed) and picked.state is not None
        source = Event(picked.id, picked.load_id, picked.state)
        self._show(None, None, source=source, has_gap=has_gap)
        # What loads without rows said of the picked rows is said of them again.
        self.true += [
            self.brought_no_rows[load_id]
            for load_id, tag in self.loads.items()
            if tag.snapshot_id == picked.id and load_id in self.brought_no_rows
        ]


def is_allowed(latest: Result[str | None, Unproven], true: list[Event]) -> bool:
    """Whether a state is that of the rows; to say that nothing tells is allowed always."""
    return isinstance(latest, Failure) or latest.unwrap() in allowed_states(true)


def allowed_states(true: list[Event]) -> set[str | None]:
    """The state of the newest snapshot that has one, and those that loads without rows brought after it."""
    allowed: set[str | None] = {None}
    for event in true:
        if event.has_gap:
            allowed = set()
        elif event.snapshot is None:
            allowed.add(event.state)
        elif event.state is not None:
            allowed = {event.state}
    return allowed
