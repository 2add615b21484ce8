"""The condition on the rows that are read: new ones by a cursor, or those of a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import sqlalchemy as sa
from returns.result import Failure
from sqlalchemy.dialects import mysql

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.sources.sql_database.cursor_order import at_least, refuse_unordered
from floe_ingestion_dlt.adapters.sources.sql_database.rows import SqlColumn, arrow_type, is_typed
from floe_ingestion_dlt.domain.cursor_values import is_comparable_in
from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, CursorOptions, not_comparable
from floe_ingestion_dlt.domain.exact_values import is_moment
from floe_ingestion_dlt.domain.page_ranges import PageRange
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar
from floe_ingestion_dlt.domain.slices import KeyRange, Part, Sample, Slice
from floe_ingestion_dlt.domain.text_cursors import lowest, may_pass_over
from floe_ingestion_dlt.domain.window_reading import around, read_limits
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.ports.source import Position, Reading, SourceError

# It stores moments and decimals as texts or doubles, in forms that are not all compared as the values are.
_STORES_TEXTS: Final = "sqlite"
# Databases refuse texts with this character.
_FORBIDDEN: Final = "\0"
_WHOLE_NUMBERS: Final = (Scalar.INT, Scalar.LONG)
SAMPLE_ROWS: Final = 1_000


@final
@dataclass(frozen=True, slots=True)
class Share:
    """The rows on some *pages* of a table of PostgreSQL, as they are in a *snapshot*."""

    pages: PageRange
    snapshot: str

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """The condition on the place of a row: its page, and its number there."""
        place: SqlColumn = sa.literal_column("ctid")
        first = place >= _start_of(self.pages.start)
        return first if self.pages.end is None else sa.and_(first, place < _start_of(self.pages.end))


def _start_of(page: int) -> SqlColumn:
    return sa.literal_column(f"CAST('({page},0)' AS tid)")


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows whose *column* is at least *since*, or null; of a *window*, those in it; without both, all rows.

    Rows beyond the *limits* of the cursor are not wanted. If *is_key* is set, only columns for which it is true are, of all rows. Of a
    *share*, only its rows are wanted.
    """

    column: str | None = None
    since: object = None
    window: Window | None = None
    part: Part | None = None
    limits: CursorOptions = NO_OPTIONS
    is_key: Callable[[str], bool] | None = None
    share: Share | None = None

    @classmethod
    def by(cls, reading: Reading, since: Position | None) -> Wanted:
        """The rows that *reading* asks for. Raises SourceError if the database would not send all of them."""
        value = None if since is None or reading.window is not None else since.value
        if reading.cursor and isinstance(value, str):
            refused = may_pass_over(reading.cursor, value)
            if refused is not None:
                raise SourceError(refused)
        return cls(reading.ordered_by, value, reading.window, reading.part, reading.limits)

    def of_table(self, column: SqlColumn, dialect: sa.Dialect) -> sa.ColumnElement[bool] | None:
        """The condition on a column with a type; None for all rows. Raises SourceError for a type that a window cannot be compared with.

        Rows near a window are read, too, because values may change on their way into the table.
        """
        if self.window is None:
            refuse_unordered(column)
            conditions = [*self._since(column), *self._within(column, dialect)]
            return sa.and_(*conditions) if conditions else None
        if (arrow := arrow_type(column.type)) is None:
            return None
        kind = from_arrow(arrow)
        refused = self.window.in_type(kind)
        if isinstance(refused, Failure):
            raise SourceError(refused.failure())
        if dialect.name == _STORES_TEXTS and kind not in _WHOLE_NUMBERS:
            return None
        if (text := self.window.text) is not None:
            return _is_equal(column, text, dialect)
        limits = read_limits(self.window, kind)
        if limits is None:
            return None
        limit = partial(sa.literal, type_=_type_of_limits(column, kind))
        first = column >= limit(limits.start)
        return first if limits.end is None else sa.and_(first, column < limit(limits.end))

    def in_part(self, select: sa.Select[object], table: sa.Table, batch: int) -> sa.Select[object]:
        """The *select* of only those rows of *table* that are in the part or the share, if there is one.

        The first *batch* of rows says how columns without a type are read.
        """
        if self.share is not None:
            return select.where(self.share.condition)
        match self.part:
            case Slice(_, KeyRange() as rows):
                return select.where(is_in(table.c[rows.column], rows))
            case Sample():
                are_typed = all(is_typed(column.type) for column in table.columns)
                return select.limit(SAMPLE_ROWS if are_typed else batch)
            case _:
                return select

    def _since(self, column: SqlColumn) -> Iterator[sa.ColumnElement[bool]]:
        if self.since is not None:
            yield _is_new(column, self.since)

    def _within(self, column: SqlColumn, dialect: sa.Dialect) -> Iterator[sa.ColumnElement[bool]]:
        """The conditions on rows near the limits of the cursor, and on null. Raises SourceError for limits that cannot be compared with the column."""
        arrow = arrow_type(column.type)
        if arrow is None:
            return
        kind = from_arrow(arrow)
        first = self.limits.initial_value if self.since is None else None
        for name, bound in (("initial_value", first), ("end_value", self.limits.end_value)):
            if bound is None:
                continue
            if kind is not Scalar.STRING and not is_comparable_in(bound, kind):
                raise SourceError(not_comparable(name, bound, column.name, str(kind)))
            near = (
                None if dialect.name == _STORES_TEXTS and kind not in _WHOLE_NUMBERS else around(bound, kind)
            )
            limit = near and (near.start if name == "initial_value" else near.end)
            if limit is not None:
                value = sa.literal(limit, type_=_type_of_limits(column, kind))
                yield sa.or_(column >= value if name == "initial_value" else column < value, column.is_(None))

    @property
    def is_everything(self) -> bool:
        """Whether all rows are wanted, so that the source has none if there are none; of the shares of a table, the first one stands for all."""
        is_bounded = self.limits.initial_value is not None or self.limits.end_value is not None
        is_part = self.part is not None or (self.share is not None and self.share.pages.start > 0)
        return self.since is None and self.window is None and not is_part and not is_bounded

    @property
    def snapshot(self) -> str | None:
        """The name of the snapshot in which the rows are read, if there is one."""
        if self.share is not None:
            return self.share.snapshot
        return self.part.snapshot if isinstance(self.part, Slice) else None

    def of_query(self, column: SqlColumn) -> sa.ColumnElement[bool] | None:
        """The condition on a column without a type; None for all rows, and for a window, whose bounds need a type to be compared in."""
        is_asked = self.window is None and self.since is not None
        return _is_new(column, self.since) if is_asked else None


def _is_equal(column: SqlColumn, text: str, dialect: sa.Dialect) -> sa.ColumnElement[bool] | None:
    """The condition on rows with the text, and on others that a collation takes for equal; None if the database may not compare them."""
    kind = column.type
    if not isinstance(kind, sa.String) or isinstance(kind, sa.Enum) or _FORBIDDEN in text:
        return None
    match dialect.name:
        case "postgresql":
            return column == sa.literal(text)
        case "mysql" | "mariadb":
            # A character that the column's own character set lacks is an error. Without such characters, an index is used.
            compared = column if text.isascii() else sa.cast(column, mysql.CHAR(charset="utf8mb4"))
            return compared == sa.literal(text)
        case _:
            # Others have types of long texts without a comparison, and may replace characters of the text that they get.
            return None if isinstance(kind, sa.Text) or not text.isascii() else column == sa.literal(text)


def _type_of_limits(column: SqlColumn, kind: ColumnType) -> sa.types.TypeEngine[Any]:
    """A type that holds the limits, which may be numbers that the column cannot have."""
    if kind in _WHOLE_NUMBERS:
        return sa.BigInteger()
    return sa.Numeric() if isinstance(kind, Decimal) else column.type


def is_in(column: SqlColumn, rows: KeyRange) -> sa.ColumnElement[bool]:
    """The condition for rows of a range; of two ranges that meet, each row is in one, because both compare with the same value."""
    limits: list[sa.ColumnElement[bool]] = []
    if rows.start is not None:
        limits.append(column >= rows.start)
    if rows.end is not None:
        before = column < rows.end
        limits.append(before if rows.start is not None else sa.or_(before, column.is_(None)))
    return sa.and_(sa.true(), *limits)


def _is_new(column: SqlColumn, since: object) -> sa.ColumnElement[bool]:
    """The condition for new rows; null matches, too, so that dlt refuses it and it is not skipped, and so does a text without a time."""
    # Times of other forms may be before the last value as texts; what is older is left out when all are compared.
    found = [at_least(column, lowest(since) if isinstance(since, str) else since)]
    if getattr(column, "nullable", True) is not False:
        found.append(column.is_(None))
    has_texts = isinstance(column.type, sa.String | sa.types.NullType)
    if isinstance(since, str) and is_moment(since) and has_texts:
        found.append(column == "")
    return sa.or_(*found)
