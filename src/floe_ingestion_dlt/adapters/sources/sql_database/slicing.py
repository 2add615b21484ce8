"""Ranges of a key by which a table is read in slices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import sqlalchemy as sa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.sql_database.conditions import is_in
from floe_ingestion_dlt.domain import key_ranges
from floe_ingestion_dlt.domain.faults import Fault, NotSliceable
from floe_ingestion_dlt.domain.safe_texts import listed, shown
from floe_ingestion_dlt.domain.slices import KeyRange

NO_KEY: Final = NotSliceable(
    "a query has no key by which it could be divided",
    "Load a table or a view of it, or load it without slices.",
)
_ORDERED: Final = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime)
_WANTED: Final = "a number, a date or a timestamp"


def ranges_of(
    table: sa.Table, by: str | None, count: int, connection: sa.Connection
) -> Result[tuple[KeyRange, ...], Fault]:
    """At most *count* ranges of the column *by*, or of the first column of the table's primary key."""
    indexed = tuple(dict.fromkeys(_first_columns(table)))
    usable = [column.name for column in indexed if _has_order(column)]
    primary = next(iter(table.primary_key.columns), None)
    column = table.columns.get(by) if by is not None else primary
    if column is not None and column.name in usable:
        return Success(key_ranges.ranges_of(column.name, partial(_extremes, column, connection), count))
    return Failure(_refusal(table, by, column, usable))


def _first_columns(table: sa.Table) -> Iterator[sa.Column[object]]:
    """The first column of each index, by which the database finds a range without reading all rows."""
    if table.primary_key.columns:
        yield next(iter(table.primary_key.columns))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if _has_all_rows_in_order(index):
            yield from list(index.columns)[:1]


def _has_all_rows_in_order(index: sa.Index) -> bool:
    """Whether ranges can be found in it: not in one of some rows only, and not in one of hashes or words."""
    given = {name: value for name, value in index.dialect_kwargs.items() if value is not None}
    is_special = any(name.endswith(("_where", "_prefix")) for name in given)
    return not is_special and given.get("postgresql_using", "btree") == "btree"


def _has_order(column: sa.Column[object]) -> bool:
    """Whether keys of the column can be compared exactly, in Python as in the database."""
    return isinstance(column.type, _ORDERED) and not isinstance(column.type, sa.Float)


def _extremes(column: sa.Column[object], connection: sa.Connection, rows: KeyRange) -> tuple[object, object]:
    # As two statements, because with both in one, SQLite reads all rows and does not use the index.
    lowest, highest = (
        sa.select(find(column)).where(is_in(column, rows)) for find in (sa.func.min, sa.func.max)
    )
    return connection.execute(lowest).scalar_one(), connection.execute(highest).scalar_one()


def _refusal(
    table: sa.Table, by: str | None, column: sa.Column[object] | None, usable: list[str]
) -> NotSliceable:
    if column is None:
        cause = "it has no primary key" if by is None else f"it has no column {shown(by)}"
    elif not _has_order(column):
        cause = f"its key {column.name} is not {_WANTED}"
    else:
        cause = f"no index begins with its column {column.name}"
    step = (
        f"Set slice_by to one of {listed(usable)}"
        if usable
        else f"Add an index on a column that is {_WANTED}"
    )
    return NotSliceable(f"table {table.name}: {cause}", f"{step}, or load it without slices.")
