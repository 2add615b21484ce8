"""What a load of a window does: it replaces the rows of the table that are in the window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MergeRefused, WindowChanged
from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.merge.rows import Merged
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema, is_variant
from floe_ingestion_dlt.domain.windows import Limits, Window


@final
@dataclass(frozen=True, slots=True)
class ReplaceWindow:
    """The rows of the load that are in the *window* replace the table's rows in it; all other rows of the table stay.

    Rows of the load outside the window are left out: a load of another window would not replace them, and they would be doubled.
    *row_id* is the column by which nested tables refer to their root row; None if there are no nested tables. *read_at* is the
    version of the table when the rows were read; None if it is not known, and then later changes of the window are overwritten.
    """

    window: Window
    row_id: str | None = None
    read_at: str | None = None

    def limits_in(
        self, table: TableName, schema: TableSchema, load_id: str, changes: Iterable[Window | None] = ()
    ) -> Result[Limits, MergeRefused | WindowChanged]:
        """The window in the type of the table's column, which the table must have.

        Refused if one of the *changes* since the rows were read may be of rows in the window, because the load may lack these rows. A
        change is the window that another load has replaced; None for any other one.
        """
        found = self.window.in_table(schema)
        if isinstance(found, Failure):
            misfit = found.failure()
            return Failure(MergeRefused(str(table), misfit.message, misfit.next_step))
        limits = found.unwrap()
        if self.read_at is not None and any(self._may_change(limits, other, schema) for other in changes):
            return Failure(WindowChanged(str(table), load_id, str(self.window)))
        return Success(limits)

    def _may_change(self, limits: Limits, other: Window | None, schema: TableSchema) -> bool:
        if other is None or other.column != self.window.column:
            return True
        overlaps = other.in_table(schema).map(limits.overlap)
        return not isinstance(overlaps, Success) or overlaps.unwrap()

    def variants_in(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Those of *columns* that have the values that the window's column cannot hold."""
        return tuple(name for name in columns if is_variant(name, self.window.column))


def replaced(
    table: TableName, existing: Sequence[Row], incoming: Sequence[Row], how: ReplaceWindow, limits: Limits
) -> Result[Merged, MergeRefused]:
    """The result of replacing the rows of a window, which has these *limits* in the table, with those of a load.

    A load is refused if a row has a value of another type than the table's column: it is not known whether it is in the window.
    """
    column = how.window.column
    for variant in how.variants_in(name for row in incoming[:1] for name in row):
        if strays := sum(row[variant] is not None for row in incoming):
            return Failure(of_another_type(table, column, variant, strays))
    is_inside = partial(_is_inside, limits, column)
    added = tuple(filter(is_inside, incoming))
    return Success(
        Merged(
            kept=tuple(row for row in existing if not is_inside(row)),
            removed=tuple(filter(is_inside, existing)),
            added=added,
            applied=len(added),
        )
    )


def _is_inside(limits: Limits, column: str, row: Row) -> bool:
    return limits.hold(row[column])


def without_values(table: TableName, column: str, rows: int) -> MergeRefused:
    """The refusal of rows of which none has a value in the window's column."""
    return MergeRefused(
        str(table),
        f"none of the {rows} rows that were read has a value in {column}, so it is not known whether they are in the window",
        f"Check whether the source still sends {column}, under this name.",
    )


def of_another_type(table: TableName, column: str, variant: str, rows: int) -> MergeRefused:
    """The refusal of rows whose values are in the column for values of another type."""
    return MergeRefused(
        str(table),
        f"{rows} rows have a value in {variant} and none in {column}, so it is not known whether they are in the window",
        f"Change the source so that {column} is always of the type of the table's column.",
    )
