"""Values of Postgres and MariaDB that Python has no value for, or would write anew."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.platforms import TABLE, Platform
from tests.services.environment import Services, needed, with_driver


class Database:
    """A database with tables of its own, which are dropped at the end."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.name = url, f"values_{uuid.uuid4().hex[:12]}"
        self.platform = Platform(folder)
        self._engine = sa.create_engine(url)

    def run(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%"))

    def has(self, kind: str, value: str) -> None:
        self.run(
            f"CREATE TABLE {self.name} (id INT, at TIMESTAMP NULL, v {kind})",
            f"INSERT INTO {self.name} VALUES (1, NULL, {value})",
        )

    def load(self, what: str = "table", **options: Any) -> IngestionResult:
        read = {"table": self.name} if what == "table" else {"query": f"SELECT * FROM {self.name} -- all"}
        source = {"connection_string": self.url, **read, **options.pop("source", {})}
        plugin = self.platform.plugin
        return plugin.run(plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE, **options)))

    def value(self) -> Any:
        (row,) = self.platform.rows()
        return row["v"]

    def close(self) -> None:
        self.run(f"DROP TABLE IF EXISTS {self.name}")
        self._engine.dispose()
        self.platform.plugin.shutdown()


@pytest.fixture
def postgres(services: Services, tmp_path: Path) -> Iterator[Database]:
    made = Database(with_driver(services.postgres), tmp_path)
    yield made
    made.close()


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[Database]:
    made = Database(with_driver(needed("MARIADB_URL")), tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("what", ["table", "query"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("jsonb", "1"),
        ("jsonb", "true"),
        ("jsonb", "null"),
        ("jsonb", '"x"'),
        ("jsonb", '{"a": 1.10, "b": 12345678901234567.89}'),
        ("json", '{"b":1.10,  "b":[]}'),
    ],
)
def test_json_is_loaded_as_postgres_writes_it(postgres: Database, what: str, kind: str, text: str) -> None:
    postgres.has(kind, f"'{text}'")
    assert postgres.load(what).success
    assert text == postgres.value()


@pytest.mark.parametrize("what", ["table", "query"])
@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("bytea[]", r"array['\x01ff'::bytea, null]", '["01ff", null]'),
        ("jsonb[]", """array['{"a": 1.10}'::jsonb]""", '[{"a": 1.10}]'),
        ("numeric", "0.123456789012", Decimal("0.123456789012")),
        ("numeric", "12345678901234567890123456789012345", Decimal(12345678901234567890123456789012345)),
        ("numeric(50, 12)", "0.123456789012", Decimal("0.123456789012")),
    ],
)
def test_values_are_loaded_exactly(
    postgres: Database, what: str, kind: str, value: str, expected: object
) -> None:
    postgres.has(kind, value)
    result = postgres.load(what)
    assert result.success, result.errors
    assert expected == postgres.value()


TIMES = [
    ("timestamp", "infinity", "infinity"),
    ("timestamptz", "-infinity", "-infinity"),
    ("date", "0044-03-15 BC", "0044-03-15 BC"),
    ("date", "20000-01-01", "20000-01-01"),
    ("time", "24:00", "24:00:00"),
]


@pytest.mark.parametrize("what", ["table", "query"])
@pytest.mark.parametrize(("kind", "value", "_"), TIMES)
def test_a_time_that_python_has_not_is_refused_with_its_column_and_the_cast(
    postgres: Database, what: str, kind: str, value: str, _: str
) -> None:
    postgres.has(kind, f"'{value}'")
    (error,) = postgres.load(what).errors
    assert "column v: a date or time is infinite" in error
    assert "CAST(v AS text) AS v" in error
    assert "column at" not in error
    assert value not in error


@pytest.mark.parametrize(("kind", "value", "text"), TIMES)
def test_it_is_loaded_as_text_if_column_types_says_so(
    postgres: Database, kind: str, value: str, text: str
) -> None:
    postgres.has(kind, f"'{value}'")
    assert postgres.load(source={"column_types": {"v": "string"}}).success
    assert text == postgres.value()


@pytest.mark.parametrize("name", ["there", "{schema}.there"])
def test_a_table_of_another_schema_is_reported_with_it(postgres: Database, name: str) -> None:
    schema = postgres.name
    postgres.run(f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.there (id INT)")
    try:
        (error,) = postgres.load(source={"table": name.format(schema=schema)}).errors
    finally:
        postgres.run(f"DROP SCHEMA {schema} CASCADE")
    assert f"there is a table there in the schema {schema}" in error
    assert f"Set schema to {schema}" in error


def test_a_boolean_of_mariadb_says_which_rows_are_deleted(mariadb: Database) -> None:
    mariadb.has("BOOLEAN", "false")
    mariadb.run(f"INSERT INTO {mariadb.name} VALUES (2, NULL, true)")
    keys = {"primary_key": "id", "hard_delete": "v"}
    assert mariadb.load(source=keys, write_mode="merge").success
    assert 0 == mariadb.value()


@pytest.mark.parametrize("what", ["table", "query"])
def test_json_is_loaded_as_mariadb_writes_it(mariadb: Database, what: str) -> None:
    mariadb.has("JSON", """'{"a": 1.10,  "a": 2}'""")
    assert mariadb.load(what).success
    assert '{"a": 1.10,  "a": 2}' == mariadb.value()
