"""Matches the rows of a load with those of a table by key: duckdb joins keys and positions, and reads no other column."""

from __future__ import annotations

from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Column, Places
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import (
    ALWAYS,
    FILE,
    FLAG,
    ID,
    NEVER,
    ROW,
    SORT,
    UNTIL,
    named,
    same,
)
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions
from floe_ingestion_dlt.domain.merge.strategy import MissingVersion
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.pruning import KeyValue, Range

RANGES: Final = 512
# Sorting more keys than this costs more than it saves; then one range from the lowest to the highest is used.
MOST_SORTED_KEYS: Final = 2_000_000


@final
class KeyJoin:
    """One merge: the load's rows are read, matched with the table's, and then the same for its nested tables."""

    def __init__(self, tables: JoinTables) -> None:
        self._tables = tables
        self._root: TableName | None = None
        self._root_has_changed = False

    def read(self, incoming: pa.RecordBatchReader, how: MergeRows | MergeVersions) -> None:
        """Read the load's rows and choose one for each key; for versions without a key, one for each version."""
        self._tables.create("incoming", "FROM stream", incoming)
        keys = [*named("key", how.key)] or (
            [*named("version", how.version)] if isinstance(how, MergeVersions) else []
        )
        if not keys:
            self._tables.create("winner", "FROM incoming")
            return
        best = f"{SORT} {how.dedup_sort.order.value} NULLS LAST, " if how.dedup_sort else ""
        last = f"ORDER BY {best}{FILE} DESC, {ROW} DESC"
        chosen = f"row_number() OVER (PARTITION BY {', '.join(keys)} {last}) = 1"
        self._tables.create("winner", f"FROM incoming QUALIFY {chosen}")

    def without_key(self, key: tuple[str, ...]) -> tuple[str, int] | None:
        """A column of the key that is null in rows of the load, and the number of those rows."""
        for place, column in named("key", key).items():
            if rows := self._tables.count(f"FROM incoming WHERE {place} IS NULL"):
                return column, rows
        return None

    def unclear_flags(self) -> int:
        """The number of rows of the load of which it is not known whether they are deleted."""
        return self._tables.count(f"FROM incoming WHERE {FLAG} IS NULL")

    def shared_ids(self) -> int:
        """The number of rows of the load that share their row id with another one."""
        return self._tables.count("FROM incoming") - self._tables.count(f"FROM incoming SELECT DISTINCT {ID}")

    def repeated_keys(self) -> int:
        """The number of rows of the load that were not chosen for their key."""
        return self._tables.count("FROM incoming") - self._tables.count("FROM winner")

    def key_ranges(self, how: MergeRows) -> list[list[Range]]:
        """For each column of the key, ranges that contain all of the load's values."""
        parts = RANGES if self._tables.count("FROM winner") <= MOST_SORTED_KEYS else 1
        return [self._ranges(place, parts) for place in named("key", how.key)]

    def _ranges(self, column: str, parts: int) -> list[Range]:
        part = f"ntile({parts}) OVER (ORDER BY {column})" if parts > 1 else "1"
        keys = f"FROM winner SELECT {column} AS key, {part} AS part"
        found = self._tables.sql.execute(f"FROM ({keys}) SELECT min(key), max(key) GROUP BY part")
        low, high = (comparable(column) for column in found.to_arrow_table().columns)
        return [Range(*ends) for ends in zip(low, high, strict=True)]

    def match(self, existing: pa.RecordBatchReader, how: MergeRows) -> None:
        """Find the table's rows to remove, and the load's rows to add."""
        is_removed, join, wanted = _removal(how), _join(how), _is_wanted(how)
        on = f"ON {same('key', how.key)} WHERE {wanted}"
        if join is None:
            is_added = wanted if how.strategy.adds(is_matched=False) else NEVER
            self._tables.create("removed", f"FROM stream one WHERE {is_removed}", existing)
            self._tables.create("added", f"FROM winner WHERE {is_added}")
        elif is_removed == NEVER:
            self._tables.create("removed", "FROM winner LIMIT 0")
            self._tables.create("added", f"FROM winner one {join} JOIN stream other {on}", existing)
        else:  # Two queries read the table's rows, and a stream can be read only once.
            self._tables.create("present", "FROM stream", existing)
            self._tables.create("removed", f"FROM present one WHERE {is_removed}")
            self._tables.create("added", f"FROM winner one {join} JOIN present other {on}")

    def match_versions(self, existing: pa.RecordBatchReader, how: MergeVersions) -> None:
        """Find the table's versions that end, and the load's rows that begin a version."""
        is_active = f"{UNTIL} IS NOT DISTINCT FROM $active"
        self._tables.create("active", f"FROM stream WHERE {is_active}", existing, {"active": how.active})
        self._tables.create("sent", f"FROM winner WHERE {_is_wanted(how)}")
        equal = same("version", how.version, "IS NOT DISTINCT FROM")
        in_scope = f"EXISTS (FROM winner other WHERE {same('scope', how.scope) or ALWAYS})"
        missing = f"NOT EXISTS (FROM sent other WHERE {equal}) AND {in_scope}"
        ends = how.strategy.missing is MissingVersion.END
        self._tables.create("removed", f"FROM active one WHERE {missing if ends else NEVER}")
        self._tables.create("added", f"FROM sent one WHERE NOT EXISTS (FROM active other WHERE {equal})")

    def replace_rows(self, existing: pa.RecordBatchReader, incoming: pa.RecordBatchReader) -> None:
        """Remove all rows of *existing*, and add all of *incoming*: which rows these are is decided before."""
        self._tables.create("removed", "FROM stream", existing)
        self._tables.create("added", "FROM stream", incoming)

    def winners(self) -> int:
        """The number of rows of the load that were chosen for their key."""
        return self._tables.count("FROM winner")

    def keep_root_ids(self, root: TableName, existing: pa.RecordBatchReader) -> None:
        """Keep the ids of the rows of *root* that stay and that are added, for its nested tables."""
        self._root = root
        removed = f"FROM removed other WHERE one.{ID} = other.{ID}"
        stays = f"{ID} IS NOT NULL AND NOT EXISTS ({removed})"
        self._tables.create("root_kept", f"FROM stream one SELECT {ID} WHERE {stays}", existing)
        self._tables.create("root_added", f"FROM added SELECT {ID}")
        self._root_has_changed = bool(self.removed() or self.added())

    def match_nested(
        self, existing: pa.RecordBatchReader, incoming: pa.RecordBatchReader, how: MergeNested
    ) -> None:
        """Find the rows of a nested table to remove and to add with their root rows."""
        if self._root != how.root:  # the root was committed before, by itself
            self._tables.create("removed", "FROM stream LIMIT 0", existing)
            self._tables.create("added", "FROM stream LIMIT 0", incoming)
            return
        root_is_added, root_is_kept = (
            f"EXISTS (FROM root_{rows} root WHERE root.{ID} = one.{ID})" for rows in ("added", "kept")
        )
        is_removed = f"{ID} IS NOT NULL AND NOT {root_is_kept}" if self._root_has_changed else "false"
        if how.row_id is None:
            self._tables.create("removed", f"FROM stream one WHERE {is_removed}", existing)
            self._tables.create("added", f"FROM stream one WHERE {root_is_added}", incoming)
            return
        self._tables.create("nested", "FROM stream", existing)
        is_new = f"NOT EXISTS (FROM nested other WHERE {same('key', (how.row_id,))})"
        self._tables.create("removed", f"FROM nested one WHERE {is_removed}")
        self._tables.create(
            "added", f"FROM stream one WHERE {root_is_added} OR ({is_new} AND {root_is_kept})", incoming
        )

    def removed(self) -> dict[int, int]:
        """The number of rows to remove, by the number of the table's file."""
        return self._tables.by_file("removed")

    def added(self) -> dict[int, int]:
        """The number of rows to add, by the number of the load's file."""
        return self._tables.by_file("added")

    def removed_from(self, file: int) -> Places:
        """The sorted positions of the rows to remove."""
        return self._tables.places("removed", file)

    def added_from(self, file: int) -> Places:
        """The sorted positions of the rows to add."""
        return self._tables.places("added", file)


def _is_wanted(how: MergeRows | MergeVersions) -> str:
    """SQL: the row of the load is not marked as deleted."""
    return f"NOT {FLAG}" if how.hard_delete else ALWAYS


def _removal(how: MergeRows) -> str:
    """SQL: the row of the table is removed."""
    matching = (same("key", how.key), same("scope", how.merge_key))
    matched = " OR ".join(f"EXISTS (FROM incoming other WHERE {columns})" for columns in matching if columns)
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


def comparable(ends: Column) -> list[KeyValue | None]:
    """The values as in Iceberg's bounds: whole numbers, dates and times as integers, text unchanged."""
    kind = ends.type
    if pa.types.is_temporal(kind):
        ends = ends.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    elif not (pa.types.is_integer(kind) or pa.types.is_string(kind)):
        ends = pa.chunked_array([pa.nulls(len(ends))])
    values: list[KeyValue | None] = ends.to_pylist()
    return values
