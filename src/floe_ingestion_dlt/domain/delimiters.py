"""Which character divides the values of a text, by how often each row has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success

USUAL: Final = (",", ";", "\t", "|", ":")
# Times and addresses have colons, so another delimiter takes precedence.
_SELDOM: Final = ":"
_IN_WORDS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ":": "colon"}


@final
@dataclass(frozen=True, slots=True)
class Undecided:
    """Several delimiters *fit*, or none does."""

    fit: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.fit:
            return f"its rows can be divided by {' and by '.join(map(in_words, self.fit))}"
        return "no usual delimiter is in each of its first rows equally often"


def dividing(rows: Sequence[str]) -> tuple[str, ...]:
    """The usual delimiters that all *rows* have equally often, and at least once; of quoted values, the rows have nothing."""
    counts = ((each, {row.count(each) for row in rows}) for each in USUAL)
    fit = tuple(each for each, numbers in counts if len(numbers) == 1 and 0 not in numbers)
    return tuple(each for each in fit if each != _SELDOM) or fit


def found_delimiter(rows: Sequence[str]) -> Result[str | None, Undecided]:
    """The delimiter of the *rows*; None if their first one has none, because there is only one column."""
    fit = dividing(rows)
    if len(fit) == 1:
        return Success(fit[0])
    if not rows or not any(each in rows[0] for each in USUAL):
        return Success(None)
    return Failure(Undecided(fit))


def in_words(delimiter: str) -> str:
    """The name of a delimiter."""
    return _IN_WORDS.get(delimiter, repr(delimiter))
