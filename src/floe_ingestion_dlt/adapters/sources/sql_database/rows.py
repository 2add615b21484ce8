"""Rows of a database as Arrow tables, with the types of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias, final

import pyarrow as pa
import sqlalchemy as sa
from returns.result import Failure
from sqlalchemy.dialects import mysql, postgresql

from floe_ingestion_dlt.adapters.sources.columns import (
    DECIMAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    Column,
    column_of,
    fitting,
)
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.ports.source import unreadable

MAX_PRECISION: Final = 38
TEXT_TYPES: Final = (
    sa.Interval,
    postgresql.INTERVAL,
    postgresql.CIDR,
    postgresql.ranges.AbstractRange,
    mysql.SET,
)
# A column, or an expression over one, of any type.
SqlColumn: TypeAlias = "sa.ColumnElement[Any]"
# Where PEP 249 keeps a column's precision and scale.
PRECISION, SCALE = 4, 5


@final
@dataclass(slots=True)
class Batches:
    """Makes tables of a result's rows; a column has the reflected type, else the destination table's, else that of its first value."""

    resource: str
    names: list[str]
    types: dict[str, pa.DataType]
    description: tuple[Sequence[object], ...] = ()
    expected: Expected = field(default_factory=Expected)

    def __post_init__(self) -> None:
        self.types |= self.expected.fixed()
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise unreadable(
                f"the result of {self.resource} has more than one column named {', '.join(twice)}",
                "Give each column of the query a name of its own with AS.",
                Category.CONFIGURATION,
            )

    def table(self, rows: Sequence[Sequence[object]]) -> pa.Table:
        """One batch, without columns that had no value yet: dlt makes no columns of them, either."""
        columns: dict[str, Column] = {}
        for position, (name, values) in enumerate(zip(self.names, zip(*rows, strict=True), strict=True)):
            column = self._column(position, name, values)
            if column is not None:
                columns[name] = column
        if columns:
            return pa.table(columns)
        return pa.table({name: pa.nulls(len(rows)) for name in self.names})

    def _column(self, position: int, name: str, values: Sequence[object]) -> Column | None:
        known = self.types.get(name) or self._described(position, values)
        known = known or fitting(values, self.expected.type_of(name))
        result = column_of(values, known)
        if isinstance(result, Failure):
            raise unreadable(
                f"{self.resource}, column {name}: {result.failure().reason}",
                "CAST the column to one type that holds all values (text takes any): in the query, or in a query that is"
                " loaded in the table's place.",
            )
        column = result.unwrap()
        if column is not None:
            if name not in self.types:
                self.expected.keep({name: column.type})
            self.types[name] = column.type
        elif name in self.types:
            return pa.array(values, self.types[name])
        return column

    def _described(self, position: int, values: Sequence[object]) -> pa.DataType | None:
        """The decimal type that the driver reports for a column of decimals."""
        if position >= len(self.description) or not any(isinstance(value, Decimal) for value in values):
            return None
        column = self.description[position]
        precision, scale = column[PRECISION], column[SCALE]
        return _decimal(precision, scale) if isinstance(precision, int) and isinstance(scale, int) else None


def reflected_types(table: sa.Table) -> dict[str, pa.DataType]:
    """The Arrow types of a table's columns; columns of types without a counterpart are left out."""
    found = ((column.name, arrow_type(column.type)) for column in table.columns)
    return {name: known for name, known in found if known is not None}


def as_read(column: sa.Column[object]) -> SqlColumn:
    """The column as it is selected: as the database's own text if the driver's value would differ from what is stored.

    SQLAlchemy turns MySQL's DOUBLE into decimals of ten places, and its TIME, from -838 to 838 hours, into times of day;
    drivers have no common value for a range, an address or an interval; and Arrow's times have no zone.
    """
    kind = column.type
    if isinstance(kind, sa.Float):
        return sa.type_coerce(column, sa.Double(asdecimal=False)).label(column.name)
    if isinstance(kind, mysql.TIME):
        return sa.type_coerce(column, sa.types.NullType()).label(column.name)
    if is_read_as_text(kind):
        return sa.cast(column, sa.Text).label(column.name)
    return column


def is_read_as_text(kind: sa.types.TypeEngine[object]) -> bool:
    """Whether such values are loaded as the database's own text."""
    if isinstance(kind, sa.Time):
        return bool(kind.timezone) and not isinstance(kind, mysql.TIME)
    return isinstance(kind, TEXT_TYPES)


def arrow_type(kind: sa.types.TypeEngine[object]) -> pa.DataType | None:  # noqa: C901, PLR0911 - one line for each type
    """The Arrow type that holds every value of a column of that SQL type."""
    if is_read_as_text(kind):
        return pa.string()
    match kind:
        case sa.Boolean():
            return pa.bool_()
        case sa.Integer():
            return pa.int64()
        case sa.Float():
            return pa.float64()
        case sa.Numeric():
            return _decimal(kind.precision, kind.scale) if kind.asdecimal else pa.float64()
        case sa.DateTime():
            return TIMESTAMPTZ if kind.timezone or kind.__visit_name__ == "DATETIMEOFFSET" else TIMESTAMP
        case sa.Date():
            return pa.date32()
        case sa.Time():
            return pa.time64("us")
        case sa.LargeBinary() | sa.BINARY() | sa.VARBINARY():
            return pa.binary()
        case sa.String() | sa.Uuid() | sa.JSON() | sa.ARRAY():
            return pa.string()
        case _:
            return None


def _decimal(precision: int | None, scale: int | None) -> pa.DataType:
    """The decimal type with these; the widest if the database sets no bounds."""
    if precision is None or not 0 < precision <= MAX_PRECISION or not 0 <= (scale or 0) <= precision:
        return DECIMAL
    return pa.decimal128(precision, scale or 0)
