"""Columns of MySQL and MariaDB, whose values the server sends as texts: Arrow reads a whole column where it reads what the driver would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.sources.columns import TIMESTAMP
from floe_ingestion_dlt.adapters.sources.sql_database.mysql_packets import Sent
from floe_ingestion_dlt.adapters.sources.sql_database.pymysql_results import SentField
from floe_ingestion_dlt.adapters.sources.sql_database.statements import Process

# The protocol's numbers of types.
_INTEGERS: Final = frozenset({1, 2, 3, 8, 9, 13})
_DECIMALS: Final = frozenset({0, 246})
_FLOATS: Final = frozenset({4, 5})
_DATE: Final = 10
_MOMENTS: Final = frozenset({7, 12})
_TEXTS: Final = frozenset({15, 249, 250, 251, 252, 253, 254})
_UTF8: Final = frozenset({"utf8", "utf-8"})
_FIRST_DAY: Final = date.min
_FIRST_MOMENT: Final = datetime.min  # noqa: DTZ901 - without a zone


@final
@dataclass(frozen=True, slots=True)
class SentColumn:
    """A column of a result, and how SQLAlchemy would *process* the driver's values for the type of the table's column."""

    field: SentField
    process: Process | None = None

    def read(self, sent: Sent, kind: pa.DataType | None) -> Array | list[object]:
        """The column in Arrow, if Arrow reads its *kind* as the driver does, else as the driver's values.

        Raises ArithmeticError, TypeError and ValueError for a value that is not of the column's type.
        """
        if kind is not None and self._is_read_alike(kind):
            try:
                return _in_arrow(sent, kind)
            except pa.ArrowInvalid:  # such as the day 0000-00-00
                pass
        return [None if value is None else self._value(value) for value in sent]

    def _value(self, sent: bytes) -> object:
        value = self.field.value(sent)
        return value if self.process is None else self.process(value)

    def _is_read_alike(self, kind: pa.DataType) -> bool:
        code, encoding = self.field.code, self.field.encoding
        if self.process is not None:
            return False
        if code in _TEXTS:
            return at.is_binary(kind) if encoding is None else at.is_string(kind) and encoding in _UTF8
        return (
            (code in _INTEGERS and at.is_integer(kind))
            or (code in _DECIMALS and at.is_decimal(kind))
            or (code in _FLOATS and at.is_float64(kind))
            or (code == _DATE and at.is_date32(kind))
            or (code in _MOMENTS and kind == TIMESTAMP)
        )


def _in_arrow(sent: Sent, kind: pa.DataType) -> Array:
    if at.is_binary(kind):
        return pa.array(sent, kind)
    texts = pa.array(sent, pa.string())
    column = texts if at.is_string(kind) else cast_exactly(texts, kind)
    if at.is_temporal(kind) and pc.any(pc.less(column, _first(kind))).as_py():
        raise pa.ArrowInvalid  # the year 0, which Python does not have
    return column


def _first(kind: pa.DataType) -> pa.Scalar[Any]:
    """The first value of dates or timestamps in Python."""
    return pa.scalar(_FIRST_DAY if at.is_date(kind) else _FIRST_MOMENT, kind)
