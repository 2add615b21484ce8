"""Random tables of MariaDB, loaded in steps by each write mode: the same values are read from Iceberg."""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_databases import MODES, RandomTable, ServerTables, SqlType, check_values, random_tables
from tests.random_tables import DAYS, MOST_EXAMPLES, TEXTS, Row
from tests.services.environment import needed, with_driver

INTEGERS: Final = st.integers(-(2**63), 2**63 - 1)
MOMENTS: Final = st.datetimes()
SECONDS: Final = MOMENTS.map(lambda at: at.replace(microsecond=0))
# A timestamp counts seconds since 1970, in 32 bits.
SINCE_1970: Final = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2037, 1, 1))  # noqa: DTZ001 - without a zone
DECIMALS: Final = st.decimals(-(10**8), 10**8, places=3)
# MariaDB keeps minus zero as zero.
FLOATS: Final = st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda f: f + 0.0)
DOUBLES: Final = st.floats(allow_nan=False, allow_infinity=False).map(lambda f: f + 0.0)
KEY: Final = SqlType("bigint PRIMARY KEY", "long", INTEGERS)


def whole(declared: str, bits: int, *, is_signed: bool = True) -> SqlType:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
    return SqlType(declared, "long", st.integers(low, high), may_be_cursor=True)


def text(declared: str, values: st.SearchStrategy[str] = TEXTS) -> SqlType:
    return SqlType(declared, "string", values)


def point(x: float, y: float) -> bytes:
    """A point as MariaDB stores it: the number of its reference system, and WKB."""
    return struct.pack("<IBIdd", 0, 1, 1, x, y)


TYPES: Final = (
    whole("tinyint", 8),
    whole("smallint", 16),
    whole("mediumint", 24),
    whole("int", 32),
    whole("bigint", 64),
    whole("tinyint unsigned", 8, is_signed=False),
    whole("mediumint unsigned zerofill", 24, is_signed=False),
    whole("int unsigned", 32, is_signed=False),
    whole("bigint unsigned", 63, is_signed=False),
    SqlType("boolean", "long", st.integers(0, 1)),
    SqlType("year", "long", st.integers(1901, 2155), may_be_cursor=True),
    SqlType("bit(1)", "long", st.integers(0, 1), in_queries=False),
    SqlType("bit(8)", "long", st.integers(0, 255), in_queries=False),
    SqlType("bit(63)", "long", st.integers(0, 2**63 - 1), in_queries=False),
    SqlType("decimal(12, 3)", "decimal(12, 3)", DECIMALS, may_be_cursor=True),
    SqlType(
        "decimal(5, 5)", "decimal(5, 5)", st.integers(-99999, 99999).map(lambda n: Decimal(n).scaleb(-5))
    ),
    SqlType("decimal(12, 3) unsigned", "decimal(12, 3)", DECIMALS.map(abs)),
    SqlType("decimal(38, 0)", "decimal(38, 0)", st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal)),
    SqlType("decimal(65, 30)", "decimal(38, 9)", DECIMALS),
    SqlType("decimal(65, 0)", "decimal(38, 9)", st.integers(-(10**8), 10**8).map(Decimal)),
    SqlType("float", "double", FLOATS.map(lambda f: float(f"{f:.6g}"))),
    SqlType("double", "double", DOUBLES),
    text("varchar(10)"),
    text("text"),
    text("longtext COLLATE utf8mb4_bin"),
    text("varchar(10) COLLATE utf8mb4_uca1400_as_cs"),
    text("char(12)", TEXTS.map(lambda value: value.rstrip(" "))),
    text("varchar(10) CHARACTER SET latin1", st.sampled_from(["", "a", "é", "null", " a "])),
    text("varchar(10) CHARACTER SET utf16", TEXTS),
    text("enum('', 'sad', 'it''s 100% ok')", st.sampled_from(["", "sad", "it's 100% ok"])),
    text("set('a', 'b c', 'd')", st.sampled_from(["", "a", "a,b c", "a,b c,d"])),
    text(
        "json", st.sampled_from(['{"a": 1.10,  "a": [null]}', '"x"', "null", "1", "[]", '"\\ud83d\\ude00"'])
    ),
    text("uuid", st.uuids(version=4).map(str)),
    text("inet6", st.sampled_from(["::", "::1", "fe80::1", "::ffff:10.0.0.1"])),
    text("inet4", st.sampled_from(["0.0.0.0", "10.0.0.1"])),  # noqa: S104 - a value
    SqlType("binary(4)", "binary", st.binary(max_size=4).map(lambda value: value.ljust(4, b"\0"))),
    SqlType("varbinary(6)", "binary", st.binary(max_size=6)),
    SqlType("blob", "binary", st.binary(max_size=6)),
    SqlType("date", "date", DAYS, may_be_cursor=True),
    SqlType("time", "time", st.times().map(lambda at: at.replace(microsecond=0)), in_queries=False),
    SqlType("time(6)", "time", st.times(), in_queries=False),
    SqlType("datetime", "timestamp", SECONDS, may_be_cursor=True),
    SqlType("datetime(6)", "timestamp", MOMENTS, may_be_cursor=True),
    SqlType("timestamp(6) NULL", "timestamp", SINCE_1970, may_be_cursor=True),
    SqlType("point", "binary", st.builds(point, DOUBLES, DOUBLES)),
)


class MariaDbTables(ServerTables):
    """A table in a database of its own."""

    quote = "`"

    def __init__(self, url: str) -> None:
        super().__init__(f"random_{uuid.uuid4().hex[:12]}")
        self.url = with_driver(url)
        self.engine = sa.create_engine(self.url, poolclass=sa.StaticPool, isolation_level="AUTOCOMMIT")

    def run(self, statement: str, values: tuple[object, ...] | None = None) -> None:
        with self.engine.connect() as connection:
            connection.execution_options(no_parameters=values is None).exec_driver_sql(statement, values)

    def insert(self, table: RandomTable, rows: Sequence[Row]) -> list[Row]:
        places = ", ".join("%s" for _ in table.columns)
        statement = f"INSERT INTO {self.place_of(table)} VALUES".replace("%", "%%") + f" ({places})"
        for row in rows:
            self.run(statement, tuple(stored(row[name]) for name in table.columns))
        return list(rows)


def stored(value: Any) -> Any:
    """A value for the driver, which sends floats with fifteen digits."""
    return repr(value) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDbTables]:
    database = MariaDbTables(needed("MARIADB_URL"))
    database.run(f"CREATE DATABASE {database.schema} CHARACTER SET utf8mb4")
    yield database
    database.run(f"DROP DATABASE {database.schema}")
    database.engine.dispose()


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(data=st.data())
def test_the_same_values_are_read_from_the_table(
    mariadb: MariaDbTables, tmp_path_factory: pytest.TempPathFactory, mode: str, data: st.DataObject
) -> None:
    table = data.draw(random_tables(TYPES, KEY, mode))
    check_values(mariadb, table, tmp_path_factory.mktemp("random"))
