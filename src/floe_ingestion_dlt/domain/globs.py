"""Globs that are matched name by name, so that folders that cannot match are not opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid

ANY_FOLDERS: Final = "**"

# The indexes of the glob's parts that the next name may match.
Places: TypeAlias = frozenset[int]


@final
@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for paths below a folder: `*`, `?` and `[...]` in a name, and `**` for any number of folders."""

    parts: tuple[re.Pattern[str] | None, ...]

    @classmethod
    def parse(cls, text: str) -> Result[Glob, Invalid]:
        names = [part for part in text.split("/") if part not in {"", "."}]
        if ".." in names:
            return Failure(Invalid("include_glob", text, "a pattern without .., for files below path"))
        if names[-1:] == [ANY_FOLDERS]:
            names.append("*")  # at the end of a pattern it is for all files below
        return Success(cls(tuple(None if n == ANY_FOLDERS else re.compile(translate(n)) for n in names)))

    def start(self) -> Places:
        return self._opened(frozenset({0}))

    def after(self, places: Places, name: str) -> Places:
        """The places after one more *name*; empty if no path with this beginning can match."""
        found = set()
        for place in places:
            if place < len(self.parts):
                part = self.parts[place]
                if part is None:
                    found.add(place)
                elif part.match(name):
                    found.add(place + 1)
        return self._opened(frozenset(found))

    def is_match(self, places: Places) -> bool:
        """Whether a path that ends here matches."""
        return len(self.parts) in places

    def may_go_on(self, places: Places) -> bool:
        """Whether a longer path can match."""
        return any(place < len(self.parts) for place in places)

    def _opened(self, places: Places) -> Places:
        """The places and those after each `**`, which may stand for no folder."""
        found = set(places)
        for place in sorted(places):
            following = place
            while following < len(self.parts) and self.parts[following] is None:
                following += 1
                found.add(following)
        return frozenset(found)
