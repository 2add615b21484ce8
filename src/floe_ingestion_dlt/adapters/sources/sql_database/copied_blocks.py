"""Blocks of rows that PostgreSQL sent by COPY as CSV, in columns that hold exactly what its own driver reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias, final

import pyarrow as pa
import pyarrow.csv as pacsv
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from floe_ingestion_dlt.adapters.arrow.stubs import Array, as_file
from floe_ingestion_dlt.adapters.sources.columns import TIMESTAMP, TIMESTAMPTZ
from floe_ingestion_dlt.adapters.sources.sql_database.rows import arrow_type, is_unbounded

_TRUTHS: Final = {"t": True, "f": False}
# The hour after the last one of a day, which newer versions of Python read as the first.
_AFTER_THE_DAY: Final = "24:"
# Types whose values the driver reads as PostgreSQL writes them.
_AS_WRITTEN: Final = (
    postgresql.BIT,
    postgresql.MACADDR,
    postgresql.MACADDR8,
    postgresql.MONEY,
    postgresql.TSVECTOR,
)
ReadColumn: TypeAlias = "Array | list[object]"


@final
class UnreadableTimesError(ValueError):
    """The *columns* have dates or times that Python has no value for."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        super().__init__(", ".join(columns))


@final
@dataclass(frozen=True, slots=True)
class CopiedColumns:
    """The columns of a result, whose values are read from the texts that PostgreSQL writes for their types."""

    names: Sequence[str]
    kinds: Sequence[sa.types.TypeEngine[object]]

    def read(self, block: bytearray) -> list[ReadColumn]:
        """The columns of a block of whole rows: in Arrow, or as Python values if their type in Arrow is not known without them.

        Raises UnreadableTimesError.
        """
        try:
            table = _parsed(block, [_type_in_csv(kind) for kind in self.kinds])
        except pa.ArrowInvalid:
            return self._read_exactly(block)
        return [_completed(column, kind) for column, kind in zip(_arrays(table), self.kinds, strict=True)]

    def _read_exactly(self, block: bytearray) -> list[ReadColumn]:
        """The columns of a block with values that Arrow does not read, such as an offset with seconds, or NaN as a decimal."""
        texts = _arrays(_parsed(block, [pa.string()] * len(self.kinds)))
        found: list[ReadColumn] = []
        unreadable = []
        for name, kind, column in zip(self.names, self.kinds, texts, strict=True):
            convert = _conversion_to(_type_in_csv(kind))
            try:
                found.append(_completed(column, kind) if convert is None else _converted(column, convert))
            except ValueError:
                unreadable.append(name)
        if unreadable:
            raise UnreadableTimesError(unreadable)
        return found


def may_be_copied(kind: sa.types.TypeEngine[object]) -> bool:
    """Whether the text that COPY writes for a value of the type has all that the driver would read."""
    if isinstance(kind, sa.ARRAY):  # it is loaded as JSON
        return False
    return isinstance(kind, _AS_WRITTEN) or arrow_type(kind) is not None


def as_copied(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """The column as it is selected for COPY: bytes as hexadecimal digits, whatever the session's form of them is."""
    if isinstance(column.type, sa.LargeBinary):
        return sa.func.encode(column, "hex").label(column.name)
    return column


def is_whole(block: bytearray) -> bool:
    """Whether a text that begins with a row ends with one; a quoted value may have the end of a line."""
    return block.endswith(b"\n") and block.count(b'"') % 2 == 0


def _parsed(block: bytearray, types: Sequence[pa.DataType]) -> pa.Table:
    names = [str(position) for position in range(len(types))]
    return pacsv.read_csv(
        as_file(pa.BufferReader(pa.py_buffer(block))),
        read_options=pacsv.ReadOptions(column_names=names, block_size=len(block) + 1),
        # A null is an empty line if there is one column.
        parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            null_values=[""],
            # COPY quotes an empty text, and not a null.
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _arrays(table: pa.Table) -> list[Array]:
    return [column.combine_chunks() for column in table.columns]


def _type_in_csv(kind: sa.types.TypeEngine[object]) -> pa.DataType:
    """The type in which a column is read from CSV; texts for those whose type depends on their values, and for bytes."""
    known = arrow_type(kind)
    return pa.string() if known is None or pa.types.is_binary(known) or is_unbounded(kind) else known


def _completed(column: Array, kind: sa.types.TypeEngine[object]) -> ReadColumn:
    """The column with its own values, if it was read as texts of them."""
    if isinstance(kind, sa.LargeBinary):
        return pa.array(_converted(column, bytes.fromhex), pa.binary())
    if is_unbounded(kind):
        return _converted(column, Decimal)
    return column if arrow_type(kind) is not None else column.to_pylist()


def _converted(column: Array, convert: Callable[[str], object]) -> list[object]:
    return [None if text is None else convert(text) for text in column.to_pylist()]


def _conversion_to(kind: pa.DataType) -> Callable[[str], object] | None:
    """Reads a text as the driver does; None for texts."""
    if pa.types.is_decimal(kind):
        return Decimal
    converters: dict[pa.DataType, Callable[[str], object]] = {
        pa.bool_(): _TRUTHS.__getitem__,
        pa.int64(): int,
        pa.float64(): float,
        pa.date32(): dt.date.fromisoformat,
        pa.time64("us"): _time,
        TIMESTAMP: dt.datetime.fromisoformat,
        TIMESTAMPTZ: dt.datetime.fromisoformat,
    }
    return converters.get(kind)


def _time(text: str) -> dt.time:
    if text.startswith(_AFTER_THE_DAY):
        raise ValueError
    return dt.time.fromisoformat(text)
