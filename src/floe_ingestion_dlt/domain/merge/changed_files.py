"""What a load does that reads changed files again: it replaces the rows of the table that came from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.merge.rows import Merged
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Scalar, TableSchema


@final
@dataclass(frozen=True, slots=True)
class ReplaceFiles:
    """The table's rows whose *column* names one of *files* are removed, and all rows of the load are added.

    *row_id* is the column by which nested tables refer to their root row; None if there are no nested tables.
    """

    column: str
    files: tuple[str, ...]
    row_id: str | None = None


def reloaded(
    table: TableName, existing: Sequence[Row], incoming: Sequence[Row], how: ReplaceFiles
) -> Result[Merged, MergeRefused]:
    """The result of replacing the rows of changed files; refused if a row of the table may be of any file."""
    if unnamed := sum(row[how.column] is None for row in existing):
        return Failure(without_file(table, how, unnamed))
    changed = frozenset(how.files)
    return Success(
        Merged(
            kept=tuple(row for row in existing if row[how.column] not in changed),
            removed=tuple(row for row in existing if row[how.column] in changed),
            added=tuple(incoming),
            applied=len(incoming),
        )
    )


def not_of_text(table: TableName, schema: TableSchema, how: ReplaceFiles) -> MergeRefused | None:
    """The refusal if the column of the table cannot have the names of files."""
    kind = schema.type_of(how.column)
    if kind is Scalar.STRING:
        return None
    return MergeRefused(
        str(table),
        f"its column {how.column} is of type {kind}, so it is not known which rows came from files that were written again",
        f"Rename the column {how.column} of {table}, or set on_changed_file to append or ignore.",
    )


def without_file(table: TableName, how: ReplaceFiles, rows: int) -> MergeRefused:
    """The refusal if *rows* of the table do not say from which file they came."""
    return MergeRefused(
        str(table),
        f"{rows} rows of the table have no value in {how.column}, so it is not known whether they came from a file"
        f" that was written again, such as {how.files[0]}",
        "Load the table anew with refresh=True, or set on_changed_file to append or ignore.",
    )
