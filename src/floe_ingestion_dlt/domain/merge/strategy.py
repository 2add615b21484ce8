"""What a merge strategy can say: how rows match, and what becomes of those that match and of those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias, final


class Matched(Enum):
    """What happens where a row of the load and one of the table match."""

    REPLACE = auto()
    """The table's row goes, and the load's row comes."""
    KEEP = auto()
    """The table's row stays, and the load's row is left out."""


class New(Enum):
    """What happens to a row of the load that no row of the table matches."""

    ADD = auto()
    LEAVE_OUT = auto()


class Missing(Enum):
    """What happens to a row of the table that no row of the load matches."""

    KEEP = auto()
    REMOVE = auto()


class MissingVersion(Enum):
    """What happens to an active version that the load does not bring."""

    KEEP = auto()
    END = auto()


class Nested(Enum):
    """What happens to the rows of nested tables."""

    FOLLOW = auto()
    """They go and come with their root row."""
    FOLLOW_AND_ADD = auto()
    """They go and come with their root row; those that are new to a root row that stays come, too."""


@final
@dataclass(frozen=True, slots=True)
class ByKey:
    """A strategy that matches rows by their key; *name* is its name in the configuration.

    If it *uses_merge_key*, rows of the table with the merge key of a row of the load match, too. *load_row* and
    *table_row* say in the documentation what becomes of a row of the load and of the table's row with its key.
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
        """Whether a row of the table goes."""
        return self.matched is Matched.REPLACE if is_matched else self.missing is Missing.REMOVE

    def adds(self, *, is_matched: bool) -> bool:
        """Whether a row of the load comes."""
        return self.matched is Matched.REPLACE if is_matched else self.new is New.ADD

    @property
    def applies_every_row(self) -> bool:
        """Whether every row of the load that won its key counts as applied; else those count that are added."""
        return self.adds(is_matched=True) and self.adds(is_matched=False)


@final
@dataclass(frozen=True, slots=True)
class ByVersion:
    """A strategy for tables of versions: rows match that are alike in all columns of a version.

    The table has two columns more, for the time from which and to which a version is valid. A version that is new
    begins, and one that is there goes on. A merge key limits the versions that can be missing to those that share it
    with a row of the load. Nested rows belong to a version: each is added once and stays.
    """

    name: str
    load_row: str
    table_row: str
    missing: MissingVersion = MissingVersion.END


MergeStrategy: TypeAlias = ByKey | ByVersion
