"""Random tables of Postgres, loaded in steps by each write mode: the same values are read from Iceberg."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_databases import MODES, RandomTable, ServerTables, SqlType, check_values, random_tables
from tests.random_tables import DAYS, MOST_EXAMPLES, TEXTS, Row
from tests.services.environment import Services, with_driver

INTEGERS: Final = st.integers(-(2**63), 2**63 - 1)
MOMENTS: Final = st.datetimes()
DECIMALS: Final = st.decimals(-(10**8), 10**8, places=3)
UUIDS: Final = st.uuids().map(str)
KEY: Final = SqlType("bigint PRIMARY KEY", "long", INTEGERS)


def written(declared: str, *values: str, in_queries: bool = True) -> SqlType:
    """A type whose values are loaded as Postgres writes them."""
    texts = st.sampled_from(values)
    return SqlType(declared, "string", texts, as_written=True, in_queries=in_queries)


def array(declared: str, items: st.SearchStrategy[Any]) -> SqlType:
    return SqlType(declared, "string", st.lists(st.none() | items, max_size=3), is_json=True)


TYPES: Final = (
    SqlType("smallint", "long", st.integers(-(2**15), 2**15 - 1), may_be_cursor=True),
    SqlType("integer", "long", st.integers(-(2**31), 2**31 - 1), may_be_cursor=True),
    SqlType("bigint", "long", INTEGERS, may_be_cursor=True),
    SqlType("oid", "long", st.integers(0, 2**32 - 1)),
    SqlType("numeric(12, 3)", "decimal(12, 3)", DECIMALS, may_be_cursor=True),
    SqlType("numeric(38, 0)", "decimal(38, 0)", st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal)),
    SqlType("numeric", "decimal(38, 9)", DECIMALS),
    SqlType("numeric(50, 3)", "decimal(38, 9)", DECIMALS),
    SqlType("numeric(5, -2)", "decimal(38, 9)", st.integers(-99, 99).map(lambda n: Decimal(n * 100))),
    SqlType("real", "double", st.floats(width=32, allow_nan=True).map(lambda f: float(f"{f:.6g}"))),
    SqlType("double precision", "double", st.floats()),
    SqlType("boolean", "boolean", st.booleans()),
    SqlType("text", "string", TEXTS),
    SqlType("varchar(10)", "string", TEXTS),
    SqlType("char(12)", "string", TEXTS.map(lambda text: text.ljust(12))),
    SqlType("bytea", "binary", st.binary(max_size=6)),
    SqlType("date", "date", DAYS, may_be_cursor=True),
    SqlType("time", "time", st.times()),
    SqlType("timestamp", "timestamp", MOMENTS, may_be_cursor=True),
    SqlType(
        "timestamptz", "timestamptz", MOMENTS.map(lambda at: at.replace(tzinfo=dt.UTC)), may_be_cursor=True
    ),
    SqlType("uuid", "string", UUIDS),
    written("json", '{"a": 1.10,  "a": [null]}', '"x"', "null", "1", "[]", '"\\ud83d\\ude00"'),
    written("jsonb", '{"a": 1.10, "b": 12345678901234567.89}', '"x"', "null", "1", "true", "[]"),
    array("integer[]", st.integers(-9, 9)),
    array("text[]", TEXTS),
    array("numeric[]", st.decimals(-9, 9, places=3).map(str)),
    array("boolean[]", st.booleans()),
    array("uuid[]", UUIDS),
    array("date[]", DAYS.map(str)),
    array("bytea[]", st.binary(max_size=3).map(bytes.hex)),
    written("mood", "sad", "it's 100% ok"),
    written("label", "", "a", "Ünï"),
    written("timetz", "01:02:03+02", "23:59:59.999999-12", in_queries=False),
    written("interval", "1 mon 2 days 03:04", "-1 year", "0", "178000000 years", in_queries=False),
    written("int4range", "[1,5)", "empty", "(,)", in_queries=False),
    written("numrange", "[1.50,5)", "empty", in_queries=False),
    written("tstzrange", "[2026-01-01+00,)", "empty", in_queries=False),
    written("int4multirange", "{}", "{[1,2),[5,6)}", in_queries=False),
    written("inet", "10.0.0.1/8", "10.0.0.1", "::1", "fe80::1/64"),
    written("cidr", "10.0.0.0/8", "10.0.0.1/32", "::/0"),
    written("macaddr", "08:00:2b:01:02:03"),
    written("macaddr8", "08:00:2b:01:02:03:04:05"),
    written("bit(4)", "1010", "0000"),
    written("varbit", "1", ""),
    written("point", "(1,2)", "(-0.5,1e+300)"),
    written("box", "(2,2),(1,1)"),
    written("money", "12.34", "-92233720368547758.08"),
    written("tsvector", "'a':1 'b'"),
    written("xml", "<a b='1'>é</a>"),
    written("pg_lsn", "16/B374D848"),
    written("name", "a", "select"),
    written('"char"', "a"),
    written("regclass", "pg_class"),
    written("jsonpath", "$.a"),
    written("pair", "(1,x)", '(,"a ""b"", c")'),
)


def literal(value: object, kind: SqlType) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        text = f"\\x{value.hex()}"
    elif kind.is_json:
        assert isinstance(value, list)
        text = array_text(value, kind)
    else:
        text = str(value)
    return "'" + text.replace("'", "''") + "'"


def array_text(items: Sequence[object], kind: SqlType) -> str:
    """The array as Postgres reads it."""
    is_bytes = kind.declared == "bytea[]"

    def item(value: object) -> str:
        return (
            "NULL"
            if value is None
            else json.dumps(f"\\x{value}" if is_bytes else str(value), ensure_ascii=False)
        )

    return "{" + ",".join(item(value).replace("\\n", "\n") for value in items) + "}"


class PostgresTables(ServerTables):
    """A table in a schema of its own."""

    def __init__(self, url: str, schema: str) -> None:
        super().__init__(schema)
        self.url = with_driver(url)
        self.connection = psycopg.connect(url, autocommit=True)

    def run(self, statement: str) -> psycopg.Cursor[Any]:
        return self.connection.execute(statement.encode())

    def insert(self, table: RandomTable, rows: Sequence[Row]) -> list[Row]:
        """The rows, with what Postgres writes in columns that are loaded as it writes them."""
        kinds = table.columns
        names = [name for name, kind in kinds.items() if kind.as_written]
        # As a CAST to text would not: it appends /32 to an address.
        shown = [
            f"CASE WHEN {name} IS NULL THEN NULL ELSE format('%s', {name}) END"
            for name in map(self.quoted, names)
        ]
        returned = ", ".join(["id", *shown])
        found = []
        for row in rows:
            values = ", ".join(literal(row[name], kinds[name]) for name in kinds)
            cursor = self.run(f"INSERT INTO {self.place_of(table)} VALUES ({values}) RETURNING {returned}")
            (texts,) = cursor.fetchall()
            found.append(row | dict(zip(names, texts[1:], strict=True)))
        return found


@pytest.fixture(scope="module")
def postgres(services: Services) -> Iterator[PostgresTables]:
    schema = f'random "{uuid.uuid4().hex[:12]}" 50%'
    database = PostgresTables(services.postgres, schema)
    prepare_types(database)
    yield database
    database.run(f"DROP SCHEMA {database.quoted(schema)} CASCADE")
    database.connection.close()


def prepare_types(database: PostgresTables) -> None:
    place = database.quoted(database.schema)
    for statement in (
        f"CREATE SCHEMA {place}",
        f"SET search_path TO {place}, public",
        "CREATE TYPE mood AS ENUM ('sad', 'it''s 100% ok')",
        "CREATE DOMAIN label AS text",
        "CREATE TYPE pair AS (a int, b text)",
    ):
        database.run(statement)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(data=st.data())
def test_the_same_values_are_read_from_the_table(
    postgres: PostgresTables, tmp_path_factory: pytest.TempPathFactory, mode: str, data: st.DataObject
) -> None:
    table = data.draw(random_tables(TYPES, KEY, mode))
    check_values(postgres, table, tmp_path_factory.mktemp("random"))
