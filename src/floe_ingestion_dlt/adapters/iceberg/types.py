"""Converts column types between the domain's and pyiceberg's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Final

from pyiceberg import types as ice
from pyiceberg.schema import Schema

from floe_ingestion_dlt.adapters.arrow.types import UnknownTypeError
from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
)

SCALARS: Final[Mapping[Scalar, ice.PrimitiveType]] = {
    Scalar.BOOLEAN: ice.BooleanType(),
    Scalar.INT: ice.IntegerType(),
    Scalar.LONG: ice.LongType(),
    Scalar.FLOAT: ice.FloatType(),
    Scalar.DOUBLE: ice.DoubleType(),
    Scalar.DATE: ice.DateType(),
    Scalar.TIME: ice.TimeType(),
    Scalar.TIMESTAMP: ice.TimestampType(),
    Scalar.TIMESTAMPTZ: ice.TimestamptzType(),
    Scalar.STRING: ice.StringType(),
    Scalar.BINARY: ice.BinaryType(),
    Scalar.UUID: ice.UUIDType(),
}
BY_ICEBERG_NAME: Final = {str(iceberg): scalar for scalar, iceberg in SCALARS.items()}


def schema_from_iceberg(schema: Schema, *, only_known: bool = False) -> TableSchema:
    """The columns of an Iceberg schema. Types of format version 3 raise UnknownTypeError, or are left out."""
    return TableSchema(tuple(_columns(schema, only_known=only_known)))


def required_columns(schema: Schema) -> tuple[str, ...]:
    """The columns that must not be null."""
    return tuple(field.name for field in schema.fields if field.required)


def _columns(schema: Schema, *, only_known: bool) -> Iterator[Column]:
    for field in schema.fields:
        try:
            yield Column(field.name, from_iceberg(field.field_type))
        except UnknownTypeError:
            if not only_known:
                raise


def from_iceberg(kind: ice.IcebergType) -> ColumnType:
    match kind:
        case ice.DecimalType():
            return Decimal(kind.precision, kind.scale)
        case ice.FixedType():
            return Fixed(len(kind))
        case ice.ListType():
            return ListOf(from_iceberg(kind.element_type))
        case ice.MapType():
            return MapOf(from_iceberg(kind.key_type), from_iceberg(kind.value_type))
        case ice.StructType():
            return StructOf(tuple(Column(f.name, from_iceberg(f.field_type)) for f in kind.fields))
        case _:
            if str(kind) not in BY_ICEBERG_NAME:
                raise UnknownTypeError(str(kind))
            return BY_ICEBERG_NAME[str(kind)]


def schema_to_iceberg(schema: TableSchema) -> Schema:
    """An Iceberg schema in which all columns are optional, with field ids counted from 1."""
    ids = count(1)
    return Schema(*(to_field(column, lambda: next(ids)) for column in schema.columns))


def to_iceberg(kind: ColumnType, next_id: Callable[[], int]) -> ice.IcebergType:
    match kind:
        case Scalar():
            return SCALARS[kind]
        case Decimal(precision, scale):
            return ice.DecimalType(precision, scale)
        case Fixed(length):
            return ice.FixedType(length)
        case ListOf(element):
            return ice.ListType(next_id(), to_iceberg(element, next_id), element_required=False)
        case MapOf(key, value):
            key_id, value_id = next_id(), next_id()
            return ice.MapType(
                key_id, to_iceberg(key, next_id), value_id, to_iceberg(value, next_id), value_required=False
            )
        case StructOf(fields):
            return ice.StructType(*(to_field(column, next_id) for column in fields))


def to_field(column: Column, next_id: Callable[[], int]) -> ice.NestedField:
    """An optional field. Outer fields get their ids before inner ones."""
    return ice.NestedField(next_id(), column.name, to_iceberg(column.type, next_id), required=False)
