"""The faults of keys of a row that become one column or table: dlt would keep one value, and silently drop the others."""

from __future__ import annotations

from collections.abc import Iterable

from floe_ingestion_dlt.domain.faults import Category, SourceFailed

_RENAME = "Rename all but one of them in the source, or leave them out."


def same_column(column: str, keys: Iterable[str]) -> SourceFailed:
    return SourceFailed(
        f"a row has the keys {', '.join(map(repr, keys))}, which all become the column {column}",
        Category.PERMANENT,
        _RENAME,
    )


def same_table(table: str, keys: Iterable[str]) -> SourceFailed:
    return SourceFailed(
        f"a row has lists under the keys {', '.join(map(repr, keys))}, which all become the table {table}",
        Category.PERMANENT,
        _RENAME,
    )


def same_table_at_two_levels(table: str, parents: Iterable[str]) -> SourceFailed:
    return SourceFailed(
        f"rows of {' and of '.join(parents)} have lists that all become the table {table}",
        Category.PERMANENT,
        _RENAME,
    )
