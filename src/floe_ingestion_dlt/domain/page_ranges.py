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


def page_ranges(pages: int, count: int) -> tuple[PageRange, ...]:
    """At most *count* ranges of about equally many of so many *pages*: together they have every page once, also later ones."""
    count = max(1, min(count, pages // FEWEST_PAGES))
    starts = [pages * number // count for number in range(count)]
    return tuple(PageRange(*ends) for ends in zip(starts, [*starts[1:], None], strict=True))
