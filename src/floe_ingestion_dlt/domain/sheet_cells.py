"""Cells of a sheet by their rows and columns, which are counted from 0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias, final

Place: TypeAlias = tuple[int, int]

_LETTERS: Final = 26
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def column_letters(column: int) -> str:
    """The letters of a column, as a sheet shows them: A, B, ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters


def place_of(reference: str) -> Place | None:
    """The place of a cell such as `B7`; None if that is no cell."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


@final
@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are merged into one, from the *first* to the *last*."""

    first: Place
    last: Place

    @property
    def name(self) -> str:
        """The cells as a sheet shows them, such as `C3:D4`."""
        return ":".join(f"{column_letters(column)}{row + 1}" for row, column in (self.first, self.last))

    def cells(self) -> list[Place]:
        """All cells but the first, which has the value."""
        rows = range(self.first[0], self.last[0] + 1)
        columns = range(self.first[1], self.last[1] + 1)
        return [(row, column) for row in rows for column in columns if (row, column) != self.first]
