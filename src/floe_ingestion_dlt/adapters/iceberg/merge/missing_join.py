"""The rows of a table whose keys the source has no more: its keys are joined with the table's, and nothing else of them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.stubs import Places
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import FILE, ID, MARK, ROW, named, same
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.domain.merge import KeyCounts

# A hash table of all keys spills to disk below this limit. It is enough for a load of so few rows.
MOST_FOR_FEW_ROWS: Final = 96_000_000
FEW_ROWS: Final = 1_000_000
_SAME_ROW: Final = f"one.{FILE} = other.{FILE} AND one.{ROW} = other.{ROW}"


@final
class MissingJoin:
    """Finds the rows that are gone, once the load's rows are in the *tables* of the merge."""

    def __init__(self, tables: JoinTables) -> None:
        self._tables = tables
        self._keys = 0
        self._has_ids = False

    def read_keys(self, key: tuple[str, ...], keys: pa.RecordBatchReader | None) -> None:
        """Read the *keys* of the source, to which the load's are added; without any, the load's are all of them."""
        columns = ", ".join(named("key", key))
        if keys is None:
            self._tables.create("source_key", f"FROM incoming SELECT {columns}")
            self._keys = self._tables.count("FROM source_key")
            return
        self._tables.create("source_key", f"FROM stream WHERE {_has_key(key)}", keys)
        self._keys = self._tables.count("FROM source_key")
        self._tables.sql.execute(f"INSERT INTO source_key FROM incoming SELECT {columns}")

    def find(self, rows: Callable[[], pa.RecordBatchReader], key: tuple[str, ...]) -> KeyCounts:
        """Find the rows of the table that are gone. *rows* reads all that may be, with their keys, and the flag if there is one."""
        stream, counts = _counted(rows())
        self._has_ids = ID in stream.schema.names
        absent = f"FROM stream one ANTI JOIN source_key other ON {same('key', key)} WHERE {_has_key(key)}"
        self._tables.create("absent", absent, stream)
        if MARK not in stream.schema.names:
            self._tables.create("gone", "FROM absent")
            return KeyCounts(self._keys, sum(counts), self._tables.count("FROM gone"))
        self._tables.create("marked", f"FROM stream WHERE {MARK} AND {_has_key(key)}", rows())
        self._tables.create("gone", f"FROM absent one ANTI JOIN marked other ON {_SAME_ROW}")
        self._tables.create("back", f"FROM marked one ANTI JOIN absent other ON {_SAME_ROW}")
        there = sum(counts) - self._tables.count("FROM marked")
        return KeyCounts(self._keys, there, self._tables.count("FROM gone"))

    def remove(self) -> None:
        """Add the rows that are gone to those that the merge removes."""
        columns = ", ".join((FILE, ROW, ID) if self._has_ids else (FILE, ROW))
        new = f"FROM gone one ANTI JOIN removed other ON {_SAME_ROW} SELECT {columns}"
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


def _counted(stream: pa.RecordBatchReader) -> tuple[pa.RecordBatchReader, list[int]]:
    """The stream, and the numbers of rows of the batches that were read of it."""
    counts: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in stream:
            counts.append(len(batch))
            yield batch

    return pa.RecordBatchReader.from_batches(stream.schema, batches()), counts
