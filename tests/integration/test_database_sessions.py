"""What a source's session may do on a real Postgres and a real MariaDB."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from floe_ingestion_dlt.adapters.system.clock import WallClock
from tests.platforms import Platform
from tests.services.environment import Services, needed, with_driver


@dataclass(frozen=True)
class Shop:
    """A table of one order, and a platform that reads it."""

    platform: Platform
    engine: sa.Engine
    table: str

    def load(self, *, deadline: float | None = None, **source: Any) -> IngestionResult:
        url = self.engine.url.render_as_string(hide_password=False)
        given = {
            "connection_string": url,
            **({"table": self.table} if "query" not in source else {}),
            **source,
        }
        retries = {"max_retries": 0} if deadline is None else {"deadline_seconds": deadline}
        plugin = self.platform.a_plugin(retry_config=retries)
        return plugin.run(plugin.create_pipeline(IngestionConfig("sql_database", given, "bronze.orders")))

    def rows(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {self.table}").scalar_one())


@pytest.fixture(params=["postgres", "mariadb"])
def shop(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "postgres":
        url = with_driver(services.postgres)
    else:
        url = with_driver(needed("MARIADB_URL"))
    engine, table = sa.create_engine(url), f"orders_{uuid.uuid4().hex[:12]}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table} (id int)")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1)")
    yield Shop(Platform(tmp_path, clock=WallClock()), engine, table)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    engine.dispose()


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "DROP TABLE {}", "INSERT INTO {} VALUES (2)"])
def test_a_statement_that_writes_changes_nothing(shop: Shop, statement: str) -> None:
    assert not shop.load(query=statement.format(shop.table)).success
    assert 1 == shop.rows()


def test_a_function_that_writes_changes_nothing(shop: Shop) -> None:
    name, is_mysql = f"write_{shop.table}", shop.engine.dialect.name == "mysql"
    body = f"INSERT INTO {shop.table} VALUES (2);"
    declared = (
        f"CREATE FUNCTION {name}() RETURNS int MODIFIES SQL DATA BEGIN {body} RETURN 1; END"
        if is_mysql
        else f"CREATE FUNCTION {name}() RETURNS int LANGUAGE sql AS $$ {body} SELECT 1 $$"
    )
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(declared)
    try:
        result = shop.load(query=f"SELECT {name}() AS n")
        assert "read_only" in result.errors[0]
        assert 1 == shop.rows()
        assert shop.load(query=f"SELECT {name}() AS n", read_only=False).success
    finally:
        with shop.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP FUNCTION {name}")


def test_a_table_that_is_locked_is_not_waited_for_without_end(shop: Shop) -> None:
    is_mysql = shop.engine.dialect.name == "mysql"
    lock = "LOCK TABLES {} WRITE" if is_mysql else "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"
    with shop.engine.connect() as other:
        other.exec_driver_sql(lock.format(shop.table))
        began = time.monotonic()
        result = shop.load(lock_timeout_seconds=1)
        assert time.monotonic() - began < 8
        assert "lock_timeout_seconds" in result.errors[0]
        assert result.errors[0].startswith("[TRANSIENT]")
        late = shop.load(deadline=3)
        assert "deadline_seconds" in late.errors[0]
        assert late.errors[0].startswith("[TRANSIENT]")
        assert time.monotonic() - began < 20
        if is_mysql:
            other.exec_driver_sql("UNLOCK TABLES")
    assert shop.load().success


@pytest.mark.parametrize(
    ("options", "named"),
    [({"statement_timeout_seconds": 1}, "statement_timeout_seconds"), ({"deadline": 2}, "deadline_seconds")],
)
def test_a_query_that_takes_too_long_is_ended(shop: Shop, options: dict[str, Any], named: str) -> None:
    sleep = "SLEEP(60)" if shop.engine.dialect.name == "mysql" else "pg_sleep(60)::text"
    began = time.monotonic()
    result = shop.load(query=f"SELECT {sleep} AS n", **options)
    assert time.monotonic() - began < 20
    assert named in result.errors[0]


def test_a_session_of_postgres_has_a_name_and_limits(shop: Shop) -> None:
    if shop.engine.dialect.name == "mysql":
        pytest.skip("these are settings of Postgres")
    names = ("transaction_read_only", "lock_timeout", "statement_timeout", "application_name")
    shown = ", ".join(f"current_setting('{name}') AS {name}" for name in names)
    assert shop.load(query=f"SELECT {shown}").success
    assert ["on", "10s", "1h", "floe-ingestion-dlt"] == [
        shop.platform.rows(name, table="bronze.orders")[0][name] for name in names
    ]


def test_a_value_that_the_database_refuses_is_not_quoted(shop: Shop) -> None:
    if shop.engine.dialect.name == "mysql":
        pytest.skip("MariaDB makes a warning of it")
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {shop.table} ADD note text DEFAULT 'JaneRoe4711'")
    result = shop.load(query=f"SELECT note::int AS n FROM {shop.table}")
    assert "SQLSTATE 22P02" in result.errors[0]
    assert "JaneRoe4711" not in f"{result} {shop.platform.telemetry.events}"
