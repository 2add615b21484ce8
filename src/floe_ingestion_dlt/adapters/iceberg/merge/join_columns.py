"""The columns that a merge has to read, and their names in the join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions, ReplaceFiles, ReplaceWindow

FILE: Final = "file"
ROW: Final = "row"
ID: Final = "id"
FLAG: Final = "flag"
SORT: Final = "sort"
UNTIL: Final = "until"
MARK: Final = "mark"

ALWAYS: Final = "true"
NEVER: Final = "false"


def nested_columns(how: MergeNested) -> dict[str, str]:
    """The columns of a nested table that a merge has to read, by the names that they have in the join."""
    return {ID: how.root_id} | (named("key", (how.row_id,)) if how.row_id else {})


def existing_columns(how: MergeRows | MergeVersions) -> dict[str, str]:
    """The table's columns that a merge has to read, by the names that they have in the join."""
    if isinstance(how, MergeVersions):
        return named("version", how.version) | named("scope", how.scope) | {UNTIL: how.valid_to}
    columns = named("key", how.key) | named("scope", how.merge_key)
    return columns | ({ID: how.row_id} if how.row_id else {})


def possibly_gone(how: MergeRows | MergeVersions) -> dict[str, str]:
    """The table's columns that say which of its rows are gone, by the names that they have in the join."""
    row_id = how.row_id if isinstance(how, MergeRows) else None
    mark = how.missing.flag if how.missing else None
    return named("key", how.key) | ({ID: row_id} if row_id else {}) | ({MARK: mark} if mark else {})


def replaced_columns(how: ReplaceWindow | ReplaceFiles) -> dict[str, str]:
    """The column of table and load by whose values rows are replaced, and the id of roots, by the names that they have in the join."""
    column = how.window.column if isinstance(how, ReplaceWindow) else how.column
    return named("key", (column,)) | ({ID: how.row_id} if how.row_id else {})


def incoming_columns(how: MergeRows | MergeVersions) -> dict[str, str]:
    """The load's columns that a merge has to read, by the names that they have in the join."""
    flag = {FLAG: how.hard_delete} if how.hard_delete else {}
    sort = {SORT: how.dedup_sort.column} if how.dedup_sort else {}
    return existing_columns(how) | named("key", how.key) | flag | sort


def named(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Columns by their names in the join, key0 and so on."""
    return {f"{kind}{i}": column for i, column in enumerate(columns)}


def same(kind: str, columns: Sequence[str], equal: str = "=") -> str:
    return " AND ".join(f"one.{name} {equal} other.{name}" for name in named(kind, columns))
