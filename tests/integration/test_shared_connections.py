"""The units of a source share connections of a real Postgres and a real MariaDB, and leave nothing in their sessions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.system.clock import WallClock
from tests.embedded.test_shared_connections import load_all
from tests.platforms import Platform
from tests.services.environment import Services, needed, with_driver

TABLES, THREADS = 10, 4
SOURCE = {"source_type": "sql_database", "write_mode": "replace"}


@dataclass
class Shop:
    """Some tables of a database, and the server's numbers of the connections that the plugin has opened."""

    platform: Platform
    engine: sa.Engine
    prefix: str
    opened: list[int] = field(default_factory=list)

    @property
    def is_postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @property
    def url(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)

    def plugin(self, **sources: Any) -> DltIngestionPlugin:
        configured = [
            SOURCE
            | {"name": name, "destination_table": f"bronze.{name}"}
            | {"source_config": {"connection_string": self.url} | config}
            for name, config in sources.items()
        ]
        return self.platform.a_plugin(sources=configured, retry_config={"max_retries": 0})

    def run(self, statement: str) -> Any:
        with self.engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return result.fetchall() if result.returns_rows else None

    def states(self) -> set[str]:
        """The states of the sessions of Postgres that the plugin has opened and that are there."""
        ids = ", ".join(map(str, self.opened))
        found = self.run(f"SELECT state FROM pg_stat_activity WHERE pid IN ({ids})")
        return {state for (state,) in found}

    def close_from_the_server(self) -> None:
        for each in self.opened:
            self.run(f"SELECT pg_terminate_backend({each})" if self.is_postgres else f"KILL {each}")


@pytest.fixture(params=["postgres", "mariadb"])
def shop(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "postgres":
        url = with_driver(services.postgres)
    else:
        url = with_driver(needed("MARIADB_URL"))
    made = Shop(
        Platform(tmp_path, clock=WallClock()),
        sa.create_engine(url, poolclass=sa.StaticPool),
        f"shared_{uuid.uuid4().hex[:8]}",
    )
    names = [f"{made.prefix}_{number}" for number in range(TABLES)]
    for name in names:
        made.run(f"CREATE TABLE {name} (id int)")
        made.run(f"INSERT INTO {name} VALUES (1)")

    def note(driver: Any, _record: Any) -> None:
        if type(driver).__module__.startswith("psycopg"):
            made.opened.append(driver.info.backend_pid)
        elif type(driver).__module__.startswith("pymysql"):
            made.opened.append(driver.thread_id())

    sa.event.listen(sa.Pool, "connect", note)
    yield made
    sa.event.remove(sa.Pool, "connect", note)
    for name in names:
        made.run(f"DROP TABLE {name}")
    made.engine.dispose()


def load(plugin: DltIngestionPlugin, name: str) -> None:
    report = plugin.load(plugin.create_pipeline(plugin.ingestion_config(name)))
    assert report.success, report.error


@pytest.mark.parametrize("threads", [1, THREADS])
def test_units_share_a_handful_of_connections(shop: Shop, threads: int) -> None:
    plugin = shop.plugin(shop={"tables": f"{shop.prefix}_*"})
    assert TABLES == load_all(plugin, threads)
    assert len(shop.opened) <= threads
    assert TABLES == load_all(plugin, threads)
    assert len(shop.opened) <= threads
    plugin.shutdown()


def test_a_connection_that_waits_holds_no_transaction_and_shutdown_closes_it(shop: Shop) -> None:
    if not shop.is_postgres:
        pytest.skip("MariaDB does not list the states of transactions to everybody")
    plugin = shop.plugin(shop={"tables": f"{shop.prefix}_*"})
    load_all(plugin)
    assert {"idle"} == shop.states()
    shop.run(f"ALTER TABLE {shop.prefix}_0 ADD note text")  # waits for whoever reads the table
    plugin.shutdown()
    ends = time.monotonic() + 5
    while shop.states() and time.monotonic() < ends:
        time.sleep(0.05)
    assert set() == shop.states()


def test_connections_that_the_server_has_closed_are_opened_again(shop: Shop) -> None:
    plugin = shop.plugin(shop={"tables": f"{shop.prefix}_*"})
    load_all(plugin, THREADS)
    shop.close_from_the_server()
    assert TABLES == load_all(plugin)
    plugin.shutdown()


def test_what_a_query_sets_is_not_there_for_the_next_load(shop: Shop) -> None:
    if shop.is_postgres:
        sets = "SELECT set_config('search_path', 'nowhere', false), pg_advisory_lock(4711)::text"
        shows = "SELECT current_setting('search_path') AS v"
    else:
        sets, shows = "SELECT @v := 'left', GET_LOCK('left', 1)", "SELECT coalesce(@v, 'nothing') AS v"
    plugin = shop.plugin(sets={"query": sets}, shows={"query": shows}, table={"table": f"{shop.prefix}_0"})
    for name in ("sets", "shows", "table"):
        load(plugin, name)
    assert shop.platform.rows("v", table="bronze.shows")[0]["v"] not in {"nowhere", "left"}
    if shop.is_postgres:
        assert [] == shop.run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711")
    else:
        assert (1,) == tuple(shop.run("SELECT IS_FREE_LOCK('left')")[0])
    plugin.shutdown()


def test_what_a_view_sets_is_not_there_for_the_next_load(shop: Shop) -> None:
    if not shop.is_postgres:
        pytest.skip("a view of MariaDB cannot set a variable")
    view = f"{shop.prefix}_view"
    shop.run(f"CREATE VIEW {view} AS SELECT set_config('search_path', 'nowhere', false) AS v")
    try:
        plugin = shop.plugin(sets={"table": view}, table={"table": f"{shop.prefix}_0"})
        load(plugin, "sets")
        load(plugin, "table")
        plugin.shutdown()
    finally:
        shop.run(f"DROP VIEW {view}")


def test_a_source_that_may_write_gets_a_session_that_may(shop: Shop) -> None:
    table = f"{shop.prefix}_0"
    name, body = f"{shop.prefix}_f", f"INSERT INTO {table} VALUES (2);"
    if shop.is_postgres:
        shop.run(f"CREATE FUNCTION {name}() RETURNS int LANGUAGE sql AS $$ {body} SELECT 1 $$")
    else:
        shop.run(f"CREATE FUNCTION {name}() RETURNS int MODIFIES SQL DATA BEGIN {body} RETURN 1; END")
    call = f"SELECT {name}() AS n"
    try:
        plugin = shop.plugin(
            reads={"table": table}, writes={"query": call, "read_only": False}, refused={"query": call}
        )
        for each in ("reads", "writes", "reads"):
            load(plugin, each)
        report = plugin.load(plugin.create_pipeline(plugin.ingestion_config("refused")))
        assert "read_only" in str(report.error)
        plugin.shutdown()
    finally:
        shop.run(f"DROP FUNCTION {name}")
