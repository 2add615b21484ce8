"""Globs that are matched name by name, so that folders that cannot match are not opened.

As Hadoop has it, names that begin with `.` or `_` are no data, unless the pattern for them begins so, too: writers of other tools keep
what is unfinished below `_temporary`. A name such as `_date=2026-01-01` is a value of a partition.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import translate
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid

ANY_FOLDERS: Final = "**"

# The indexes of the glob's parts that the next name may match.
Places: TypeAlias = frozenset[int]


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is no data."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


@final
@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern for one name; *beginning* is `.` or `_` if it is for hidden names."""

    regex: re.Pattern[str]
    beginning: str = ""

    @classmethod
    def parse(cls, text: str) -> NamePattern:
        return cls(re.compile(translate(text)), text[:1] if is_hidden(text) else "")

    def matches(self, name: str, *, hidden_too: bool = False) -> bool:
        is_shown = hidden_too or not is_hidden(name) or name[:1] == self.beginning
        return is_shown and self.regex.match(name) is not None


@final
@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for paths below a folder: `*`, `?` and `[...]` in a name, and `**` for any number of folders."""

    parts: tuple[NamePattern | None, ...]

    @classmethod
    def parse(cls, text: str) -> Result[Glob, Invalid]:
        names = [part for part in text.split("/") if part not in {"", "."}]
        if ".." in names:
            return Failure(Invalid("include_glob", text, "a pattern without .., for files below path"))
        if names[-1:] == [ANY_FOLDERS]:
            names.append("*")  # at the end of a pattern it is for all files below
        return Success(cls(tuple(None if n == ANY_FOLDERS else NamePattern.parse(n) for n in names)))

    @classmethod
    def of_endings(cls, endings: Collection[str], packed: Collection[str]) -> Glob:
        """All files at any depth whose names have one of the *endings*, in any case, and perhaps one of those of *packed* files."""
        one, more = ("|".join(map(re.escape, sorted(each))) for each in (endings, packed))
        ending = rf".*\.({one})" + (rf"(\.({more}))?" if packed else "")
        return cls((None, NamePattern(re.compile(rf"{ending}\Z", re.IGNORECASE | re.DOTALL))))

    def matches(self, path: str, *, hidden_too: bool = False) -> bool:
        """Whether the path, with `/` between its names, matches."""
        places = self.start()
        for name in path.split("/"):
            places = self.after(places, name, hidden_too=hidden_too)
        return self.is_match(places)

    def start(self) -> Places:
        return self._opened(frozenset({0}))

    def after(self, places: Places, name: str, *, hidden_too: bool = False) -> Places:
        """The places after one more *name*; empty if no path with this beginning can match."""
        found = set()
        for place in places:
            if place < len(self.parts):
                part = self.parts[place]
                if part is None:
                    found |= {place} if hidden_too or not is_hidden(name) else set()
                elif part.matches(name, hidden_too=hidden_too):
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
