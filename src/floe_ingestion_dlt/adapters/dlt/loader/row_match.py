"""`domain.known_rows.known_rows` at scale: duckdb compares rows by digests of their values, and spills to disk."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, compress, product
from typing import Final, TypeAlias, final

import duckdb
import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.batches_ahead import for_duckdb
from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt.nested_digests import RANDOM_PART
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.known_rows import NESTED, NOTHING

# The least memory that duckdb needs, measured with up to ten million rows and a thousand columns.
MEMORY: Final = 32_000_000
MEMORY_PER_ROW: Final = 8
MEMORY_PER_COLUMN: Final = 64_000
PLACE: Final = "_dlt_place"
FILE: Final = "_dlt_file"

Columns: TypeAlias = Sequence[str]


@final
class RowMatch:
    """The rows of a table, and of files to load into it, in the table's types.

    Only digests of values are kept, because a single text or a row of many columns may be larger than the memory.
    """

    def __init__(
        self, sql: duckdb.DuckDBPyConnection, files: Sequence[Columns], added: Columns, cursor: str
    ) -> None:
        self._sql = sql
        self._groups = list(dict.fromkeys(frozenset(columns) for columns in files))
        self._group_of = [self._groups.index(frozenset(columns)) for columns in files]
        self._added = added
        self._cursor = cursor
        self._memory = MEMORY + MEMORY_PER_COLUMN * len({*added, *chain.from_iterable(files)})
        sql.execute(f"SET memory_limit = '{self._memory}B'")

    def read_table(self, rows: pa.RecordBatchReader) -> int:
        """Read the table's rows; returns their number."""
        nested = f"regexp_replace({ROW_ID}, '{RANDOM_PART}', '')" if ROW_ID in rows.schema.names else "''"
        steady = ", ".join(
            f"{digest} AS {end}{number}"
            for number, group in enumerate(self._groups)
            for end, digest in zip(("one", "other"), self._steady(group), strict=True)
        )
        self._sql.register("stream", for_duckdb(rows))
        self._sql.execute(
            f"CREATE TABLE known AS FROM stream SELECT row_number() OVER () AS {PLACE}, {nested} AS {NESTED}, "
            f"{_name(self._cursor) if self._cursor else 'NULL'} AS cursor, {self._later(self._added)} AS later, {steady}"
        )
        self._sql.unregister("stream")
        for number in range(len(self._groups)):
            self._sql.execute(
                f"CREATE TABLE incoming{number} AS FROM known "
                f"SELECT 0 AS {FILE}, {PLACE}, {NESTED}, later, one{number} AS one, other{number} AS other LIMIT 0"
            )
        self._sql.execute(f"CREATE TABLE matched ({FILE} INT, {PLACE} BIGINT)")
        found = self._count("known")
        self._sql.execute(f"SET memory_limit = '{self._memory + MEMORY_PER_ROW * found}B'")
        return found

    def _count(self, table: str) -> int:
        found = self._sql.execute(f"FROM {table} SELECT count(*)").fetchone()
        return int(found[0]) if found else 0

    def _steady(self, columns: frozenset[str]) -> tuple[str, str]:
        """Two digests of the values of the columns that the table has had since its first load."""
        return _digests([_name(column) for column in sorted(columns - set(self._added))])

    def _later(self, there: Collection[str]) -> str:
        """A list with the digest of each column that was added to the table, and null for a null."""
        digests = (
            f"if({_name(column)} IS NULL, NULL, hash({_name(column)}))" if column in there else "NULL"
            for column in self._added
        )
        return f"[{', '.join(digests)}]::UBIGINT[]"

    def last_cursor(self) -> pa.Scalar[pa.DataType]:
        """The highest value of the cursor in the table's rows."""
        found: pa.Scalar[pa.DataType] = self._sql.execute("FROM known SELECT max(cursor)").to_arrow_table()[
            0
        ][0]
        return found

    def add_rows(self, file: int, rows: pa.Table) -> None:
        """Add rows of a file, with their places in it in a column PLACE."""
        number = self._group_of[file]
        one, other = self._steady(self._groups[number])
        self._sql.register("part", rows)
        self._sql.execute(
            f"INSERT INTO incoming{number} FROM part "
            f"SELECT {file}, {PLACE}, {NESTED}, {self._later(self._groups[number])}, {one}, {other}"
        )
        self._sql.unregister("part")

    def known(self, file: int) -> array[int]:
        """The places of the file's rows that the table has, in order, once `match` has found them."""
        found = self._sql.execute(f"FROM matched SELECT {PLACE} WHERE {FILE} = ? ORDER BY ALL", [file])
        places = array("q")
        for chunk in found.to_arrow_table().column(0).chunks:
            places.extend(place for place in chunk.to_pylist() if place is not None)
        return places

    def match(self) -> None:
        """Pair each row of the table with one of the files', first with those that are equal in all columns."""
        for unknown in self._unknown():
            for number, nested in product(range(len(self._groups)), ([NESTED], [])):
                self._pair(number, nested, unknown)

    def _unknown(self) -> list[frozenset[str]]:
        rows = self._sql.execute(
            "FROM known SELECT DISTINCT list_transform(later, lambda x: x IS NULL)"
        ).fetchall()
        found = [NOTHING, *(frozenset(compress(self._added, flags)) for (flags,) in rows)]
        return sorted(dict.fromkeys(found), key=lambda columns: (len(columns), sorted(columns)))

    def _pair(self, group: int, nested: Columns, unknown: frozenset[str]) -> None:
        """Pair rows that are equal in the group's columns and in *nested*, except in columns that are *unknown* in the table's row."""
        incoming = f"incoming{group}"
        if not self._count(incoming):
            return
        later = {column: f"later[{place}]" for place, column in enumerate(self._added, start=1)}
        by = [*(later[column] for column in self._added if column in self._groups[group] - unknown), *nested]
        nulls = " AND ".join(f"{later[column]} IS NULL" for column in sorted(unknown)) or "true"
        sent = _numbered(f"{FILE}, {PLACE}", incoming, ("one", "other"), by, "true")
        there = _numbered(PLACE, "known", (f"one{group}", f"other{group}"), by, nulls)
        self._sql.execute(
            f"CREATE OR REPLACE TABLE pairs AS FROM ({sent}) sent JOIN ({there}) there USING (one, other, number) "
            f"SELECT sent.{FILE}, sent.{PLACE}, there.{PLACE} AS known"
        )
        self._sql.execute(f"INSERT INTO matched FROM pairs SELECT {FILE}, {PLACE}")
        self._without_pairs("known", f"pairs.known = left_over.{PLACE}")
        self._without_pairs(
            incoming, f"pairs.{FILE} = left_over.{FILE} AND pairs.{PLACE} = left_over.{PLACE}"
        )

    def _without_pairs(self, table: str, same: str) -> None:
        self._sql.execute(
            f"CREATE OR REPLACE TABLE {table} AS FROM {table} left_over ANTI JOIN pairs ON {same}"
        )


@contextmanager
def row_match(files: Sequence[Columns], added: Columns, cursor: str = "") -> Iterator[RowMatch]:
    """A match in a database of its own, with a folder to spill to.

    *files* has the columns of each file. Columns that were *added* to the table after its first load may be null in
    rows whose source has a value.
    """
    with scratch_folder("match") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(folder),
            "threads": 1,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(":memory:", config=settings) as sql:
            yield RowMatch(sql, files, added, cursor)


def _digests(values: Sequence[str]) -> tuple[str, str]:
    """Two digests that take the values in opposite orders."""
    return f"hash({', '.join([*values, '1'])})", f"hash({', '.join([*reversed(values), '2'])})"


def _numbered(places: str, table: str, steady: Columns, by: Columns, condition: str) -> str:
    """The rows with two digests of their values, and each with its number among those that are equal."""
    one, other = (_digests([digest, *by])[end] for end, digest in enumerate(steady))
    digests = f"{one} AS one, {other} AS other"
    number = f"row_number() OVER (PARTITION BY one, other ORDER BY {places}) AS number"
    return f"FROM (FROM {table} SELECT {places}, {digests} WHERE {condition}) SELECT *, {number}"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
