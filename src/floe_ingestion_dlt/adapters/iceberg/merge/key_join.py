"""Matches the rows of a load with those of a table by key: duckdb joins keys and positions, and reads no other column.

A row is identified by the number of its file and its position in it. duckdb has a memory limit, and spills to disk beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Final, final

import duckdb
import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Column, Places
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions, ReplaceFiles, ReplaceWindow
from floe_ingestion_dlt.domain.merge.strategy import MissingVersion
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.pruning import KeyValue, Range

MEMORY_LIMIT: Final = "256MB"
RANGES: Final = 512
# Sorting more keys than this costs more than it saves; then one range from the lowest to the highest is used.
MOST_SORTED_KEYS: Final = 2_000_000

FILE: Final = "file"
ROW: Final = "row"
ID: Final = "id"
FLAG: Final = "flag"
SORT: Final = "sort"
UNTIL: Final = "until"

ALWAYS: Final = "true"
NEVER: Final = "false"


def nested_columns(how: MergeNested) -> dict[str, str]:
    """The columns of a nested table that a merge has to read, by the names that they have in the join."""
    return {ID: how.root_id} | (_named("key", (how.row_id,)) if how.row_id else {})


def existing_columns(how: MergeRows | MergeVersions) -> dict[str, str]:
    """The table's columns that a merge has to read, by the names that they have in the join."""
    if isinstance(how, MergeVersions):
        return _named("version", how.version) | _named("scope", how.scope) | {UNTIL: how.valid_to}
    columns = _named("key", how.key) | _named("scope", how.merge_key)
    return columns | ({ID: how.row_id} if how.row_id else {})


def window_columns(how: ReplaceWindow) -> dict[str, str]:
    """The columns of table and load that a window has to read, by the names that they have in the join."""
    return _named("key", (how.window.column,)) | ({ID: how.row_id} if how.row_id else {})


def file_columns(how: ReplaceFiles) -> dict[str, str]:
    """The columns of table and load that rows of changed files are replaced by, by the names that they have in the join."""
    return _named("key", (how.column,)) | ({ID: how.row_id} if how.row_id else {})


def incoming_columns(how: MergeRows | MergeVersions) -> dict[str, str]:
    """The load's columns that a merge has to read, by the names that they have in the join."""
    flag = {FLAG: how.hard_delete} if how.hard_delete else {}
    sort = {SORT: how.dedup_sort.column} if how.dedup_sort else {}
    return existing_columns(how) | _named("key", how.key) | flag | sort


@final
class KeyJoin:
    """One merge: the load's rows are read, matched with the table's, and then the same for its nested tables."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._root: TableName | None = None
        self._root_has_changed = False

    @cached_property
    def _sql(self) -> duckdb.DuckDBPyConnection:
        """A temporary database with a folder to spill to, opened when it is first used."""
        folder = self._open.enter_context(scratch_folder("merge"))
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
        return self._open.enter_context(duckdb.connect(":memory:", config=settings))

    def close(self) -> None:
        """Delete all rows and files of the join."""
        self._open.close()

    def read(self, incoming: pa.RecordBatchReader, how: MergeRows | MergeVersions) -> None:
        """Read the load's rows and choose one for each key; for versions without a key, one for each version."""
        self._create("incoming", "FROM stream", incoming)
        keys = [*_named("key", how.key)] or (
            [*_named("version", how.version)] if isinstance(how, MergeVersions) else []
        )
        if not keys:
            self._create("winner", "FROM incoming")
            return
        best = f"{SORT} {how.dedup_sort.order.value} NULLS LAST, " if how.dedup_sort else ""
        last = f"ORDER BY {best}{FILE} DESC, {ROW} DESC"
        chosen = f"row_number() OVER (PARTITION BY {', '.join(keys)} {last}) = 1"
        self._create("winner", f"FROM incoming QUALIFY {chosen}")

    def without_key(self, key: tuple[str, ...]) -> tuple[str, int] | None:
        """A column of the key that is null in rows of the load, and the number of those rows."""
        for place, column in _named("key", key).items():
            if rows := self._count(f"FROM incoming WHERE {place} IS NULL"):
                return column, rows
        return None

    def unclear_flags(self) -> int:
        """The number of rows of the load of which it is not known whether they are deleted."""
        return self._count(f"FROM incoming WHERE {FLAG} IS NULL")

    def shared_ids(self) -> int:
        """The number of rows of the load that share their row id with another one."""
        return self._count("FROM incoming") - self._count(f"FROM incoming SELECT DISTINCT {ID}")

    def repeated_keys(self) -> int:
        """The number of rows of the load that were not chosen for their key."""
        return self._count("FROM incoming") - self._count("FROM winner")

    def key_ranges(self, how: MergeRows) -> list[list[Range]]:
        """For each column of the key, ranges that contain all of the load's values."""
        parts = RANGES if self._count("FROM winner") <= MOST_SORTED_KEYS else 1
        return [self._ranges(place, parts) for place in _named("key", how.key)]

    def _ranges(self, column: str, parts: int) -> list[Range]:
        part = f"ntile({parts}) OVER (ORDER BY {column})" if parts > 1 else "1"
        keys = f"FROM winner SELECT {column} AS key, {part} AS part"
        found = self._sql.execute(f"FROM ({keys}) SELECT min(key), max(key) GROUP BY part")
        low, high = (comparable(column) for column in found.to_arrow_table().columns)
        return [Range(*ends) for ends in zip(low, high, strict=True)]

    def match(self, existing: pa.RecordBatchReader, how: MergeRows) -> None:
        """Find the table's rows to remove, and the load's rows to add."""
        is_removed, join, wanted = _removal(how), _join(how), _is_wanted(how)
        on = f"ON {_same('key', how.key)} WHERE {wanted}"
        if join is None:
            is_added = wanted if how.strategy.adds(is_matched=False) else NEVER
            self._create("removed", f"FROM stream one WHERE {is_removed}", existing)
            self._create("added", f"FROM winner WHERE {is_added}")
        elif is_removed == NEVER:
            self._create("removed", "FROM winner LIMIT 0")
            self._create("added", f"FROM winner one {join} JOIN stream other {on}", existing)
        else:  # Two queries read the table's rows, and a stream can be read only once.
            self._create("present", "FROM stream", existing)
            self._create("removed", f"FROM present one WHERE {is_removed}")
            self._create("added", f"FROM winner one {join} JOIN present other {on}")

    def match_versions(self, existing: pa.RecordBatchReader, how: MergeVersions) -> None:
        """Find the table's versions that end, and the load's rows that begin a version."""
        is_active = f"{UNTIL} IS NOT DISTINCT FROM $active"
        self._create("active", f"FROM stream WHERE {is_active}", existing, {"active": how.active})
        self._create("sent", f"FROM winner WHERE {_is_wanted(how)}")
        same = _same("version", how.version, "IS NOT DISTINCT FROM")
        in_scope = f"EXISTS (FROM winner other WHERE {_same('scope', how.scope) or ALWAYS})"
        missing = f"NOT EXISTS (FROM sent other WHERE {same}) AND {in_scope}"
        ends = how.strategy.missing is MissingVersion.END
        self._create("removed", f"FROM active one WHERE {missing if ends else NEVER}")
        self._create("added", f"FROM sent one WHERE NOT EXISTS (FROM active other WHERE {same})")

    def replace_rows(self, existing: pa.RecordBatchReader, incoming: pa.RecordBatchReader) -> None:
        """Remove all rows of *existing*, and add all of *incoming*: which rows these are is decided before."""
        self._create("removed", "FROM stream", existing)
        self._create("added", "FROM stream", incoming)

    def winners(self) -> int:
        """The number of rows of the load that were chosen for their key."""
        return self._count("FROM winner")

    def keep_root_ids(self, root: TableName, existing: pa.RecordBatchReader) -> None:
        """Keep the ids of the rows of *root* that stay and that are added, for its nested tables."""
        self._root = root
        removed = f"FROM removed other WHERE one.{ID} = other.{ID}"
        stays = f"{ID} IS NOT NULL AND NOT EXISTS ({removed})"
        self._create("root_kept", f"FROM stream one SELECT {ID} WHERE {stays}", existing)
        self._create("root_added", f"FROM added SELECT {ID}")
        self._root_has_changed = bool(self.removed() or self.added())

    def match_nested(
        self, existing: pa.RecordBatchReader, incoming: pa.RecordBatchReader, how: MergeNested
    ) -> None:
        """Find the rows of a nested table to remove and to add with their root rows."""
        if self._root != how.root:  # the root was committed before, by itself
            self._create("removed", "FROM stream LIMIT 0", existing)
            self._create("added", "FROM stream LIMIT 0", incoming)
            return
        root_is_added, root_is_kept = (
            f"EXISTS (FROM root_{rows} root WHERE root.{ID} = one.{ID})" for rows in ("added", "kept")
        )
        is_removed = f"{ID} IS NOT NULL AND NOT {root_is_kept}" if self._root_has_changed else "false"
        if how.row_id is None:
            self._create("removed", f"FROM stream one WHERE {is_removed}", existing)
            self._create("added", f"FROM stream one WHERE {root_is_added}", incoming)
            return
        self._create("nested", "FROM stream", existing)
        is_new = f"NOT EXISTS (FROM nested other WHERE {_same('key', (how.row_id,))})"
        self._create("removed", f"FROM nested one WHERE {is_removed}")
        self._create(
            "added", f"FROM stream one WHERE {root_is_added} OR ({is_new} AND {root_is_kept})", incoming
        )

    def removed(self) -> dict[int, int]:
        """The number of rows to remove, by the number of the table's file."""
        return self._by_file("removed")

    def added(self) -> dict[int, int]:
        """The number of rows to add, by the number of the load's file."""
        return self._by_file("added")

    def removed_from(self, file: int) -> Places:
        """The sorted positions of the rows to remove."""
        return self._places("removed", file)

    def added_from(self, file: int) -> Places:
        """The sorted positions of the rows to add."""
        return self._places("added", file)

    def _create(
        self,
        name: str,
        query: str,
        stream: pa.RecordBatchReader | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        if stream is not None:
            self._sql.register("stream", stream)
        self._sql.execute(f"CREATE OR REPLACE TABLE {name} AS {query}", values)
        if stream is not None:
            self._sql.unregister("stream")

    def _count(self, rows: str) -> int:
        found = self._sql.execute(f"FROM ({rows}) SELECT count(*)").fetchone()
        return int(found[0]) if found else 0

    def _by_file(self, rows: str) -> dict[int, int]:
        found = self._sql.execute(f"FROM {rows} SELECT {FILE}, count(*) GROUP BY ALL ORDER BY ALL")
        return {int(file): int(count) for file, count in found.fetchall()}

    def _places(self, rows: str, file: int) -> Places:
        found = self._sql.execute(f"FROM {rows} SELECT {ROW} WHERE {FILE} = ? ORDER BY ALL", [file])
        return found.to_arrow_table().column(0).combine_chunks()


def _is_wanted(how: MergeRows | MergeVersions) -> str:
    """SQL: the row of the load is not marked as deleted."""
    return f"NOT {FLAG}" if how.hard_delete else ALWAYS


def _named(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Columns by their names in the join, key0 and so on."""
    return {f"{kind}{i}": column for i, column in enumerate(columns)}


def _removal(how: MergeRows) -> str:
    """SQL: the row of the table is removed."""
    same = (_same("key", how.key), _same("scope", how.merge_key))
    matched = " OR ".join(f"EXISTS (FROM incoming other WHERE {columns})" for columns in same if columns)
    match how.strategy.removes(is_matched=bool(matched)), how.strategy.removes(is_matched=False):
        case True, True:
            return ALWAYS
        case True, False:
            return matched
        case False, True:
            return f"NOT ({matched})"
        case _:
            return NEVER


def _join(how: MergeRows) -> str | None:
    """The kind of join, by key, that leaves the load's rows that are added.

    None if the table's rows do not matter: all rows are added, or none.
    """
    if_known, if_new = how.strategy.adds(is_matched=bool(how.key)), how.strategy.adds(is_matched=False)
    if if_known == if_new:
        return None
    return "SEMI" if if_known else "ANTI"


def _same(kind: str, columns: Sequence[str], equal: str = "=") -> str:
    return " AND ".join(f"one.{name} {equal} other.{name}" for name in _named(kind, columns))


def comparable(ends: Column) -> list[KeyValue | None]:
    """The values as in Iceberg's bounds: whole numbers, dates and times as integers, text unchanged."""
    kind = ends.type
    if pa.types.is_temporal(kind):
        ends = ends.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    elif not (pa.types.is_integer(kind) or pa.types.is_string(kind)):
        ends = pa.chunked_array([pa.nulls(len(ends))])
    values: list[KeyValue | None] = ends.to_pylist()
    return values
