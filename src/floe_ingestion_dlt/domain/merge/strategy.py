"""The parts of a merge strategy: how rows match, and what happens to rows that match and to rows that do not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias, final


class Matched(Enum):
    """What happens where a row of the load and one of the table match."""

    REPLACE = auto()
    """The table's row is removed, and the load's row is added."""
    KEEP = auto()
    """The table's row is kept, and the load's row is left out."""


class New(Enum):
    """What happens to a row of the load that no row of the table matches."""

    ADD = auto()
    LEAVE_OUT = auto()


class Missing(Enum):
    """What happens to a row of the table that no row of the load matches."""

    KEEP = auto()
    REMOVE = auto()


class MissingVersion(Enum):
    """What happens to an active version that is not in the load."""

    KEEP = auto()
    END = auto()


class Nested(Enum):
    """What happens to the rows of nested tables."""

    FOLLOW = auto()
    """They are removed and added with their root row."""
    FOLLOW_AND_ADD = auto()
    """They are removed and added with their root row; rows that are new to a root row that is kept are added, too."""


@final
@dataclass(frozen=True, slots=True)
class ByKey:
    """A strategy that matches rows by their key; *name* is its name in the configuration.

    If it *uses_merge_key*, rows of the table with the merge key of a row of the load match, too. *load_row* and
    *table_row* are texts for the documentation: what happens to a row of the load, and to the table's row with its key.
    """

    name: str
    load_row: str
    table_row: str
    matched: Matched
    new: New = New.ADD
    missing: Missing = Missing.KEEP
    nested: Nested = Nested.FOLLOW
    needs_key: bool = True
    uses_merge_key: bool = False

    def removes(self, *, is_matched: bool) -> bool:
        """Whether a row of the table is removed."""
        return self.matched is Matched.REPLACE if is_matched else self.missing is Missing.REMOVE

    def adds(self, *, is_matched: bool) -> bool:
        """Whether a row of the load is added."""
        return self.matched is Matched.REPLACE if is_matched else self.new is New.ADD

    @property
    def applies_every_row(self) -> bool:
        """Whether every winning row of the load counts as applied; if not, only rows that are added count."""
        return self.adds(is_matched=True) and self.adds(is_matched=False)


@final
@dataclass(frozen=True, slots=True)
class ByVersion:
    """A strategy for tables of versions: rows match if they are equal in all columns of a version.

    The table has two more columns: the times from which and to which a version is valid. A new version begins, and an existing
    version continues. With a merge key, only versions can be missing that share it with a row of the load. Nested rows belong to
    a version: each is added once and never removed.
    """

    name: str
    load_row: str
    table_row: str
    missing: MissingVersion = MissingVersion.END


MergeStrategy: TypeAlias = ByKey | ByVersion
