"""The rows of a table whose keys the source has no more: its keys are joined with the table's, and nothing else of them is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Places
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import FILE, MARK, ROW, named, same
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.domain.merge import KeyCounts

_IS_MARKED: Final = f"{MARK} IS NOT DISTINCT FROM true"
_SAME_ROW: Final = f"one.{FILE} = other.{FILE} AND one.{ROW} = other.{ROW}"


@final
class MissingJoin:
    """Finds the rows that are gone, once the load's rows are in the *tables* of the merge."""

    def __init__(self, tables: JoinTables) -> None:
        self._tables = tables
        self._keys = 0

    def read_keys(self, key: tuple[str, ...], keys: Iterable[pa.Table] | None) -> None:
        """Read the *keys* of the source, to which the load's are added; without any, the load's are all of them."""
        columns = ", ".join(named("key", key))
        if keys is None:
            self._tables.create("source_key", f"FROM incoming SELECT {columns}")
            self._keys = self._tables.count("FROM source_key")
            return
        self._tables.create("source_key", f"FROM incoming SELECT {columns} LIMIT 0")
        self._tables.add("source_key", keys)
        self._keys = self._tables.count(f"FROM source_key WHERE {_has_key(key)}")
        self._tables.sql.execute(f"INSERT INTO source_key FROM incoming SELECT {columns}")

    def find(self, rows: str, key: tuple[str, ...], *, are_flagged: bool = False) -> KeyCounts:
        """Find the rows of the table in *rows* that are gone; if rows *are_flagged*, only those that are not flagged yet."""
        there = f"NOT ({_IS_MARKED})" if are_flagged else "true"
        joined = f"FROM {rows} one ANTI JOIN source_key other ON {same('key', key)}"
        self._tables.create("gone", f"{joined} WHERE {_has_key(key)} AND {there}")
        if are_flagged:
            joined = f"FROM {rows} one SEMI JOIN source_key other ON {same('key', key)}"
            self._tables.create("back", f"{joined} WHERE {_IS_MARKED}")
        found = self._tables.count(f"FROM {rows} WHERE {there}")
        return KeyCounts(self._keys, found, self._tables.count("FROM gone"))

    def remove(self) -> None:
        """Add the rows that are gone to those that the merge removes."""
        new = f"FROM gone one ANTI JOIN removed other ON {_SAME_ROW}"
        self._tables.sql.execute(f"INSERT INTO removed BY NAME {new}")

    def flag(self) -> None:
        """Note the rows that stay and get another flag, because they are gone, or came back."""
        for name, rows in (("flagged", "gone"), ("unflagged", "back")):
            self._tables.create(name, f"FROM {rows} one ANTI JOIN removed other ON {_SAME_ROW}")

    def flagged(self) -> set[int]:
        """The numbers of the table's files with rows that get another flag."""
        return {*self._tables.by_file("flagged"), *self._tables.by_file("unflagged")}

    def flags_in(self, file: int) -> dict[bool, Places]:
        """The sorted positions of the rows that get each flag."""
        return {True: self._tables.places("flagged", file), False: self._tables.places("unflagged", file)}


def _has_key(key: tuple[str, ...]) -> str:
    return " AND ".join(f"{place} IS NOT NULL" for place in named("key", key))
