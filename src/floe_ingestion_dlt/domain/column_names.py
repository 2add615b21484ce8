"""Names of columns, made of the names that a source has: those of the table's columns, else lower case with underscores, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid

# The longest name that is kept as the source writes it.
LONGEST_NAME: Final = 255

# Iceberg's metadata columns: Spark cannot read a table that has a column of this name.
RESERVED: Final = frozenset(
    {
        "_file",
        "_pos",
        "_deleted",
        "_partition",
        "_spec_id",
        "_row_id",
        "_last_updated_sequence_number",
        "_change_type",
        "_change_ordinal",
        "_commit_snapshot_id",
    }
)


def unreserved(name: str) -> str:
    """The name itself, or `source_file` for a name such as `_file` that Iceberg keeps for itself."""
    return f"source{name}" if name in RESERVED else name


def snake_case(name: str) -> str:
    """The name as dlt's snake case has it, with the letters, marks and digits of every script kept."""
    normal = unicodedata.normalize("NFC", name).translate(_SPELLED)
    letters = (char if char == "_" or unicodedata.category(char)[0] in "LMN" else " " for char in normal)
    kept = re.sub(" +", "_", "".join(letters))
    words = _with_breaks(kept).lower()
    begun = f"_{words}" if words[:1].isdigit() else words
    # dlt tells names apart that end in different numbers of underscores
    stripped = begun.rstrip("_")
    return re.sub("_+", "_", stripped + "x" * (len(begun) - len(stripped)))


_SPELLED: Final = str.maketrans("+-*@|", "x_xal")


def _with_breaks(name: str) -> str:
    """The name with an underscore before each capital letter that begins a word: `userName`, `HTTPServer`."""
    broken: list[str] = []
    for place, char in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        begins = char.isupper() and char != char.lower() and before not in {"", "_"}
        if begins and (before.islower() or before.isdigit() or after.islower()):
            broken.append("_")
        broken.append(char)
    return "".join(broken)


class NameStyle(Enum):
    """How new columns are named."""

    SNAKE_CASE = "snake_case"
    AS_IS = "as_is"

    @classmethod
    def parse(cls, text: str) -> Result[NameStyle, Invalid]:
        known = {style.value: style for style in cls}
        if text in known:
            return Success(known[text])
        return Failure(Invalid("column_names", text, f"one of {', '.join(known)}"))


@final
@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The column of one table for each name that a source has: one that is there, else a new one in the table's *style*.

    A column that is there is found by its exact name, without regard to case, and by its name in snake case. So `OrderDate` of a
    table that another engine made has the values of `OrderDate`, `orderdate`, `order_date` and `Order Date`.
    """

    style: NameStyle
    # Makes snake case of a name.
    snake: Callable[[str], str]
    # The table's columns by the forms of their names; the first column wins.
    exact: frozenset[str]
    by_case: Mapping[str, str]
    by_words: Mapping[str, str]
    # Whether all names are in snake case, so that a name in snake case is that of its column.
    is_plain: bool
    # The names that the settings give to columns of the source, by their names in snake case.
    renamed: Mapping[str, str]

    @classmethod
    def of(
        cls,
        columns: Iterable[str] = (),
        style: NameStyle = NameStyle.SNAKE_CASE,
        snake: Callable[[str], str] = snake_case,
        renamed: Mapping[str, str] = MappingProxyType({}),
    ) -> ColumnNames:
        """The names for a table with these *columns*, where columns of the source are *renamed* first."""
        names = tuple(columns)
        by_case = {name.lower(): name for name in reversed(names)}
        by_words = {snake(name): name for name in reversed(names)}
        is_plain = (
            style is NameStyle.SNAKE_CASE and not renamed and all(snake(name) == name for name in names)
        )
        new = {snake(name): other for name, other in renamed.items()}
        return cls(style, snake, frozenset(names), by_case, by_words, is_plain, new)

    def keeps(self, name: str) -> bool:
        """Whether a column may have this very name."""
        return self.style is NameStyle.AS_IS or name in self.exact

    def in_table(self, name: str) -> str:
        """The column for a name of the source."""
        words = self.snake(name)
        if words in self.renamed:
            name = self.renamed[words]
            words = self.snake(name)
        for exact in (name, words):
            if exact in self.exact:
                return exact
        found = self.by_case.get(name.lower()) or self.by_words.get(words) or self.by_case.get(words)
        return found or self._new(name, words)

    def _new(self, name: str, words: str) -> str:
        # Iceberg writes a dot between a struct and its field.
        is_kept = self.style is NameStyle.AS_IS and name.strip() and len(name) <= LONGEST_NAME
        return unreserved(name.replace(".", "_")) if is_kept else words
