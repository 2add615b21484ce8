"""What a table's history says of loads and of the pipeline's state, after roll-backs, expiry and foreign commits too.

A load leaves its id and state in the snapshot that holds its rows, and a copy in table properties, tagged with that
snapshot. The snapshots have the first word: what is no longer in the history of the current one never happened. The
copies serve where snapshots cannot: when they have expired, and for loads that brought no rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of a table's history, in the order in which snapshots were made."""

    id: int
    sequence: int
    load_id: str | None = None
    state: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Tag:
    """The current snapshot at the moment when a copy was written; None before the first snapshot."""

    snapshot_id: int | None
    sequence: int


@final
@dataclass(frozen=True, slots=True)
class History:
    """The current snapshot and its ancestors, newest first, as far as they have not expired, and the tagged copies."""

    snapshots: tuple[Snapshot, ...] = ()
    whole: bool = True
    loads: Mapping[str, Tag] = field(default_factory=dict)
    state: tuple[Tag, str] | None = None

    def is_true(self, tag: Tag) -> bool:
        """Whether what was tagged belongs to this history and not to one that was rolled back."""
        if tag.snapshot_id is None:
            return True
        if any(tag.snapshot_id == snapshot.id for snapshot in self.snapshots):
            return True
        return not self.whole and tag.sequence < min((s.sequence for s in self.snapshots), default=0)

    def holds(self, load_id: str) -> bool:
        """Whether the load *load_id* is in the table."""
        if any(snapshot.load_id == load_id for snapshot in self.snapshots):
            return True
        tag = self.loads.get(load_id)
        return tag is not None and self.is_true(tag)

    def latest_state(self) -> str | None:
        """The pipeline's state as it was when the newest row of the table was loaded, or later."""
        shown = next((s for s in self.snapshots if s.state is not None), None)
        if self.state is not None and self.is_true(self.state[0]):
            tag, text = self.state
            if shown is None or tag.sequence >= shown.sequence:
                return text
        return shown.state if shown else None

    def newest_loads(self, keep: int) -> frozenset[str]:
        """The ids of the *keep* newest loads that belong to this history; the others may be forgotten."""
        true = [load_id for load_id, tag in self.loads.items() if self.is_true(tag)]
        true.sort(key=lambda load_id: (self.loads[load_id].sequence, load_id), reverse=True)
        return frozenset(true[:keep])
