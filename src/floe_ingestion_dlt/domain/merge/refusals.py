"""Loads that cannot be merged: rows without a key, and repeated keys of rows with nested rows."""

from __future__ import annotations

from collections.abc import Sequence

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.names import TableName


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
