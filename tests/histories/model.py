"""What a table has after each step of a history, by the rules that the pages name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.histories.source import Row

Rows: TypeAlias = tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """The rows of a table, and the place of the last one that was loaded by the cursor."""

    rows: Rows = ()
    last: int | None = None

    def appended(self, source: Iterable[Row]) -> Table:
        """After a run that appends: rows from the last place on, of which those that are there are not added again."""
        new = self._new(source)
        there = Counter(self.rows)
        added = (Counter(new) - there).elements()
        return self._with((*self.rows, *added), new)

    def merged(self, source: Iterable[Row]) -> Table:
        """After a run that merges by id."""
        new = {row.id: row for row in self._new(source)}
        kept = [row for row in self.rows if row.id not in new]
        return self._with((*kept, *new.values()), new.values())

    def without_missing(self, source: Iterable[Row]) -> Table:
        """After a run that also deletes the rows whose ids the source has no more."""
        ids = {row.id for row in source}
        return replace(self, rows=tuple(row for row in self.rows if row.id in ids))

    def _new(self, source: Iterable[Row]) -> Rows:
        """The rows that a run reads: those from the last place on, and those without a place."""
        return tuple(
            row for row in source if row.place is None or self.last is None or row.place >= self.last
        )

    def replaced(self, source: Iterable[Row]) -> Table:
        """After a refresh."""
        rows = tuple(source)
        return Table().merged(rows)

    def windowed(self, source: Iterable[Row], window: tuple[int, int], *, merges: bool) -> Table:
        """After a run with a window, which leaves the cursor alone: rows of the window are replaced, or merged by id."""
        places = range(*window)
        new = [row for row in source if row.place in places]
        ids = {row.id for row in new}
        kept = [row for row in self.rows if (row.id not in ids if merges else row.place not in places)]
        return replace(self, rows=(*kept, *new))

    def _with(self, rows: Iterable[Row], new: Iterable[Row]) -> Table:
        places = [row.place for row in new if row.place is not None]
        last = max([*places, *([] if self.last is None else [self.last])], default=None)
        return Table(tuple(rows), last)


@dataclass
class History:
    """The tables of all snapshots, the current one last; None where a crash has left one that nobody saw."""

    tables: list[Table | None] = field(default_factory=list)

    @property
    def now(self) -> Table:
        return (self.tables[-1] or Table()) if self.tables else Table()

    def became(self, table: Table, snapshots: int) -> None:
        """Note the table after a run, if so many snapshots lead to it."""
        if snapshots == len(self.tables):
            return
        self.tables += [None] * (snapshots - len(self.tables) - 1) + [table]

    @property
    def can_roll_back(self) -> bool:
        return len(self.tables) > 1 and self.tables[-2] is not None
