"""Loads that cannot be merged: rows without a key, and rows that nested tables cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.names import TableName


def rows_without_key(table: TableName, incoming: Sequence[Row], key: tuple[str, ...]) -> MergeRefused | None:
    """The refusal of rows that have no value in a column of the key."""
    empty = ((column, sum(row[column] is None for row in incoming)) for column in key)
    return next((without_key(table, column, rows) for column, rows in empty if rows), None)


def without_key(table: TableName, column: str, rows: int) -> MergeRefused:
    """The load has rows without a value in a column of the key."""
    return MergeRefused(
        str(table),
        f"{rows} rows have no value in the key column {column}",
        f"Let the source send {column} in every row, or choose columns for primary_key that always have a value.",
    )


def repeated_keys(table: TableName, rows: int) -> MergeRefused | None:
    """The refusal of root rows with one key, if the nested rows do not tell to which of them they belong."""
    if not rows:
        return None
    return MergeRefused(
        str(table),
        f"{rows} rows repeat the key of another row, and nested rows cannot be matched with one of them",
        "Let the source send each key once, or use the merge strategy delete-insert.",
    )
