"""`domain.boundary.known_rows` at scale: duckdb compares rows by digests of their values, and spills to disk."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import compress, product
from typing import Any, Final, final

import duckdb
import pyarrow as pa

from floe_ingestion_dlt.adapters.dlt.hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt.nested_digests import RANDOM_PART
from floe_ingestion_dlt.domain.boundary import NESTED, NOTHING

MEMORY_LIMIT: Final = "64MB"
PLACE: Final = "_dlt_place"
FILE: Final = "_dlt_file"
GROUP: Final = "_dlt_group"


@final
class RowMatch:
    """The rows of a table, and of files that are to be loaded into it, whose columns are typed as the table's."""

    def __init__(self, sql: duckdb.DuckDBPyConnection, columns: Sequence[str], added: frozenset[str]) -> None:
        self._sql = sql
        self._columns = tuple(columns)
        self._added = [column for column in columns if column in added]
        self._groups: list[frozenset[str]] = []

    def take_known(self, rows: pa.RecordBatchReader) -> int:
        """Read the table's rows, and say how many there are."""
        columns = ", ".join(map(_name, self._columns))
        nested = f"regexp_replace({ROW_ID}, '{RANDOM_PART}', '')" if ROW_ID in rows.schema.names else "''"
        self._sql.register("stream", rows)
        self._sql.execute(
            f"CREATE TABLE known AS FROM stream SELECT row_number() OVER () AS {PLACE}, {columns}, {nested} AS {NESTED}"
        )
        self._sql.unregister("stream")
        of_files = f"FROM known SELECT NULL::INT AS {FILE}, NULL::INT AS {GROUP}, * LIMIT 0"
        self._sql.execute(f"CREATE TABLE incoming AS {of_files}")
        self._sql.execute(f"CREATE TABLE met ({FILE} INT, {PLACE} BIGINT)")
        return self._count("known")

    def _count(self, table: str) -> int:
        found = self._sql.execute(f"FROM {table} SELECT count(*)").fetchone()
        return int(found[0]) if found else 0

    def largest(self, column: str) -> pa.Scalar[Any]:
        """The largest value that the table's rows have."""
        found: pa.Scalar[Any] = self._sql.execute(f"FROM known SELECT max({_name(column)})").to_arrow_table()[
            0
        ][0]
        return found

    def take_in(self, file: int, rows: pa.Table) -> None:
        """Take rows of a file, with their places in it in a column PLACE."""
        sent = frozenset(rows.column_names) - {PLACE, NESTED}
        if sent not in self._groups:
            self._groups.append(sent)
        whole = rows.append_column(FILE, pa.repeat(pa.scalar(file, pa.int32()), len(rows)))
        whole = whole.append_column(
            GROUP, pa.repeat(pa.scalar(self._groups.index(sent), pa.int32()), len(rows))
        )
        self._sql.register("part", whole)
        self._sql.execute("INSERT INTO incoming BY NAME FROM part")
        self._sql.unregister("part")

    def known(self, file: int) -> array[int]:
        """The places of the file's rows that the table has, in order, once `match` has found them."""
        found = self._sql.execute(f"FROM met SELECT {PLACE} WHERE {FILE} = ? ORDER BY ALL", [file])
        return array("q", found.to_arrow_table().column(0).to_numpy().tobytes())

    def match(self) -> None:
        """Account for each row of the table by one of the files', first for those that equal it as they are."""
        for unknown in self._unknown():
            for (number, sent), nested in product(enumerate(self._groups), ((NESTED,), ())):
                if not self._pair(number, (*sorted(sent - unknown), *nested), unknown):
                    return

    def _unknown(self) -> list[frozenset[str]]:
        found = [NOTHING]
        if self._added:
            flags = ", ".join(f"{_name(column)} IS NULL" for column in self._added)
            rows = self._sql.execute(f"FROM known SELECT DISTINCT {flags}").fetchall()
            found += [frozenset(compress(self._added, row)) for row in rows]
        return sorted(dict.fromkeys(found), key=lambda columns: (len(columns), sorted(columns)))

    def _pair(self, group: int, by: Sequence[str], unknown: frozenset[str]) -> bool:
        """Pair rows that are equal *by* these columns; whether rows of files are left over."""
        nulls = " AND ".join(f"{_name(column)} IS NULL" for column in sorted(unknown)) or "true"
        sent = _numbered(f"{FILE}, {PLACE}", "incoming", by, f"{GROUP} = {group}")
        there = _numbered(PLACE, "known", by, nulls)
        self._sql.execute(
            f"CREATE OR REPLACE TABLE pairs AS FROM ({sent}) sent JOIN ({there}) there USING (one, other, number) "
            f"SELECT sent.{FILE}, sent.{PLACE}, there.{PLACE} AS known"
        )
        self._sql.execute(f"INSERT INTO met FROM pairs SELECT {FILE}, {PLACE}")
        if self._count("incoming") == self._count("pairs"):
            return False
        self._without_pairs("known", f"pairs.known = left_over.{PLACE}")
        self._without_pairs(
            "incoming", f"pairs.{FILE} = left_over.{FILE} AND pairs.{PLACE} = left_over.{PLACE}"
        )
        return True

    def _without_pairs(self, table: str, same: str) -> None:
        self._sql.execute(
            f"CREATE OR REPLACE TABLE {table} AS FROM {table} left_over ANTI JOIN pairs ON {same}"
        )


@contextmanager
def row_match(columns: Sequence[str], added: frozenset[str]) -> Iterator[RowMatch]:
    """A match in a database of its own, with a folder to spill to."""
    with tempfile.TemporaryDirectory(prefix="floe-match-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": folder,
            "threads": 1,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(":memory:", config=settings) as sql:
            yield RowMatch(sql, columns, added)


def _numbered(places: str, table: str, by: Sequence[str], condition: str) -> str:
    """The rows with two digests of their values, and each with its number among those that are equal."""
    values = ", ".join(map(_name, by)) or "1"
    backwards = ", ".join(map(_name, reversed(by))) or "1"
    digests = f"hash({values}) AS one, hash({backwards}, 'other') AS other"
    number = f"row_number() OVER (PARTITION BY one, other ORDER BY {places}) AS number"
    return f"FROM (FROM {table} SELECT {places}, {digests} WHERE {condition}) SELECT *, {number}"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
