"""The table's columns by which a write matches rows."""

from __future__ import annotations

from typing import assert_never

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import (
    MergeNested,
    MergeRows,
    MergeVersions,
    ReplaceFiles,
    ReplaceWindow,
    unusable_soft_delete,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.write_modes import Append, Replace


def columns_of(mode: TableMode) -> tuple[str, ...]:
    """The columns of the table that *mode* names, each once."""
    match mode:
        case Append() | Replace():
            return ()
        case MergeNested(_, root_id):
            return (root_id,)
        case ReplaceWindow(_, row_id):  # a window has a refusal of its own for its column
            return () if row_id is None else (row_id,)
        case ReplaceFiles(column, _, row_id):
            return (column,) if row_id is None else (column, row_id)
        case MergeRows():
            named = (*mode.key, *mode.merge_key, mode.row_id)
        case MergeVersions():
            named = (*mode.key, *mode.version, mode.valid_from, mode.valid_to, *mode.scope)
        case _:
            assert_never(mode)
    sort = mode.dedup_sort.column if mode.dedup_sort else None
    flag = mode.missing.flag if mode.missing else None
    return tuple(dict.fromkeys(name for name in (*named, mode.hard_delete, sort, flag) if name is not None))


def without_columns(table: TableName, mode: TableMode, schema: TableSchema) -> MergeRefused | None:
    """The refusal if the table has lost a column that *mode* names, or has another type of flag; None if it has all of them."""
    missing = ", ".join(name for name in columns_of(mode) if schema.type_of(name) is None)
    if not missing:
        flag = mode.missing.flag if isinstance(mode, MergeRows) and mode.missing else None
        return unusable_soft_delete(table, flag, schema)
    return MergeRefused(
        str(table),
        f"it has no column {missing}, by which the merge matches rows; it was renamed or dropped",
        f"Rename the column of {table} back to {missing} (ALTER TABLE ... RENAME COLUMN), or change the source's configuration"
        " to columns that the table has. Then run again: the rows are read from the source again.",
    )
