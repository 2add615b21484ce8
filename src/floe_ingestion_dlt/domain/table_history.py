"""Which loads are in a table, and which state belongs to its rows, after roll-backs, cherry-picks, expiry and foreign commits.

A load records its id and state in the snapshot that has its rows, and a copy in table properties, tagged with that snapshot.
The snapshots take precedence: a load that is not in the history of the current snapshot counts as absent. The copies are needed
if snapshots have expired, and for loads that added no rows. A copy is used only if its snapshot is proved to be in that history:
by the chain of parents, by older versions of the table's metadata, or because a later load of this plugin is in the history,
which removed all copies that were wrong at that time.
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

    *parent* is the snapshot on which it was built; None if it is unknown or there was none. *source* is the load's snapshot
    that was cherry-picked into it. It *skips* loads if its source was built on loads that are not in the table.
    """

    id: int
    sequence: int
    load_id: str | None = None
    state: str | None = None
    parent: int | None = None
    source: int | None = None
    skips: bool = False


# All snapshots in one version of a table's metadata, by their ids.
Version: TypeAlias = Mapping[int, Snapshot]


@final
@dataclass(frozen=True, slots=True)
class Tag:
    """The current snapshot when a copy was written; None before the first snapshot.

    It is *doubtful* if a later load could not prove whether it was in the history.
    """

    snapshot_id: int | None
    sequence: int
    doubtful: bool = False


class Standing(Enum):
    """Whether a tag's snapshot belongs to the table's history."""

    IN = "in it"
    OUT = "not in it"
    UNKNOWN = "unknown"


@final
@dataclass(frozen=True, slots=True)
class Unproven:
    """It cannot be proved which state belongs to the table's rows; *snapshot_id* is that of the newest copy."""

    snapshot_id: int | None


@final
@dataclass(frozen=True)
class History:
    """The current snapshot and its known ancestors, newest first, and the tagged copies.

    It is *whole* if there was nothing before the oldest of *snapshots*. The *accepted* snapshot counts as part of it because a
    person decided so.
    """

    snapshots: tuple[Snapshot, ...] = ()
    whole: bool = True
    loads: Mapping[str, Tag] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None
    accepted: int | None = None

    def standing(self, tag: Tag) -> Standing:
        """Whether the tag's snapshot belongs to this history, and not to one that was rolled back."""
        if tag.snapshot_id is None or tag.snapshot_id == self.accepted or tag.snapshot_id in self._places:
            return Standing.IN
        if self.whole or not self.snapshots:
            return Standing.OUT
        oldest = self.snapshots[-1]
        if oldest.parent == tag.snapshot_id:
            return Standing.IN
        if tag.doubtful or oldest.sequence == 0:  # format version 1 has no sequence numbers
            return Standing.UNKNOWN
        if tag.sequence >= oldest.sequence:
            return Standing.OUT
        return Standing.IN if self._has_load else self._before(oldest, tag)

    def _before(self, oldest: Snapshot, tag: Tag) -> Standing:
        """The standing of a tag before *oldest*; if *oldest* was built on a load with a copy, that copy is the newest valid one."""
        tags = [*self.loads.values(), *([self.state[0]] if self.state else [])]
        anchor = next((t for t in tags if t.snapshot_id is not None and t.snapshot_id == oldest.parent), None)
        if anchor is None or anchor.doubtful:
            return Standing.UNKNOWN
        return Standing.IN if tag.sequence < anchor.sequence else Standing.OUT

    @cached_property
    def _has_load(self) -> bool:
        """Whether a load of this plugin was committed in this history; it removed all wrong copies."""
        return any(snapshot.load_id is not None and snapshot.source is None for snapshot in self.snapshots)

    @cached_property
    def _places(self) -> Mapping[int | None, Snapshot]:
        """The snapshots by their ids, and by the ids of those that were cherry-picked into them."""
        picked = ((s.source, s) for s in self.snapshots if s.source is not None)
        return dict([*picked, *((s.id, s) for s in self.snapshots)])

    def _is_picked_unseen(self, tag: Tag) -> bool:
        """Whether the tag's snapshot was cherry-picked, and it is no longer known on which loads it was built."""
        place = self._places.get(tag.snapshot_id)
        is_picked = place is not None and place.source == tag.snapshot_id and place.load_id is None
        return is_picked and tag.snapshot_id is not None and tag.snapshot_id != self.accepted

    def is_true(self, tag: Tag) -> bool:
        """Whether the tag's snapshot is proved to belong to this history."""
        return self.standing(tag) is Standing.IN

    def holds(self, load_id: str) -> bool:
        """Whether the load *load_id* is proved to be in the table."""
        if any(snapshot.load_id == load_id for snapshot in self.snapshots):
            return True
        tag = self.loads.get(load_id)
        return tag is not None and self.is_true(tag)

    def is_unproven(self, load_id: str) -> bool:
        """Whether it cannot be proved if the load *load_id* is in the table."""
        tag = self.loads.get(load_id)
        return not self.holds(load_id) and tag is not None and self.standing(tag) is Standing.UNKNOWN

    def latest_state(self) -> Result[str | None, Unproven]:
        """The pipeline's state that belongs to the table's newest row, or a later one."""
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
        """Whether the copy of the load *load_id* must be marked doubtful by the next load, which would otherwise confirm it."""
        return self.standing(self.loads[load_id]) is Standing.UNKNOWN

    @property
    def kept_state(self) -> tuple[Tag, str] | None:
        """The copy of the state after a commit of a load that has no state of its own.

        It becomes doubtful if it cannot be proved, and if it is that of a cherry-picked load with a gap before it.
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
        """The latest state; None if there is none, or if it cannot be proved."""
        latest = self.latest_state()
        return None if isinstance(latest, Failure) else latest.unwrap()

    @property
    def _newest_state(self) -> Snapshot | None:
        return next((s for s in self.snapshots if s.state is not None), None)

    def _is_gap(self, snapshot: Snapshot) -> bool:
        return snapshot.skips and snapshot.source != self.accepted

    @property
    def is_open(self) -> bool:
        """Whether older versions of the table's metadata may prove what this history does not."""
        tags = [*self.loads.values(), *([self.state[0]] if self.state else [])]
        return bool(self.snapshots) and (
            any(self.standing(tag) is Standing.UNKNOWN for tag in tags)
            or any(s.source is not None and s.load_id is None for s in self.snapshots)
            or (not self.whole and isinstance(self.latest_state(), Failure))
        )

    def without_state(self) -> tuple[Snapshot, ...]:
        """The newest snapshots to which the latest state belongs, but which have no state of their own."""
        since = 0
        if self.state is not None and self.state[1] == self.proven_state:
            tag = self.state[0]
            since = self._places.get(tag.snapshot_id, tag).sequence
        return tuple(takewhile(lambda s: s.state is None and s.sequence >= since, self.snapshots))

    def newest_loads(self, keep: int) -> frozenset[str]:
        """The ids of the *keep* newest loads that may belong to this history; records of others may be dropped."""
        kept = [load for load, tag in self.loads.items() if self.standing(tag) is not Standing.OUT]
        kept.sort(key=lambda load: (self.loads[load].sequence, load), reverse=True)
        return frozenset(kept[:keep])


def traced(history: History, older: Iterable[Version]) -> History:
    """The history, with expired snapshots from *older* versions of the metadata, newest first."""
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
        # It was created after this version and without a parent: expiry removes parents only after there is a child.
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
    """The history of the snapshot *current*, by the newest version of the table's metadata only."""
    shown = picked(ancestors(current, version), version)
    return History(shown, not shown or _begins(shown[-1]), loads, state, accepted)


def ancestors(newest: int | None, version: Version) -> tuple[Snapshot, ...]:
    """The snapshot *newest* and its ancestors, as far as *version* has them."""
    found: list[Snapshot] = []
    while newest is not None and newest in version:
        found.append(version[newest])
        newest = found[-1].parent
    return tuple(found)


def _begins(snapshot: Snapshot) -> bool:
    """Whether *snapshot* was the first; a missing parent alone proves nothing, because expiry removes it, too."""
    return snapshot.parent is None and snapshot.sequence == 1


def picked(shown: tuple[Snapshot, ...], version: Version) -> tuple[Snapshot, ...]:
    """*shown*, with each cherry-picked snapshot as the load that was picked."""
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
    """Whether *source* was built on loads that are not in the history of *ids* and *sources*, or this is not known."""
    chain = (source, *ancestors(source.parent, version))
    own = tuple(takewhile(lambda snapshot: snapshot.id not in ids, chain))
    is_traced = len(own) < len(chain) or _begins(chain[-1])
    missing = (snapshot for snapshot in own[1:] if snapshot.id not in sources)
    return not is_traced or any(_may_have_state(snapshot, version) for snapshot in missing)


def _may_have_state(snapshot: Snapshot, version: Version) -> bool:
    """Whether *snapshot* has or picked a load with a state; true if the picked snapshot is gone, because then it is not known."""
    source = version.get(snapshot.source) if snapshot.source is not None else snapshot
    return source is None or source.state is not None
