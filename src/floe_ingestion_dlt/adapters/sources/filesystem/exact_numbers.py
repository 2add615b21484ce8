"""Types in which the digits of numbers in texts are kept: a telephone number, a postal code and an id of twenty digits are not floats."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT

# What is written with a sign or zeros that a number would not keep.
_CODE: Final = r"^\s*(\+|-?0[0-9])"
_WHOLE: Final = r"^\s*-?[0-9]+\s*$"
_WIDEST: Final = pa.decimal128(38, 0)
_MOST_DIGITS: Final = 38


def exact_type(kind: pa.DataType, texts: pa.ChunkedArray[Any]) -> pa.DataType:
    """The type for a column that was taken for numbers of this *kind*, in which no digit of its *texts* is lost."""
    if pc.any(pc.match_substring_regex(texts, _CODE)).as_py():
        return pa.string()
    if not pa.types.is_floating(kind):
        return kind
    is_whole = pc.match_substring_regex(texts, _WHOLE)
    if not pc.all(is_whole).as_py():
        return pa.string() if _has_no_double(texts.filter(is_whole)) else kind
    # Whole numbers, which are taken for floats if one has more than 64 bits.
    digits = pc.utf8_length(pc.utf8_ltrim(pc.utf8_trim_whitespace(texts), "-"))
    return _WIDEST if (pc.max(digits).as_py() or 0) <= _MOST_DIGITS else pa.string()


def _has_no_double(whole: pa.ChunkedArray[Any]) -> bool:
    """Whether one of these whole numbers is beyond those that all have a double."""
    widest = pc.max(pc.abs(whole.cast(pa.decimal256(76, 0)))).as_py() if len(whole) else None
    return widest is not None and widest > LARGEST_EXACT
