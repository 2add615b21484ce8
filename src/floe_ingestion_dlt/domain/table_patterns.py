"""Tables that are named by patterns: which of those that are there are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import listed


def is_pattern(name: str) -> bool:
    """Whether the name has `*` for any characters, or `?` for one; brackets are part of names."""
    return "*" in name or "?" in name


@final
@dataclass(frozen=True, slots=True)
class TablePatterns:
    """Tables by names and patterns, without the *excluded* ones; patterns find views only with *include_views*."""

    wanted: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    include_views: bool = False

    def matches(self, name: str) -> bool:
        """Whether a table of this name is meant, if it is there."""
        return _is_any(name, self.wanted) and not _is_any(name, self.excluded)

    def among(
        self, tables: Sequence[str], views: Sequence[str], place: str
    ) -> Result[tuple[str, ...], SourceFailed]:
        """The tables that are meant, of those that are in *place*, in the order of their names; a name may also be that of a view."""
        matched = [*tables, *(views if self.include_views else ())]
        known = {*tables, *views}
        for option, names in (("tables", self.wanted), ("exclude_tables", self.excluded)):
            for name in names:
                # Tables that a pattern excludes may come and go.
                is_optional = is_pattern(name) and option == "exclude_tables"
                candidates = matched if is_pattern(name) else known
                if not is_optional and not any(_is_any(each, (name,)) for each in candidates):
                    return Failure(_nothing(option, name, matched, place))
        named = {name for name in self.wanted if name in known}
        found = sorted(name for name in {*matched, *named} if self.matches(name))
        if not found:
            cause = (
                f"exclude_tables leaves none of the tables in {place}, which has {listed(sorted(matched))}"
            )
            return Failure(SourceFailed(cause, Category.CONFIGURATION, "Remove names from exclude_tables."))
        return Success(tuple(found))


def _nothing(option: str, name: str, there: Sequence[str], place: str) -> SourceFailed:
    what = "matches no table" if is_pattern(name) else "is no table"
    has = f"has {listed(sorted(there))}" if there else "has no tables"
    return SourceFailed(
        f"{option}: {name} {what} in {place}, which {has}",
        Category.CONFIGURATION,
        f"Correct {option}; set schema to where the tables are; or set include_views to load views, too.",
    )


def _is_any(name: str, patterns: Sequence[str]) -> bool:
    return any(_regex(pattern).fullmatch(name) for pattern in patterns)


def _regex(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)
