"""The types in which untyped values are read: those of the destination table if they fit.

Otherwise a file with only whole numbers would not fit into a column of floats that an earlier file made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.sources.columns import TIMESTAMP, TIMESTAMPTZ, named_type, type_name
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar
from floe_ingestion_dlt.ports.source import Reading, TypeOf, untyped

_LONG_DIGITS: Final = 19


@final
@dataclass(frozen=True, slots=True)
class Expected:
    """The types of a table's columns in Arrow, and the *types* that the columns of the source have, whatever their values are.

    The load may *discard* values that do not fit into the table.
    """

    known: TypeOf = untyped
    types: dict[str, str] = field(default_factory=dict)
    discards: bool = False

    @classmethod
    def by(cls, reading: Reading) -> Self:
        """The types that a *reading* is given, to which it adds those that are kept."""
        return cls(reading.type_of, reading.types, reading.discards)

    def fixed(self) -> dict[str, pa.DataType]:
        """The types of columns of the source."""
        return {name: named_type(kind) for name, kind in self.types.items()}

    def keep(self, found: Mapping[str, pa.DataType]) -> None:
        """Add the types in which columns of the source were read."""
        self.types.update((name, type_name(kind)) for name, kind in found.items())

    def column_type(self, column: str) -> ColumnType | None:
        """The type of the table's column for a column of the source, whose name may be spelled differently."""
        return self.known(column)

    def type_of(self, column: str) -> pa.DataType | None:
        """The type of the table's column in Arrow; None for nested types and UUIDs, into which values are not read."""
        found = self.known(column)
        is_plain = isinstance(found, Scalar | Decimal) and found is not Scalar.UUID
        return to_arrow(found) if found is not None and is_plain else None


def settled(inferred: pa.DataType, expected: pa.DataType | None) -> pa.DataType:
    """The table's type if it fits the type of the first rows, else their type."""
    expected = _without_zone(expected)
    if expected is None:
        return _stable(inferred)
    fits = (
        pa.types.is_null(inferred)
        or pa.types.is_string(expected)
        or (pa.types.is_floating(expected) and pa.types.is_integer(inferred))
        or (_holds_longs(expected) and pa.types.is_integer(inferred))
        or (expected == TIMESTAMP and pa.types.is_date(inferred))
    )
    return expected if fits else _stable(inferred)


def _holds_longs(kind: pa.DataType) -> bool:
    """Whether the type is a decimal in which every whole number of 64 bits is exact."""
    return pa.types.is_decimal(kind) and kind.precision - kind.scale >= _LONG_DIGITS


def _without_zone(expected: pa.DataType | None) -> pa.DataType | None:
    """The type without its zone, because pyarrow cannot read values without a zone into it; dlt reads them as UTC."""
    return TIMESTAMP if expected == TIMESTAMPTZ else expected


def _stable(inferred: pa.DataType) -> pa.DataType:
    """A type that later blocks and files can have, too: times to the microsecond, and text if nothing is known."""
    if pa.types.is_timestamp(inferred):
        return TIMESTAMPTZ if inferred.tz else TIMESTAMP
    if pa.types.is_time(inferred):
        return pa.time64("us")
    if pa.types.is_null(inferred) or pa.types.is_binary(inferred):
        return pa.string()
    return inferred
