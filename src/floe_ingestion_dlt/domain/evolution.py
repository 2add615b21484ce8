"""How a table's schema grows: columns are added and widened; their types are replaced only if all rows are."""

from __future__ import annotations

from collections.abc import Collection

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, TableSchema
from floe_ingestion_dlt.domain.wider_types import widened


def extended(
    table: TableName, has: TableSchema, wanted: TableSchema, replaceable: Collection[str] = ()
) -> Result[TableSchema, DestinationFailed]:
    """The schema *has*, with columns added and widened so that it holds *wanted*.

    The schema contract was applied to *wanted* earlier, and another writer may have changed the table since. A column that can
    now neither hold the wanted values nor be widened for them gets the wanted type if it is *replaceable*, and is a fault otherwise.
    """
    types = has.types()
    for column in wanted.columns:
        now = types.get(column.name)
        grown = column.type if now is None else widened(now, column.type)
        if grown is None and column.name in replaceable:
            grown = column.type
        if grown is None:
            return Failure(_changed_meanwhile(table, column, str(now)))
        types[column.name] = grown
    return Success(TableSchema.of(types))


def growth(has: TableSchema, wanted: TableSchema) -> TableSchema:
    """The columns of *wanted* that *has* lacks, or has in another type."""
    types = has.types()
    return TableSchema(tuple(column for column in wanted.columns if types.get(column.name) != column.type))


def _changed_meanwhile(table: TableName, column: Column, now: str) -> DestinationFailed:
    return DestinationFailed(
        f"{table} now has a column {column.name} of type {now}, which cannot hold {column.type}:"
        " its schema was changed while the load ran",
        Category.TRANSIENT,
        "Run again: the pending load is checked against the table's new schema.",
    )
