"""What a table still says of the loads that reached it, after roll-backs, cherry-picks, expiry and foreign commits.

A load leaves its id and state in the snapshot that holds its rows, and a copy in table properties, tagged with that
snapshot. The snapshots have the first word: what is no longer in the history of the current one never happened. The
copies serve where snapshots cannot: when they have expired, and for loads that brought no rows. A copy is believed only
if its snapshot is shown to be in that history: by the chain of parents, by older versions of the table's metadata, or
because a later load of ours is in it, which left no copy behind that was untrue at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import takewhile
from typing import TypeAlias, final

from returns.result import Failure, Result, Success


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of a table's history.

    *parent* is the snapshot on which it was made, None if nobody knows or there was none. *source* is the load's snapshot
    that was cherry-picked into it. It *skips* loads if its source was made on loads that are not in the table.
    """

    id: int
    sequence: int
    load_id: str | None = None
    state: str | None = None
    parent: int | None = None
    source: int | None = None
    skips: bool = False


# All snapshots that one version of a table's metadata has, by their ids.
Version: TypeAlias = Mapping[int, Snapshot]


@final
@dataclass(frozen=True, slots=True)
class Tag:
    """The current snapshot at the moment when a copy was written; None before the first snapshot.

    It is *doubtful* if a later load could not tell whether it was true.
    """

    snapshot_id: int | None
    sequence: int
    doubtful: bool = False


class Standing(Enum):
    """Whether what was tagged belongs to the table's history."""

    IN = "in it"
    OUT = "not in it"
    UNKNOWN = "nothing tells"


@final
@dataclass(frozen=True, slots=True)
class Unproven:
    """Nothing in the table tells which state is that of its rows; *snapshot_id* is that of the newest copy."""

    snapshot_id: int | None


@final
@dataclass(frozen=True)
class History:
    """The current snapshot and its ancestors, newest first, as far as they are known, and the tagged copies.

    It is *whole* if nothing came before the oldest of *snapshots*. The *accepted* snapshot is in it because a person
    says so.
    """

    snapshots: tuple[Snapshot, ...] = ()
    whole: bool = True
    loads: Mapping[str, Tag] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None
    accepted: int | None = None

    def standing(self, tag: Tag) -> Standing:
        """Whether what was tagged belongs to this history, and not to one that was rolled back."""
        if tag.snapshot_id is None or tag.snapshot_id == self.accepted or tag.snapshot_id in self._places:
            return Standing.IN
        if self.whole or not self.snapshots:
            return Standing.OUT
        oldest = self.snapshots[-1]
        if oldest.parent == tag.snapshot_id:
            return Standing.IN
        if tag.doubtful or oldest.sequence == 0:  # tables of format version 1 number no snapshots
            return Standing.UNKNOWN
        if tag.sequence >= oldest.sequence:
            return Standing.OUT
        return Standing.IN if self._has_load else self._before(oldest, tag)

    def _before(self, oldest: Snapshot, tag: Tag) -> Standing:
        """Where *oldest* was made on a load whose copy is there, that copy is the newest true one."""
        tags = [*self.loads.values(), *([self.state[0]] if self.state else [])]
        anchor = next((t for t in tags if t.snapshot_id is not None and t.snapshot_id == oldest.parent), None)
        if anchor is None or anchor.doubtful:
            return Standing.UNKNOWN
        return Standing.IN if tag.sequence < anchor.sequence else Standing.OUT

    @cached_property
    def _has_load(self) -> bool:
        """Whether a load of ours was made in this history; when it was, it left no untrue copy behind."""
        return any(snapshot.load_id is not None and snapshot.source is None for snapshot in self.snapshots)

    @cached_property
    def _places(self) -> Mapping[int | None, Snapshot]:
        """The snapshots by their ids, and by the ids of those that were cherry-picked into them."""
        picked = ((s.source, s) for s in self.snapshots if s.source is not None)
        return dict([*picked, *((s.id, s) for s in self.snapshots)])

    def _is_picked_unseen(self, tag: Tag) -> bool:
        """Whether what was tagged came by a cherry-pick, and nothing tells any more on which loads it was made."""
        place = self._places.get(tag.snapshot_id)
        is_picked = place is not None and place.source == tag.snapshot_id and place.load_id is None
        return is_picked and tag.snapshot_id is not None and tag.snapshot_id != self.accepted

    def is_true(self, tag: Tag) -> bool:
        """Whether what was tagged is proved to belong to this history."""
        return self.standing(tag) is Standing.IN

    def holds(self, load_id: str) -> bool:
        """Whether the load *load_id* is proved to be in the table."""
        if any(snapshot.load_id == load_id for snapshot in self.snapshots):
            return True
        tag = self.loads.get(load_id)
        return tag is not None and self.is_true(tag)

    def is_unproven(self, load_id: str) -> bool:
        """Whether nothing tells if the load *load_id* is in the table."""
        tag = self.loads.get(load_id)
        return not self.holds(load_id) and tag is not None and self.standing(tag) is Standing.UNKNOWN

    def latest_state(self) -> Result[str | None, Unproven]:
        """The pipeline's state as it was when the newest row of the table was loaded, or later."""
        shown = self._newest_state
        if self.state is not None and self._is_picked_unseen(self.state[0]):
            return Failure(Unproven(self.state[0].snapshot_id))
        if self.state is not None and self.is_true(self.state[0]):
            tag, text = self.state
            place = self._places.get(tag.snapshot_id, tag)
            if shown is None or (place.sequence >= shown.sequence and not self._is_gap(shown)):
                return Success(text)
        if shown is not None:
            return Failure(Unproven(shown.source)) if self._is_gap(shown) else Success(shown.state)
        if self.state is None or self.whole:
            return Success(None)
        return Failure(Unproven(self.state[0].snapshot_id))

    def doubts_load(self, load_id: str) -> bool:
        """Whether a load that is written now must not seem to vouch for the copy of the load *load_id*."""
        return self.standing(self.loads[load_id]) is Standing.UNKNOWN

    @property
    def kept_state(self) -> tuple[Tag, str] | None:
        """The copy of a state as a load leaves it that is written now and brings none.

        It becomes doubtful where nothing tells whether it is true. So does that of a cherry-picked load with a gap before it.
        """
        gap = self._newest_state
        if gap is not None and gap.state is not None and isinstance(self.latest_state(), Failure):
            return Tag(gap.source, gap.sequence, doubtful=True), gap.state
        if self.state is None or self.standing(self.state[0]) is Standing.OUT:
            return None
        tag, state = self.state
        is_doubted = self.standing(tag) is Standing.UNKNOWN or self._is_picked_unseen(tag)
        return replace(tag, doubtful=tag.doubtful or is_doubted), state

    @property
    def proven_state(self) -> str | None:
        """The latest state, None also where nothing tells which one that is."""
        latest = self.latest_state()
        return None if isinstance(latest, Failure) else latest.unwrap()

    @property
    def _newest_state(self) -> Snapshot | None:
        return next((s for s in self.snapshots if s.state is not None), None)

    def _is_gap(self, snapshot: Snapshot) -> bool:
        return snapshot.skips and snapshot.source != self.accepted

    @property
    def is_open(self) -> bool:
        """Whether older versions of the table's metadata may tell what this history does not."""
        tags = [*self.loads.values(), *([self.state[0]] if self.state else [])]
        return bool(self.snapshots) and (
            any(self.standing(tag) is Standing.UNKNOWN for tag in tags)
            or any(s.source is not None and s.load_id is None for s in self.snapshots)
            or (not self.whole and isinstance(self.latest_state(), Failure))
        )

    def without_state(self) -> tuple[Snapshot, ...]:
        """The snapshots for which the latest state is true as well, and which do not say so themselves."""
        since = 0
        if self.state is not None and self.state[1] == self.proven_state:
            tag = self.state[0]
            since = self._places.get(tag.snapshot_id, tag).sequence
        return tuple(takewhile(lambda s: s.state is None and s.sequence >= since, self.snapshots))

    def newest_loads(self, keep: int) -> frozenset[str]:
        """The ids of the *keep* newest loads that may belong to this history; the others may be forgotten."""
        kept = [load for load, tag in self.loads.items() if self.standing(tag) is not Standing.OUT]
        kept.sort(key=lambda load: (self.loads[load].sequence, load), reverse=True)
        return frozenset(kept[:keep])


def traced(history: History, older: Iterable[Version]) -> History:
    """The history with snapshots that have expired, as far as *older* versions, the newest first, tell of them."""
    if history.is_open:
        for version in older:
            history = _with_older(history, version)
            if not history.is_open:
                break
    return history


def _with_older(history: History, version: Version) -> History:
    *newer, oldest = history.snapshots
    known = version.get(oldest.id)
    if known is None and oldest.parent is None:
        # It was made after this version, and on nothing: expiry takes parents away, but not before there is a child.
        return replace(history, whole=True)
    parent = oldest.parent if known is None else known.parent or oldest.parent
    found = (*newer, replace(oldest, parent=parent), *ancestors(parent, version))
    return replace(history, snapshots=picked(found, version), whole=_begins(found[-1]))


def history_in(
    version: Version,
    current: int | None,
    loads: Mapping[str, Tag],
    state: tuple[Tag, str] | None,
    accepted: int | None = None,
) -> History:
    """The history of the snapshot *current*, by the table's newest version alone."""
    shown = picked(ancestors(current, version), version)
    return History(shown, not shown or _begins(shown[-1]), loads, state, accepted)


def ancestors(newest: int | None, version: Version) -> tuple[Snapshot, ...]:
    """The snapshot *newest* and those on which it was made, as far as *version* has them."""
    found: list[Snapshot] = []
    while newest is not None and newest in version:
        found.append(version[newest])
        newest = found[-1].parent
    return tuple(found)


def _begins(snapshot: Snapshot) -> bool:
    """Whether nothing was before *snapshot*; that it has no parent says nothing, because expiry takes that away too."""
    return snapshot.parent is None and snapshot.sequence == 1


def picked(shown: tuple[Snapshot, ...], version: Version) -> tuple[Snapshot, ...]:
    """*shown*, where a snapshot that came by a cherry-pick counts as the load that was picked."""
    ids = {snapshot.id for snapshot in shown}
    sources = {snapshot.source for snapshot in shown if snapshot.source is not None}

    def as_load(snapshot: Snapshot) -> Snapshot:
        source = version.get(snapshot.source) if snapshot.source is not None else None
        if source is None:
            return snapshot
        if source.load_id is None:
            return replace(snapshot, source=None)
        skips = source.state is not None and _skips(source, ids, sources, version)
        return replace(snapshot, load_id=source.load_id, state=source.state, skips=skips)

    return tuple(as_load(snapshot) for snapshot in shown)


def _skips(source: Snapshot, ids: AbstractSet[int], sources: AbstractSet[int], version: Version) -> bool:
    """Whether *source* was made on loads that are not in the history of *ids* and *sources*, or nothing tells."""
    chain = (source, *ancestors(source.parent, version))
    own = tuple(takewhile(lambda snapshot: snapshot.id not in ids, chain))
    is_traced = len(own) < len(chain) or _begins(chain[-1])
    missing = (snapshot for snapshot in own[1:] if snapshot.id not in sources)
    return not is_traced or any(_may_have_state(snapshot, version) for snapshot in missing)


def _may_have_state(snapshot: Snapshot, version: Version) -> bool:
    """Whether a load with a state is in *snapshot*, be it one that was picked; nothing tells where that one is gone."""
    source = version.get(snapshot.source) if snapshot.source is not None else snapshot
    return source is None or source.state is not None
