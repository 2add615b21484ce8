"""What drivers say of the columns of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from floe_ingestion_dlt.domain.database_sessions import MYSQL
from floe_ingestion_dlt.domain.exact_decimals import digits_in_length

# Where PEP 249 keeps a column's precision and scale.
PRECISION, SCALE = 4, 5
# The flag of MySQL's protocol for a column without a sign.
_UNSIGNED: Final = 32


def description_of(result: sa.CursorResult[object]) -> tuple[Sequence[object], ...]:
    """The description of each column, as PEP 249 has it, with the precision of decimals as their number of digits."""
    cursor: Any = result.cursor
    columns = tuple((cursor and cursor.description) or ())
    if result.dialect.name not in MYSQL:
        return columns
    # PyMySQL has no public way to the flags; without them, the sign may count as a digit.
    fields = getattr(getattr(cursor, "_result", None), "fields", None) or [None] * len(columns)
    return tuple(
        _with_digits(column, getattr(field, "flags", _UNSIGNED))
        for column, field in zip(columns, fields, strict=True)
    )


def _with_digits(column: Sequence[object], flags: int) -> Sequence[object]:
    """Drivers of MySQL give the length of a decimal's text as its precision."""
    length, scale = column[PRECISION], column[SCALE]
    if not isinstance(length, int) or not isinstance(scale, int):
        return column
    digits = digits_in_length(length, scale, is_unsigned=bool(flags & _UNSIGNED))
    return (*column[:PRECISION], digits, *column[PRECISION + 1 :])
