"""How a table's schema grows: columns are added and widened, never narrowed and never removed."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    ListOf,
    MapOf,
    StructOf,
    TableSchema,
    holds,
)


def extended(
    table: TableName, has: TableSchema, wanted: TableSchema
) -> Result[TableSchema, DestinationFailed]:
    """The schema *has*, with columns added and widened so that it holds *wanted*.

    The schema contract was applied to *wanted* earlier, and another writer may have changed the table since. A column that can
    now neither hold the wanted values nor be widened for them is a fault.
    """
    types = has.types()
    for column in wanted.columns:
        now = types.get(column.name)
        grown = column.type if now is None else widened(now, column.type)
        if grown is None:
            return Failure(_changed_meanwhile(table, column, str(now)))
        types[column.name] = grown
    return Success(TableSchema.of(types))


def growth(has: TableSchema, wanted: TableSchema) -> TableSchema:
    """The columns of *wanted* that *has* lacks, or has in another type."""
    types = has.types()
    return TableSchema(tuple(column for column in wanted.columns if types.get(column.name) != column.type))


def widened(has: ColumnType, wanted: ColumnType) -> ColumnType | None:
    """The type that holds values of both types, to which a column of type *has* can change; None if Iceberg allows none."""
    if holds(has, wanted):
        return has
    if holds(wanted, has):
        return wanted
    match has, wanted:
        case ListOf(old), ListOf(new):
            element = widened(old, new)
            return None if element is None else ListOf(element)
        case MapOf(), MapOf():
            # Keys of a map never change.
            value = widened(has.value, wanted.value) if holds(has.key, wanted.key) else None
            return None if value is None else MapOf(has.key, value)
        case StructOf(), StructOf():
            return _widened_struct(has, wanted)
        case _:
            return None


def _widened_struct(has: StructOf, wanted: StructOf) -> StructOf | None:
    fields = {field.name: field.type for field in has.fields}
    for field in wanted.fields:
        grown = widened(fields[field.name], field.type) if field.name in fields else field.type
        if grown is None:
            return None
        fields[field.name] = grown
    return StructOf(tuple(Column(name, kind) for name, kind in fields.items()))


def _changed_meanwhile(table: TableName, column: Column, now: str) -> DestinationFailed:
    return DestinationFailed(
        f"{table} now has a column {column.name} of type {now}, which cannot hold {column.type}:"
        " its schema was changed while the load ran",
        Category.TRANSIENT,
        "Run again: the pending load is checked against the table's new schema.",
    )
