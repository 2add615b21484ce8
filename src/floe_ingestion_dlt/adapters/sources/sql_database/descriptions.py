"""What drivers say of the columns of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.pymysql_results import is_unsigned
from floe_ingestion_dlt.domain.database_sessions import MYSQL
from floe_ingestion_dlt.domain.exact_decimals import digits_in_length

# Where PEP 249 keeps a column's precision and scale.
PRECISION, SCALE = 4, 5


def names_in(cursor: Any) -> list[str]:
    """The names of the columns."""
    return [str(column[0]) for column in cursor.description or ()]


def description_of(cursor: Any, dialect: sa.Dialect) -> tuple[Sequence[object], ...]:
    """The description of each column, as PEP 249 has it, with the precision of decimals as their number of digits."""
    columns = tuple((cursor and cursor.description) or ())
    if dialect.name not in MYSQL:
        return columns
    # Where the sign is not known, it may count as a digit.
    without_sign = is_unsigned(cursor, len(columns))
    return tuple(
        _with_digits(column, has_no_sign=sign) for column, sign in zip(columns, without_sign, strict=True)
    )


def _with_digits(column: Sequence[object], *, has_no_sign: bool) -> Sequence[object]:
    """Drivers of MySQL give the length of a decimal's text as its precision."""
    length, scale = column[PRECISION], column[SCALE]
    if not isinstance(length, int) or not isinstance(scale, int):
        return column
    digits = digits_in_length(length, scale, is_unsigned=has_no_sign)
    return (*column[:PRECISION], digits, *column[PRECISION + 1 :])
