"""Pages of an API that have numbers: which page comes next, and whether all rows came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import ceil
from typing import Final, final

# So many empty pages in a row are requested where an API says that more rows follow.
MOST_EMPTY: Final = 100


class Ending(Enum):
    """What becomes of a reading after a page."""

    GOES_ON = "goes on"
    ENDS = "ends"
    # The configuration's own limit is reached.
    IS_LIMITED = "is limited"
    # Rows or pages are missing that the API has announced.
    IS_INCOMPLETE = "is incomplete"


@final
@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says about all pages: the *total* of rows or pages, and whether it *has_more*; None if it does not say."""

    total: int | None = None
    has_more: bool | None = None


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """The configuration's limits: a *maximum* number, and whether an empty page *ends* the pages if the API does not say more."""

    maximum: int | None = None
    empty_page_ends: bool = True


@final
@dataclass(frozen=True, slots=True)
class OffsetPages:
    """Pages by the offset of their first row.

    The next page is at *offset*. So many rows were *read*. *empty* is the number of empty pages since the last row, and *skipped*
    the number of offsets in empty pages that were followed by rows.
    """

    first: int
    limit: int
    offset: int
    read: int = 0
    empty: int = 0
    skipped: int = 0

    @classmethod
    def starting_at(cls, first: int, limit: int) -> OffsetPages:
        return cls(first, limit, first)

    def after(self, rows: int | None) -> OffsetPages:
        """The state after a page: the offset moves by the rows that came, by the limit if none came or their number is not known."""
        if rows is None:
            return replace(self, offset=self.offset + self.limit, read=self.read + self.limit, empty=0)
        if rows == 0:
            return replace(self, offset=self.offset + self.limit, empty=self.empty + 1)
        return replace(
            self,
            offset=self.offset + rows,
            read=self.read + rows,
            empty=0,
            skipped=self.skipped + self.empty * self.limit,
        )

    def following(self, said: Said, limits: Limits, most: int) -> range:
        """The offsets of the next pages, if they are as long as is asked for: at most so many, and none if the total is not known."""
        if said.total is None or not self.read:
            return range(0)
        end = said.total if limits.maximum is None else min(said.total, limits.maximum)
        return range(self.offset, min(end, self.offset + most * self.limit), self.limit)

    def missing(self, total: int) -> int:
        """The number of rows that did not come; the rows before the first offset were not asked for."""
        return max(total - self.first - self.read, 0)

    def ending(self, said: Said, limits: Limits) -> Ending:
        """What becomes of the reading after the last page."""
        if limits.maximum is not None and self.offset >= limits.maximum:
            return Ending.IS_LIMITED
        if said.total is None:
            return _without_total(said, self.empty, limits)
        if not self._may_have_more(said.total) or said.has_more is False or self.empty >= MOST_EMPTY:
            return Ending.IS_INCOMPLETE if self.missing(said.total) > self.skipped else Ending.ENDS
        return Ending.GOES_ON

    def _may_have_more(self, total: int) -> bool:
        if self.empty:
            is_behind_the_end = self.offset - self.limit >= total
            return self.missing(total) > 0 and not is_behind_the_end
        # an API whose first row is row 1 has one more row than one that skips row 0
        return self.missing(total) > 0 or (self.first == 1 and self.read < total)


@final
@dataclass(frozen=True, slots=True)
class NumberedPages:
    """Pages by their number: the next one is *page*; the API's first one has the number *base*.

    The total is a number of pages; some configurations name one of rows, unless *counts_pages*.
    """

    base: int
    page: int
    counts_pages: bool = False
    read: int = 0
    empty: int = 0

    @classmethod
    def starting_at(cls, first: int, base: int, *, counts_pages: bool) -> NumberedPages:
        """Pages that are read from number *first*; an API of which page 1 is the first to be read begins at 1."""
        return cls(1 if (first, base) == (1, 0) else base, first, counts_pages)

    def following(self, said: Said, limits: Limits, most: int, rows: int) -> range:
        """The next pages, if full ones have so many *rows*: at most so many, and none if the total is not known."""
        if said.total is None or not rows:
            return range(0)
        pages = said.total if self.counts_pages else ceil(said.total / rows)
        end = pages + self.base if limits.maximum is None else min(pages + self.base, limits.maximum)
        return range(self.page, min(end, self.page + most))

    def after(self, rows: int) -> NumberedPages:
        return replace(self, page=self.page + 1, read=self.read + rows, empty=0 if rows else self.empty + 1)

    def ending(self, said: Said, limits: Limits) -> Ending:
        """What becomes of the reading after the last page."""
        if limits.maximum is not None and self.page >= limits.maximum:
            return Ending.IS_LIMITED
        if said.total is None:
            return _without_total(said, self.empty, limits)
        if self.page >= said.total + self.base or said.has_more is False:
            return Ending.ENDS
        if self.empty and self.read == said.total and not self.counts_pages:
            return Ending.ENDS
        return Ending.IS_INCOMPLETE if self.empty >= MOST_EMPTY else Ending.GOES_ON


def _without_total(said: Said, empty: int, limits: Limits) -> Ending:
    """The ending by the API's flag, otherwise by the first empty page."""
    if said.has_more is None:
        return Ending.ENDS if empty and limits.empty_page_ends else Ending.GOES_ON
    if not said.has_more:
        return Ending.ENDS
    return Ending.IS_INCOMPLETE if empty >= MOST_EMPTY else Ending.GOES_ON
