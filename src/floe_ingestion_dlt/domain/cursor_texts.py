"""The texts that a cursor has, and the refusal of those that have no one order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from string import ascii_letters
from typing import Final

from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.text_cursors import refused

# The form of a text is the text with 0 for each digit.
DIGIT: Final = "0"
_NUMBER: Final = re.compile(r"[+-]?0+([.,]0+)?([eE][+-]?0+)?", re.ASCII)
_TIME: Final = re.compile(r"0000-00-00([Tt ]00:00(:00([.,]0+)?)?)?( ?(Z|z|[+-]00(:?00)?))?", re.ASCII)
_DAY: Final = len("0000-00-00")
_OFFSET: Final = re.compile(r"([+-]\d\d(?::?\d\d)?)\Z", re.ASCII)
_SHAPE: Final = str.maketrans(dict.fromkeys(ascii_letters, DIGIT))


class _Alphabet(Enum):
    DIGITS = "[0-9]"
    LOWER = "[a-z]"
    UPPER = "[A-Z]"
    OTHER = r"[^\x00-\x7f]"


class TextOrder(Enum):
    """How a source compares the texts of a cursor."""

    CHARACTERS = "characters"  # by their code points, or in an order that the source tells
    MOMENTS = "moments"  # by code points, and times as times
    UNKNOWN = "unknown"  # by a query that is not ours, and dlt by code points


@dataclass(frozen=True, slots=True)
class CursorTexts:
    """What decides whether the texts of a cursor have one order: of many texts it stays small.

    *shapes* are texts with 0 for each letter and digit; more than one is as bad as many, so at most two are kept.
    """

    numbers: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    has_others: bool = False
    has_empty: bool = False
    shapes: frozenset[str] = frozenset()
    alphabets: frozenset[_Alphabet] = frozenset()

    def seen(self, forms: Iterable[str], ends: Iterable[str]) -> CursorTexts:
        """These and the texts with these *forms*; the last six characters of each text are in *ends*, where times have their zones."""
        found = set(forms)
        new = found - {""}
        numbers = {form for form in new if _NUMBER.fullmatch(form)}
        times = {form for form in new if _TIME.fullmatch(form)}
        shapes = self.shapes | {form.translate(_SHAPE) for form in new}
        return CursorTexts(
            self.numbers | numbers,
            self.times | times,
            self.zones | set(map(_zone, ends)),
            self.has_others or len(new) > len(numbers) + len(times),
            self.has_empty or "" in found,
            frozenset(sorted(shapes)[:2]),
            self.alphabets | _alphabets("".join(new)),
        )

    def unordered(self, column: str, order: TextOrder) -> SourceFailed | None:
        """The refusal of the cursor *column*; None if a source with this *order* sends all texts after the last one."""
        if self.times and (self.numbers or self.has_others or self.has_empty):
            return refused(column, "times and others")
        has_zones = any(len(form) > _DAY for form in self.times)
        several = len(self.times) > 1 or (has_zones and len(self.zones) > 1)
        if several and order is not TextOrder.MOMENTS:
            return refused(column, "times in several forms")
        if len(self.numbers) > 1 and not self.has_others:
            return refused(column, "numbers")
        if order is TextOrder.UNKNOWN and self._depends_on_collation:
            return _refused_by_collation(column)
        return None

    @property
    def _depends_on_collation(self) -> bool:
        """Whether a database may order the texts otherwise than by characters. All collations agree on codes of one shape."""
        has_one_case = not {_Alphabet.LOWER, _Alphabet.UPPER} <= self.alphabets
        is_code = len(self.shapes) == 1 and has_one_case and _Alphabet.DIGITS in self.alphabets
        return self.has_others and (not is_code or _Alphabet.OTHER in self.alphabets)


def _zone(end: str) -> str:
    found = _OFFSET.search(end)
    return found[1] if found else ""


def _alphabets(text: str) -> frozenset[_Alphabet]:
    return frozenset(alphabet for alphabet in _Alphabet if re.search(alphabet.value, text))


def _refused_by_collation(column: str) -> SourceFailed:
    return SourceFailed(
        f"the cursor {column} has texts that a database may order otherwise than dlt, which compares them character by character:"
        " rows would be lost",
        Category.CONFIGURATION,
        "Load the table with source_type sql_database, which compares in the order of the database."
        " Or use a cursor that is a time or a number, or load by merge without a cursor.",
    )
