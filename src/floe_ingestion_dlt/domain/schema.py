"""Columns and their types, in Iceberg's own terms (format version 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, final


class Scalar(Enum):
    """A type without parameters."""

    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    STRING = "string"
    BINARY = "binary"
    UUID = "uuid"

    def __str__(self) -> str:
        return self.value


@final
@dataclass(frozen=True, slots=True)
class Decimal:
    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision}, {self.scale})"


@final
@dataclass(frozen=True, slots=True)
class Fixed:
    length: int

    def __str__(self) -> str:
        return f"fixed[{self.length}]"


@final
@dataclass(frozen=True, slots=True)
class ListOf:
    element: ColumnType

    def __str__(self) -> str:
        return f"list<{self.element}>"


@final
@dataclass(frozen=True, slots=True)
class MapOf:
    key: ColumnType
    value: ColumnType

    def __str__(self) -> str:
        return f"map<{self.key}, {self.value}>"


@final
@dataclass(frozen=True, slots=True)
class StructOf:
    fields: tuple[Column, ...]

    def __str__(self) -> str:
        return f"struct<{', '.join(f'{f.name}: {f.type}' for f in self.fields)}>"


ColumnType: TypeAlias = Scalar | Decimal | Fixed | ListOf | MapOf | StructOf


@final
@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType


@final
@dataclass(frozen=True, slots=True)
class TableSchema:
    """The columns of a table or of a file, in order, each name once."""

    columns: tuple[Column, ...]

    def type_of(self, name: str) -> ColumnType | None:
        """The type of the column *name*; None if there is no such column."""
        return next((column.type for column in self.columns if column.name == name), None)

    @classmethod
    def of(cls, types: Mapping[str, ColumnType]) -> TableSchema:
        """The schema with these columns."""
        return cls(tuple(Column(name, kind) for name, kind in types.items()))

    def types(self) -> dict[str, ColumnType]:
        """The type of each column by its name; faster than `type_of` for many columns."""
        return {column.name: column.type for column in self.columns}

    def only(self, names: Collection[str]) -> TableSchema:
        """The schema with only the columns of these *names*."""
        return TableSchema(tuple(column for column in self.columns if column.name in names))

    def without(self, names: Collection[str]) -> TableSchema:
        """The schema without the columns of these *names*."""
        return TableSchema(tuple(column for column in self.columns if column.name not in names))

    def with_column(self, column: Column) -> TableSchema:
        """This schema, in which *column* replaces the column of its name, or is added at the end."""
        if self.type_of(column.name) is None:
            return TableSchema((*self.columns, column))
        return TableSchema(tuple(column if c.name == column.name else c for c in self.columns))


NO_COLUMNS: Final = TableSchema(())


def roomy(kind: ColumnType) -> ColumnType:
    """The type of a new column for values of *kind*.

    Whole numbers are always long: a column of type int would have to widen with the first larger value, and a frozen schema
    would refuse that.
    """
    return Scalar.LONG if kind is Scalar.INT else kind


def variant_name(column: Column) -> str:
    """The column for the values of *column* that the table's column of this name cannot hold, named like dlt's variants: `age__v_text`."""
    return f"{column.name}__v_{_dlt_word(column.type)}"


def variant_of(name: str) -> str:
    """The column of which this one has the values that it cannot hold; the name itself if it is no variant."""
    return name.partition("__v_")[0] or name


def is_variant(name: str, column: str) -> bool:
    """Whether a column has the values that *column* cannot hold."""
    return name.startswith(f"{column}__v_")


def _dlt_word(kind: ColumnType) -> str:
    match kind:
        case Scalar():
            return DLT_WORDS[kind]
        case Decimal():
            return "decimal"
        case Fixed():
            return "binary"
        case _:
            return "json"


DLT_WORDS: Final[Mapping[Scalar, str]] = {
    Scalar.BOOLEAN: "bool",
    Scalar.INT: "bigint",
    Scalar.LONG: "bigint",
    Scalar.FLOAT: "double",
    Scalar.DOUBLE: "double",
    Scalar.DATE: "date",
    Scalar.TIME: "time",
    Scalar.TIMESTAMP: "timestamp",
    Scalar.TIMESTAMPTZ: "timestamp",
    Scalar.STRING: "text",
    Scalar.BINARY: "binary",
    Scalar.UUID: "text",
}
