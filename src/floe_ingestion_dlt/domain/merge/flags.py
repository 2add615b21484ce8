"""The values of a hard_delete column: which of them mark a row as deleted, which do not, and which mean neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal as Number
from typing import Final

from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar

DELETING_TEXTS: Final = ("true", "t", "yes", "y", "1", "deleted", "d")
KEEPING_TEXTS: Final = ("false", "f", "no", "n", "0", "")
TEXTS: Final[Mapping[str, bool]] = dict.fromkeys(DELETING_TEXTS, True) | dict.fromkeys(KEEPING_TEXTS, False)
# Named one by one, because Python and Arrow do not call the same characters blanks.
BLANKS: Final = " \t\n\r\f\v\u00a0"
UNDERSTOOD: Final = (
    "true, 1, a date or a timestamp, or one of the texts "
    f"{', '.join(DELETING_TEXTS)}, for a deleted row; false, 0, null, an empty text, or one of the texts "
    f"{', '.join(filter(None, KEEPING_TEXTS))}, for any other row"
)

FLAG_TYPES: Final = frozenset(
    {
        Scalar.BOOLEAN,
        Scalar.INT,
        Scalar.LONG,
        Scalar.FLOAT,
        Scalar.DOUBLE,
        Scalar.STRING,
        Scalar.DATE,
        Scalar.TIMESTAMP,
        Scalar.TIMESTAMPTZ,
    }
)


def can_flag(kind: ColumnType) -> bool:
    """Whether values of this type can say that a row is deleted."""
    return isinstance(kind, Decimal) or kind in FLAG_TYPES


def deletes(value: object) -> bool | None:
    """Whether a row with this *value* is deleted; None if the value does not say it.

    A date or a timestamp is the time at which the row was deleted.
    """
    match value:
        case None | bool():
            return bool(value)
        case int() | float() | Number():
            return bool(value) if value in {0, 1} else None
        case str():
            return TEXTS.get(value.strip(BLANKS).lower())
        case dt.date():
            return True
        case _:
            return None
