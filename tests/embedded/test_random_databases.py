"""Random tables of SQLite, loaded in steps by each write mode: the same values are read from Iceberg."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_databases import MODES, RandomTable, SqlType, check_values, random_tables
from tests.random_tables import DAYS, MOST_EXAMPLES, TEXTS, Row

INTEGERS: Final = st.integers(-(2**63), 2**63 - 1)
MOMENTS: Final = st.datetimes()
DOUBLES: Final = st.floats(allow_nan=False)
# SQLite keeps decimals as floats, which have fifteen digits.
DECIMALS: Final = st.decimals(-(10**8), 10**8, places=3)
KEY: Final = SqlType("INTEGER", "long", INTEGERS)
# A query has the types of its values: SQLite has none for times, decimals and truths.
TYPES: Final = (
    SqlType("INTEGER", "long", INTEGERS, may_be_cursor=True),
    SqlType("BIGINT", "long", INTEGERS, may_be_cursor=True),
    SqlType("REAL", "double", DOUBLES),
    SqlType("DOUBLE PRECISION", "double", DOUBLES),
    SqlType("TEXT", "string", TEXTS | st.just("a\0b")),
    SqlType("VARCHAR(10)", "string", TEXTS),
    SqlType("BOOLEAN", "boolean", st.booleans(), in_queries=False),
    SqlType("BLOB", "binary", st.binary(max_size=6)),
    SqlType("DATE", "date", DAYS, may_be_cursor=True, in_queries=False),
    SqlType("TIME", "time", st.times(), in_queries=False),
    SqlType("DATETIME", "timestamp", MOMENTS, may_be_cursor=True, in_queries=False),
    SqlType("TIMESTAMP", "timestamp", MOMENTS, may_be_cursor=True, in_queries=False),
    SqlType("DECIMAL(12, 3)", "decimal(12, 3)", DECIMALS, in_queries=False),
    SqlType("NUMERIC", "decimal(38, 9)", DECIMALS, in_queries=False),
    # SQLite stores the text 1 as a number in such a column.
    SqlType(
        "JSON",
        "string",
        st.sampled_from(['{"a": 1.10,  "b": [null]}', '"x"', "null", "1", "[]"]),
        in_queries=False,
    ),
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored(value: object) -> object:
    match value:
        case dt.datetime():
            return value.isoformat(" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value


class SqliteTables:
    """A table in a file."""

    schema = None

    def __init__(self, folder: Path) -> None:
        self._path = folder / "source.db"
        self.url = f"sqlite:///{self._path}"

    def _run(self, statement: str, rows: Sequence[Sequence[object]] = ((),)) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.executemany(statement, rows)

    def create(self, table: RandomTable) -> None:
        columns = ", ".join(f"{quoted(name)} {kind.declared}" for name, kind in table.columns.items())
        self._run(f"CREATE TABLE {quoted(table.name)} ({columns})")

    def query(self, table: RandomTable) -> str:
        return f"SELECT * FROM {quoted(table.name)}"

    def clear(self, table: RandomTable) -> None:
        self._run(f"DELETE FROM {quoted(table.name)}")

    def insert(self, table: RandomTable, rows: Sequence[Row]) -> list[Row]:
        places = ", ".join("?" for _ in table.columns)
        values = [[stored(row[name]) for name in table.columns] for row in rows]
        self._run(f"INSERT INTO {quoted(table.name)} VALUES ({places})", values)
        return list(rows)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(data=st.data())
def test_the_same_values_are_read_from_the_table(
    tmp_path_factory: pytest.TempPathFactory, mode: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("random")
    check_values(SqliteTables(folder), data.draw(random_tables(TYPES, KEY, mode)), folder)
