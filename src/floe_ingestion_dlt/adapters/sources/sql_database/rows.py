"""Rows of a database as Arrow tables, with the types of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias, final

import pyarrow as pa
import sqlalchemy as sa
from returns.result import Failure
from sqlalchemy.dialects import mysql, postgresql

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.adapters.arrow.types import from_arrow, to_arrow
from floe_ingestion_dlt.adapters.sources.columns import (
    DECIMAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    Column,
    Kind,
    column_of,
    fitting,
    kinds_of,
)
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conversions import converted, decimals_of
from floe_ingestion_dlt.adapters.sources.sql_database.descriptions import PRECISION, SCALE
from floe_ingestion_dlt.domain.exact_decimals import exact_type
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.schema import Decimal as DecimalType
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
ROUNDS_DECIMALS: Final = "sqlite"


@final
@dataclass(frozen=True, slots=True)
class Declared:
    """The types of columns as the database declares them, and the columns of decimals *unbounded* by it, or wider than a table's can be."""

    types: Mapping[str, pa.DataType] = field(default_factory=dict)
    unbounded: tuple[str, ...] = ()

    def all(self) -> dict[str, pa.DataType]:
        """The types with those that unbounded decimals have if their values allow it."""
        return {**dict.fromkeys(self.unbounded, DECIMAL), **self.types}


@final
@dataclass(slots=True)
class Batches:
    """Makes tables of a result's rows.

    A column has the type that is *named* for it, else the one that the database declares, else the destination table's, else that
    of its first values.
    """

    resource: str
    names: list[str]
    declared: Declared
    description: tuple[Sequence[object], ...] = ()
    expected: Expected = field(default_factory=Expected)
    named: Mapping[str, pa.DataType] = field(default_factory=dict)
    types: dict[str, pa.DataType] = field(init=False)

    def __post_init__(self) -> None:
        named = {name: kind for name, kind in self.named.items() if name in self.names}
        self.types = {**self.declared.types, **self.expected.fixed(), **named}
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise unreadable(
                f"the result of {self.resource} has more than one column named {', '.join(twice)}",
                "Give each column of the query a name of its own with AS.",
                Category.CONFIGURATION,
            )

    def without_rows(self) -> Iterator[pa.Table]:
        """A table with the columns whose types are known, and without rows; nothing if no type is known."""
        known = self.declared.all() | self.types
        columns = {name: pa.array([], known[name]) for name in self.names if name in known}
        if columns:
            yield pa.table(columns)

    def table(self, read: Sequence[Sequence[object] | Array]) -> pa.Table:
        """One batch of columns, each of Python values or in Arrow already; without those that had no value yet: dlt makes no columns of them, either."""
        columns: dict[str, Column] = {}
        for position, (name, values) in enumerate(zip(self.names, read, strict=True)):
            column = self._column(position, name, values)
            if column is not None:
                columns[name] = column
        if columns:
            return pa.table(columns)
        return pa.table({name: pa.nulls(len(values)) for name, values in zip(self.names, read, strict=True)})

    def _column(self, position: int, name: str, values: Sequence[object] | Array) -> Column | None:
        if isinstance(values, pa.Array):
            if values.type == self.types.get(name):
                return values
            values = values.to_pylist()
        known = self.types.get(name)
        decimals = None if known is None else decimals_of(values, known)
        return self._of_values(position, name, values) if decimals is None else decimals

    def _of_values(self, position: int, name: str, values: Sequence[object]) -> Column | None:
        known = self.types.get(name) or self._described(position, values)
        if known is None and name in self.declared.unbounded:
            values = converted(values, DECIMAL)
        if known is not None and (name in self.named or pa.types.is_decimal(known)):
            values = converted(values, known)
        known = known or self._fitting(name, values)
        result = column_of(values, known, from_text=name in self.named)
        if isinstance(result, Failure):
            raise unreadable(
                f"{self.resource}, column {name}: {result.failure().reason}",
                "CAST the column to one type that holds all values (text takes any): in the query, or in a query that is"
                f" loaded in the table's place. Or name such a type in column_types, as in {{{name}: string}} or"
                f" {{{name}: 'decimal128(38, 12)'}}.",
            )
        column = result.unwrap()
        if column is not None:
            if name not in self.types:
                self.expected.keep({name: column.type})
            self.types[name] = column.type
        elif name in self.types:
            return pa.array(values, self.types[name])
        return column

    def _fitting(self, name: str, values: Sequence[object]) -> pa.DataType | None:
        """The destination table's type if the values fit into it; for decimals without bounds, one that holds them exactly."""
        expected = self.expected.type_of(name)
        decimals = [value for value in values if isinstance(value, Decimal)]
        if not decimals or kinds_of(values) - {Kind.DECIMAL, Kind.INT}:
            return fitting(values, expected)
        numbers = [*decimals, *(Decimal(value) for value in values if isinstance(value, int))]
        preferred = [from_arrow(kind) for kind in (expected, DECIMAL) if kind is not None]
        found = exact_type(numbers, [kind for kind in preferred if isinstance(kind, DecimalType)])
        return DECIMAL if found is None else to_arrow(found)

    def _described(self, position: int, values: Sequence[object]) -> pa.DataType | None:
        """The decimal type that the driver reports for a column of decimals."""
        if position >= len(self.description) or not any(isinstance(value, Decimal) for value in values):
            return None
        column = self.description[position]
        precision, scale = column[PRECISION], column[SCALE]
        if not isinstance(precision, int) or not isinstance(scale, int) or precision > MAX_PRECISION:
            return None
        return _decimal(precision, scale)


def declared_types(table: sa.Table, only: Sequence[sa.Column[object]] | None = None) -> Declared:
    """The types of a table's columns, or *only* of some; columns of types without a counterpart are left out."""
    columns = table.columns if only is None else only
    found = ((column.name, arrow_type(column.type)) for column in columns if is_typed(column.type))
    unbounded = tuple(column.name for column in columns if is_unbounded(column.type))
    return Declared({name: known for name, known in found if known is not None}, unbounded)


def is_typed(kind: sa.types.TypeEngine[object]) -> bool:
    """Whether the type of a column is known without its values."""
    return arrow_type(kind) is not None and not is_unbounded(kind)


def is_unbounded(kind: sa.types.TypeEngine[object]) -> bool:
    """Whether they are decimals without bounds, or with more digits than a table can have."""
    if not isinstance(kind, sa.Numeric) or isinstance(kind, sa.Float) or not kind.asdecimal:
        return False
    return not _has_bounds(kind.precision, kind.scale)


def as_read(column: sa.Column[object], dialect: sa.Dialect, named: Mapping[str, str]) -> SqlColumn:
    """The column as it is selected: as the database's own text if the driver's value would differ from what is stored.

    SQLAlchemy turns MySQL's DOUBLE into decimals of ten places, and its TIME, from -838 to 838 hours, into times of day; it rounds
    SQLite's decimals to the places of their type, which SQLite does not enforce;
    drivers have no common value for a range, an address or an interval; and Arrow's times have no zone.
    """
    kind = column.type
    if named.get(column.name) == "string" and not isinstance(kind, sa.String | sa.LargeBinary | sa.JSON):
        return sa.cast(column, sa.Text).label(column.name)
    if isinstance(kind, sa.Float):
        return sa.type_coerce(column, sa.Double(asdecimal=False)).label(column.name)
    is_rounded = isinstance(kind, sa.Numeric) and dialect.name == ROUNDS_DECIMALS
    if isinstance(kind, mysql.TIME) or is_rounded:
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
    return pa.decimal128(precision, scale or 0) if precision and _has_bounds(precision, scale) else DECIMAL


def _has_bounds(precision: int | None, scale: int | None) -> bool:
    return precision is not None and 0 < precision <= MAX_PRECISION and 0 <= (scale or 0) <= precision
