"""Ranges of a table's pages, by which several connections read it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

# Fewer pages (of 8 kB) are not worth another connection.
FEWEST_PAGES: Final = 1_024


@final
@dataclass(frozen=True, slots=True)
class PageRange:
    """The pages from *start* on, before *end*; without an end, all that follow."""

    start: int
    end: int | None


@final
@dataclass(frozen=True, slots=True)
class TableSize:
    """The *pages* that have the rows of a table, and their number *with_large_values*, which are on pages of their own."""

    pages: int
    with_large_values: int

    def in_ranges(self, count: int) -> tuple[PageRange, ...]:
        """At most *count* ranges of about equally many pages: together they have every page once, also later ones."""
        worth = max(self.pages, self.with_large_values) // FEWEST_PAGES
        count = max(1, min(count, self.pages, worth))
        starts = [self.pages * number // count for number in range(count)]
        return tuple(PageRange(*ends) for ends in zip(starts, [*starts[1:], None], strict=True))
