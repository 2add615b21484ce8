"""Loads that cannot be merged: rows without a key, repeated keys of rows with nested rows, and values that do not decide what they must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge.flags import UNDERSTOOD, can_flag, deletes
from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.merge.sorting import DedupSort
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Scalar, TableSchema, is_variant


def rows_without_key(table: TableName, incoming: Sequence[Row], key: tuple[str, ...]) -> MergeRefused | None:
    """The refusal if a row has no value in a column of the key."""
    empty = ((column, sum(row[column] is None for row in incoming)) for column in key)
    return next((without_key(table, column, rows) for column, rows in empty if rows), None)


def without_key(table: TableName, column: str, rows: int) -> MergeRefused:
    """The refusal of rows without a value in a column of the key."""
    return MergeRefused(
        str(table),
        f"{rows} rows have no value in the key column {column}",
        f"Change the source so that {column} has a value in every row, or choose other columns for primary_key.",
    )


def repeated_keys(table: TableName, rows: int) -> MergeRefused | None:
    """The refusal of root rows that have the same key, so that their nested rows cannot be assigned to one of them."""
    if not rows:
        return None
    return MergeRefused(
        str(table),
        f"{rows} rows repeat the key of another row, and nested rows cannot be matched with one of them",
        "Change the source so that it sends each key once, or use the merge strategy delete-insert.",
    )


def undecided_rows(
    table: TableName, incoming: Sequence[Row], hard_delete: str | None, dedup_sort: DedupSort | None
) -> MergeRefused | None:
    """The refusal if values of the columns *hard_delete* and *dedup_sort* do not say which rows are deleted, or which row wins."""
    for column, variant in variants(hard_delete, dedup_sort, (name for row in incoming[:1] for name in row)):
        if rows := sum(row[variant] is not None for row in incoming):
            return beside(table, column, variant, rows)
    return unclear_flags(
        table, hard_delete, sum(deletes(row[hard_delete]) is None for row in incoming) if hard_delete else 0
    )


def variants(
    hard_delete: str | None, dedup_sort: DedupSort | None, columns: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """The columns that decide, each with those of *columns* that have values that it cannot hold."""
    deciding = (hard_delete, dedup_sort and dedup_sort.column)
    return ((name, other) for other in columns for name in deciding if name and is_variant(other, name))


def beside(table: TableName, column: str, variant: str, rows: int) -> MergeRefused:
    """The refusal of rows whose values are in the column for values of another type, so that *column* is null in them."""
    return MergeRefused(
        str(table),
        f"{rows} rows have a value in {variant} and none in {column}, by which the merge decides about rows",
        f"Change the source so that {column} is always of the type of the table's column, for example with a CAST in a query or with"
        " column_types.",
    )


def unclear_flags(table: TableName, column: str | None, rows: int) -> MergeRefused | None:
    """The refusal of rows whose value in the hard_delete column says neither that they are deleted nor that they are not."""
    if not rows:
        return None
    return MergeRefused(
        str(table),
        f"{rows} rows have a value in {column} that does not say whether the row is deleted",
        f"Change the source so that {column} has only values that hard_delete understands: {UNDERSTOOD}. A query can translate other"
        " values with CASE WHEN.",
    )


def unusable_soft_delete(table: TableName, column: str | None, schema: TableSchema) -> MergeRefused | None:
    """The refusal if the table has the soft_delete column, and it is no boolean."""
    kind = schema.type_of(column) if column else None
    if kind is None or kind is Scalar.BOOLEAN:
        return None
    return MergeRefused(
        str(table),
        f"the column {column} is of type {kind}, and soft_delete says true or false",
        "Set soft_delete to a name that the table does not have, or to a boolean column.",
    )


def unusable_flag(table: TableName, hard_delete: str | None, schema: TableSchema) -> MergeRefused | None:
    """The refusal if no value of the hard_delete column's type can say that a row is deleted."""
    kind = schema.type_of(hard_delete) if hard_delete else None
    if kind is None or can_flag(kind):
        return None
    return MergeRefused(
        str(table),
        f"the column {hard_delete} is of type {kind}, which does not say whether a row is deleted",
        f"Set hard_delete to a column of booleans, numbers, texts, dates or timestamps: {UNDERSTOOD}.",
    )
