"""Comparing a cursor in the database, in the order of the column's own type and collation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.sources.sql_database.rows import SqlColumn
from floe_ingestion_dlt.domain.exact_values import is_moment
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import SourceError

# Types whose values are loaded as texts that the database does not take back, or compares as something else.
_UNORDERED: Final = (
    sa.JSON,
    sa.ARRAY,
    mysql.SET,
    mysql.ENUM,
    postgresql.HSTORE,
    postgresql.TSVECTOR,
    postgresql.ranges.AbstractRange,
    postgresql.ranges.AbstractMultiRange,
)
_NEXT_STEP: Final = (
    "Use a cursor of numbers, dates, times or texts: another column, or a query that has one as an expression."
    " Or load by merge without a cursor."
)


def refuse_unordered(column: SqlColumn) -> None:
    """Raise SourceError for a cursor of a type whose values cannot be compared with one that was loaded."""
    if isinstance(column.type, _UNORDERED):
        kind = column.type.__visit_name__.upper()
        cause = f"the cursor {shown(column.name)} is {kind}, of which the database cannot say which values are new"
        raise SourceError(SourceFailed(cause, Category.CONFIGURATION, _NEXT_STEP))


def at_least(column: SqlColumn, value: object) -> sa.ColumnElement[bool]:
    """The condition on values of *value* or more, of which a text may stand for a value of the column's type."""
    kind = column.type
    is_plain = isinstance(kind, sa.String | sa.types.NullType | sa.Uuid) and not isinstance(kind, sa.Enum)
    if not isinstance(value, str) or is_plain:
        return column >= value
    return column >= sa.cast(sa.literal(value, sa.Text), kind)


def in_order(
    tables: Generator[pa.Table, None, None], cursor: str | None, since: object
) -> Generator[pa.Table, None, None]:
    """The tables, whose texts are all *since* or later; raises SourceError for an earlier one, because the database sorts otherwise.

    Times may be written in several forms, and are compared as times elsewhere.
    """
    with closing(tables):
        for table in tables:
            if cursor is not None and isinstance(since, str) and not is_moment(since):
                _check(table[cursor], cursor, since)
            yield table


def _check(column: Column, cursor: str, since: str) -> None:
    texts = [text for text in pc.unique(column).to_pylist() if isinstance(text, str)]
    if any(text < since for text in texts):
        cause = (
            f"the database sorts the cursor {shown(cursor)} otherwise than by the code points of its characters,"
            " and a merge compares its values by these, so rows would be lost"
        )
        raise SourceError(SourceFailed(cause, Category.CONFIGURATION, _NEXT_STEP))
