"""Numbers in CSV files that have a sign between thousands, such as `1.234,50`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.sources.columns import NOT_FITTING

Texts: TypeAlias = "pa.ChunkedArray[Any]"

# A space also stands for those that do not break a line.
_SPACES: Final = " \u00a0\u202f"
# What pyarrow leaves out around the numbers of a CSV file.
_BLANKS: Final = " \t"
_INFINITE: Final = r"^\s*[+-]?inf"
_LONG_DIGITS: Final = 18


@final
@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are written."""

    decimal_point: str
    thousands: str | None

    def are_texts(self, kind: pa.DataType) -> bool:
        """Whether values of the type are read as text first: pyarrow knows no sign between thousands, and decimals that overflow pass it."""
        return pa.types.is_decimal(kind) or (self.thousands is not None and is_number(kind))

    def type_of(self, texts: Texts) -> pa.DataType | None:
        """The type of texts that are all numbers; None if one is not, or all are null."""
        if self.thousands is None or texts.null_count == len(texts):
            return None
        if not pc.all(self._are_numbers(texts)).as_py():
            return None
        plain = self.plain(texts)
        is_whole = not pc.any(pc.match_substring_regex(plain, "[.eE]")).as_py()
        digits = pc.max(pc.utf8_length(plain)).as_py() or 0
        return pa.int64() if is_whole and digits <= _LONG_DIGITS else pa.float64()

    def plain(self, texts: Texts) -> Texts:
        """The texts with numbers as pyarrow reads them. Where it reads other forms than the file has, texts that are no numbers become null."""
        if self.thousands is None and self.decimal_point == ".":
            return texts
        trimmed = pc.utf8_trim_whitespace(texts)
        joined = pc.replace_substring_regex(trimmed, self._separator(), "")
        pointed = pc.replace_substring(joined, self.decimal_point, ".")
        plain: Texts = pc.if_else(self._are_numbers(texts), pointed, pa.scalar(None, pa.string()))
        return plain

    def column(self, texts: Texts, kind: pa.DataType) -> Texts | int:
        """The column of this type, or the position of the first text that does not fit."""
        plain = self.plain(texts)
        if plain.null_count > texts.null_count:
            wrong = pc.and_(pc.is_valid(texts), pc.is_null(plain))
            return int(pc.index(wrong, pa.scalar(value=True)).as_py())
        try:
            return _cast(plain, kind)
        except NOT_FITTING:
            return _first_misfit(plain, kind)

    def _are_numbers(self, texts: Texts) -> Texts:
        point = re.escape(self.decimal_point)
        whole = rf"(?:[0-9]{{1,3}}(?:{self._separator()}[0-9]{{3}})+|[0-9]+)"
        pattern = rf"^\s*[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?\s*$"
        found: Texts = pc.match_substring_regex(texts, pattern)  # type: ignore[assignment]  # of chunks, as the texts
        return found

    def _separator(self) -> str:
        return f"[{_SPACES}]" if self.thousands == " " else re.escape(self.thousands or "")


def has_infinite(column: Texts) -> bool:
    """Whether a float of the column is infinite."""
    return pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py() is True


def first_too_large(texts: Texts, floats: Texts) -> int | None:
    """The position of the first number that became infinite, although it is not written so."""
    is_word: Any = pc.match_substring_regex(texts, _INFINITE, ignore_case=True)
    place = int(pc.index(pc.and_not(pc.is_inf(floats), is_word), pa.scalar(value=True)).as_py())
    return None if place < 0 else place


def is_number(kind: pa.DataType) -> bool:
    """Whether the type is one of numbers."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _cast(texts: Texts, kind: pa.DataType) -> Texts:
    return cast_exactly(pc.utf8_trim(texts, _BLANKS) if pa.types.is_decimal(kind) else texts, kind)


def _first_misfit(texts: Texts, kind: pa.DataType) -> int:
    """The position of the first text that does not fit into the type; there is one."""
    fitting, end = 0, len(texts)
    while end - fitting > 1:
        middle = (fitting + end) // 2
        if _casts(texts.slice(fitting, middle - fitting), kind):
            fitting = middle
        else:
            end = middle
    return fitting


def _casts(texts: Texts, kind: pa.DataType) -> bool:
    try:
        _cast(texts, kind)
    except NOT_FITTING:
        return False
    return True
