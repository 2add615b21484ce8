"""Which types of Postgres and MariaDB arrive as what; docs/types.md says the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.platforms import Platform
from tests.services.environment import Services, needed, with_driver

TABLE: Final = "bronze.kinds"


@dataclass(frozen=True)
class Kind:
    """A column of a database: its type, a value as SQL, and what becomes of both."""

    declared: str
    literal: str
    iceberg: str
    value: Any

    def __str__(self) -> str:
        return self.declared


POSTGRES: Final = (
    Kind("smallint", "-1", "long", -1),
    Kind("bigint", "9223372036854775807", "long", 2**63 - 1),
    Kind("numeric", "123.456", "decimal(38, 9)", Decimal("123.456000000")),
    Kind("numeric(10,2)", "12.34", "decimal(10, 2)", Decimal("12.34")),
    Kind("numeric(38,0)", "9" * 38, "decimal(38, 0)", Decimal("9" * 38)),
    Kind("real", "1.5", "double", 1.5),
    Kind("double precision", "1e-300", "double", 1e-300),
    Kind("boolean", "true", "boolean", value=True),
    Kind("text", "'Ægir'", "string", "Ægir"),
    Kind("char(4)", "'ab'", "string", "ab  "),
    Kind("bytea", r"'\x00ff'", "binary", b"\x00\xff"),
    Kind("date", "'9999-12-31'", "date", date(9999, 12, 31)),
    Kind("time", "'01:02:03.5'", "time", time(1, 2, 3, 500_000)),
    Kind("timetz", "'01:02:03+02'", "string", "01:02:03+02"),
    Kind("timestamp", "'2026-03-29 02:30'", "timestamp", datetime.fromisoformat("2026-03-29 02:30")),
    Kind("timestamptz", "'2026-03-29 02:30+02'", "timestamptz", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    Kind("interval", "'1 mon 2 days 03:04'", "string", "1 mon 2 days 03:04:00"),
    Kind("uuid", "'00000000-0000-0000-0000-00000000000a'", "string", "00000000-0000-0000-0000-00000000000a"),
    Kind("json", """'{"a": [1, null]}'""", "string", '{"a": [1, null]}'),
    Kind("jsonb", """'{"a": [1, null]}'""", "string", '{"a": [1, null]}'),
    Kind("int[]", "'{1,NULL}'", "string", "[1, null]"),
    Kind("text[][]", "'{{a,b},{c,d}}'", "string", '[["a", "b"], ["c", "d"]]'),
    Kind("mood", "'ok'", "string", "ok"),
    Kind("int4range", "'[1,5)'", "string", "[1,5)"),
    Kind("tstzrange", "'[2026-01-01+00,)'", "string", '["2026-01-01 00:00:00+00",)'),
    Kind("int4multirange", "'{[1,2),[5,6)}'", "string", "{[1,2),[5,6)}"),
    Kind("inet", "'10.0.0.1/8'", "string", "10.0.0.1/8"),
    Kind("inet", "'10.0.0.1'", "string", "10.0.0.1"),
    Kind("cidr", "'10.0.0.0/8'", "string", "10.0.0.0/8"),
    Kind("macaddr", "'08:00:2b:01:02:03'", "string", "08:00:2b:01:02:03"),
    Kind("bit(4)", "B'1010'", "string", "1010"),
    Kind("point", "'(1,2)'", "string", "(1,2)"),
    Kind("money", "12.34", "string", "$12.34"),
)
MARIADB: Final = (
    Kind("boolean", "true", "long", 1),
    Kind("tinyint unsigned", "255", "long", 255),
    Kind("bigint", "-9223372036854775808", "long", -(2**63)),
    Kind("bigint unsigned", "9223372036854775807", "long", 2**63 - 1),
    Kind("decimal(10,2)", "12.34", "decimal(10, 2)", Decimal("12.34")),
    Kind("float", "1.5", "double", 1.5),
    Kind("double", "1e-300", "double", 1e-300),
    Kind("bit(8)", "b'10000001'", "long", 129),
    Kind("char(4)", "'ab'", "string", "ab"),
    Kind("longtext", "'Ægir'", "string", "Ægir"),
    Kind("enum('a','b')", "'b'", "string", "b"),
    Kind("set('a','b')", "'b,a'", "string", "a,b"),
    Kind("json", """'{"a": 1}'""", "string", '{"a": 1}'),
    Kind("binary(4)", "x'00ff'", "binary", b"\x00\xff\x00\x00"),
    Kind("blob", "x'00ff'", "binary", b"\x00\xff"),
    Kind("date", "'1000-01-01'", "date", date(1000, 1, 1)),
    Kind("time(3)", "'23:59:59.5'", "time", time(23, 59, 59, 500_000)),
    Kind(
        "datetime(6)",
        "'9999-12-31 23:59:59.999999'",
        "timestamp",
        datetime.fromisoformat("9999-12-31 23:59:59.999999"),
    ),
    Kind(
        "timestamp(6) null",
        "'2026-01-02 03:04:05'",
        "timestamp",
        datetime.fromisoformat("2026-01-02 03:04:05"),
    ),
    Kind("year", "2026", "long", 2026),
    Kind("uuid", "'00000000-0000-0000-0000-00000000000a'", "string", "00000000-0000-0000-0000-00000000000a"),
    Kind("inet6", "'::1'", "string", "::1"),
)
POSTGRES_REFUSED: Final = (
    Kind("numeric", "1" + 38 * "0", "refused", "column c0: a value does not fit into decimal128"),
    Kind("numeric", "'NaN'", "refused", "column c0: a value does not fit into decimal128"),
    Kind("date", "'infinity'", "refused", "column c0: a date or time is infinite"),
)
MARIADB_REFUSED: Final = (
    Kind("bigint unsigned", "18446744073709551615", "refused", "column c0: a value does not fit into int64"),
    Kind("time", "'-01:00:00'", "refused", "column c0: a value does not fit into time64"),
    Kind("date", "'0000-00-00'", "refused", "column c0: it is date32[day] but has texts"),
)

Load = Callable[[tuple[Kind, ...]], tuple[IngestionResult, Platform]]


@contextmanager
def loading(url: str, folder: Path, prepare: str, clean: str) -> Iterator[Load]:
    """Loads a table of one row with such columns, c0, c1 ...; whatever is left of it is cleaned up at the end."""
    engine = sa.create_engine(url)

    def load(kinds: tuple[Kind, ...]) -> tuple[IngestionResult, Platform]:
        name, place = f"kinds_{uuid.uuid4().hex[:12]}", folder / uuid.uuid4().hex
        place.mkdir()
        columns = ", ".join(f"c{n} {kind.declared}" for n, kind in enumerate(kinds))
        values = ", ".join(kind.literal for kind in kinds)
        with engine.begin() as connection:
            for statement in (f"CREATE TABLE {name} ({columns})", f"INSERT INTO {name} VALUES ({values})"):
                connection.exec_driver_sql(statement.replace("%", "%%"))
        platform = Platform(place)
        source = {"connection_string": url, "table": name}
        try:
            pipeline = platform.plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE))
            return platform.plugin.run(pipeline), platform
        finally:
            platform.plugin.shutdown()
            with engine.begin() as connection:
                connection.exec_driver_sql(f"DROP TABLE {name}")

    with engine.begin() as connection:
        connection.exec_driver_sql(prepare)
    yield load
    with engine.begin() as connection:
        connection.exec_driver_sql(clean)
    engine.dispose()


@pytest.fixture(scope="module")
def postgres(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    url = with_driver(services.postgres)
    # A schema of its own for the enumeration, so that two runs do not meet.
    schema = f"kinds_{uuid.uuid4().hex[:12]}"
    prepare = f"CREATE SCHEMA {schema}; CREATE TYPE {schema}.mood AS ENUM ('sad', 'ok')"
    folder = tmp_path_factory.mktemp("postgres")
    with loading(url, folder, prepare, f"DROP SCHEMA {schema} CASCADE") as load:
        yield lambda kinds: load(tuple(_in_schema(kind, schema) for kind in kinds))


def _in_schema(kind: Kind, schema: str) -> Kind:
    declared = f"{schema}.mood" if kind.declared == "mood" else kind.declared
    return Kind(declared, kind.literal, kind.iceberg, kind.value)


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    url = with_driver(needed("MARIADB_URL"))
    with loading(f"{url}?sql_mode=", tmp_path_factory.mktemp("mariadb"), "SELECT 1", "SELECT 1") as load:
        yield load


@dataclass(frozen=True)
class Arrived:
    types: Mapping[str, str]
    values: Mapping[str, Any]


def arrived(load: Load, kinds: tuple[Kind, ...]) -> Arrived:
    result, platform = load(kinds)
    assert result.success, result.errors
    fields = platform.catalog.load_table(TABLE).schema().fields
    (row,) = platform.rows(table=TABLE)
    return Arrived({field.name: str(field.field_type) for field in fields}, row)


@pytest.fixture(scope="module")
def from_postgres(postgres: Load) -> Arrived:
    return arrived(postgres, POSTGRES)


@pytest.fixture(scope="module")
def from_mariadb(mariadb: Load) -> Arrived:
    return arrived(mariadb, MARIADB)


@pytest.mark.parametrize("kind", POSTGRES, ids=str)
def test_a_type_of_postgres_arrives_as_documented(from_postgres: Arrived, kind: Kind) -> None:
    column = f"c{POSTGRES.index(kind)}"
    assert (kind.iceberg, kind.value) == (from_postgres.types[column], from_postgres.values[column])


@pytest.mark.parametrize("kind", MARIADB, ids=str)
def test_a_type_of_mariadb_arrives_as_documented(from_mariadb: Arrived, kind: Kind) -> None:
    column = f"c{MARIADB.index(kind)}"
    assert (kind.iceberg, kind.value) == (from_mariadb.types[column], from_mariadb.values[column])


@pytest.mark.parametrize("kind", POSTGRES_REFUSED, ids=str)
def test_a_value_of_postgres_that_no_column_holds_is_refused(postgres: Load, kind: Kind) -> None:
    result, _ = postgres((kind,))
    assert kind.value in result.errors[0]


@pytest.mark.parametrize("kind", MARIADB_REFUSED, ids=str)
def test_a_value_of_mariadb_that_no_column_holds_is_refused(mariadb: Load, kind: Kind) -> None:
    result, _ = mariadb((kind,))
    assert kind.value in result.errors[0]
