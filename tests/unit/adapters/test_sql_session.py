"""What a session of a source's database may do, on SQLite."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.connection import connect_options
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPool, ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.telemetry.names import event_entry
from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.ports.source import SourceError

FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER, note TEXT); INSERT INTO orders VALUES (1, 'zqOrderNote1')"
        )
    return path


def source_of(url: str, **options: object) -> SqlDatabase:
    options = options if "query" in options else {"table": "orders", **options}
    found = parse_source(SQL_DATABASE, {"connection_string": url, **options}, None).source
    assert isinstance(found, SqlDatabase)
    return found


def reading(
    source: SqlDatabase, left: float | None = None, events: list[Event] | None = None
) -> Iterator[pa.Table]:
    reported = [] if events is None else events
    session = Session(source.resources[0], source.limits, left, reported.append)
    pools = ConnectionPools()
    return read_rows(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))


def fault_of(source: SqlDatabase, left: float | None = None) -> SourceFailed:
    with pytest.raises(SourceError) as caught:
        list(reading(source, left))
    assert isinstance(caught.value.fault, SourceFailed)
    return caught.value.fault


@pytest.mark.parametrize("statement", ["DELETE FROM orders RETURNING id", "DROP TABLE orders"])
def test_a_query_that_writes_is_refused(database: Path, statement: str) -> None:
    fault = fault_of(source_of(f"sqlite:///{database}", query=statement))
    assert Category.CONFIGURATION is fault.category
    assert "read_only" in fault.next_step
    with closing(sqlite3.connect(database)) as connection:
        assert [(1,)] == connection.execute("SELECT count(*) FROM orders").fetchall()


def test_a_query_may_write_where_that_is_asked_for(database: Path) -> None:
    source = source_of(f"sqlite:///{database}", query="DELETE FROM orders RETURNING id", read_only=False)
    assert [{"id": 1}] == [row for batch in reading(source) for row in batch.to_pylist()]


def test_a_table_that_stays_locked_is_a_fault_that_names_the_option(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        fault = fault_of(source_of(f"sqlite:///{database}", lock_timeout_seconds=0.1))
    assert Category.TRANSIENT is fault.category
    assert "lock_timeout_seconds" in fault.next_step
    assert not fault.is_exhausted


def test_a_query_that_never_ends_is_interrupted(database: Path) -> None:
    fault = fault_of(source_of(f"sqlite:///{database}", query=FOREVER, statement_timeout_seconds=0.2))
    assert Category.PERMANENT is fault.category
    assert "statement_timeout_seconds" in fault.next_step


def test_a_query_ends_at_the_deadline_of_the_run(database: Path) -> None:
    fault = fault_of(source_of(f"sqlite:///{database}", query=FOREVER), left=0.2)
    assert (Category.TRANSIENT, True) == (fault.category, fault.is_exhausted)
    assert "deadline_seconds" in fault.next_step


def test_after_the_deadline_the_database_is_not_asked(database: Path) -> None:
    fault = fault_of(source_of(f"sqlite:///{database}"), left=0.0)
    assert "deadline_seconds" in fault.message


def test_the_last_rows_are_worked_on_when_the_transaction_is_over(database: Path) -> None:
    batches = reading(source_of(f"sqlite:///{database}"))
    assert 1 == next(batches).num_rows
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
        other.execute("DROP TABLE orders")  # fails while somebody reads
    assert [] == list(batches)


def test_a_reading_that_nobody_goes_on_with_ends_its_transaction(database: Path) -> None:
    batches = reading(source_of(f"sqlite:///{database}", chunk_rows=1))
    assert 1 == next(batches).num_rows
    batches.close()  # type: ignore[attr-defined]  # it is a generator
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
        other.execute("DROP TABLE orders")


@pytest.mark.parametrize(
    "query", ["SELECT id, 'zqPassphrase' FROM nowhere", "SELECT 'zqPassphrase FROM orders"]
)
def test_an_error_shows_no_text_of_the_query(database: Path, query: str) -> None:
    source = source_of(f"sqlite:///{database}", query=query)
    with pytest.raises(SourceError) as caught:
        list(reading(source))
    assert "zqPassphrase" not in f"{caught.value} {source!r}"
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_neither_statements_nor_rows_are_logged(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert 1 == len(list(reading(source_of(f"sqlite:///{database}"))))
    assert "zqOrderNote1" not in caplog.text
    assert "SELECT" not in caplog.text


@pytest.mark.parametrize("option", ["lock_timeout_seconds", "statement_timeout_seconds"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "10", True, 3e9])
def test_a_limit_that_is_no_time_is_refused(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=option):
        source_of("sqlite://", **{option: value})


def test_a_setting_that_the_database_refuses_is_reported_and_left_out(database: Path) -> None:
    pool = ConnectionPool(f"sqlite:///{database}")

    def deny_query_only(link: sqlite3.Connection, _record: object) -> None:
        link.set_authorizer(
            lambda act, name, *_: (
                sqlite3.SQLITE_DENY
                if act == sqlite3.SQLITE_PRAGMA and name == "query_only"
                else sqlite3.SQLITE_OK
            )
        )

    sa.event.listen(pool.engine, "connect", deny_query_only)
    events: list[Event] = []
    session = Session("orders", SessionLimits(), None, events.append)
    with session.opened(pool) as connection:
        assert [(10_000,)] == connection.exec_driver_sql("PRAGMA busy_timeout").fetchall()
        assert [(1,)] == connection.exec_driver_sql("SELECT id FROM orders").fetchall()
    (entry,) = map(event_entry, events)
    assert ("session_setting_refused", "read_only") == (entry.name, entry.attributes["option"])
    pool.engine.dispose()


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("postgresql+psycopg://shop@db.invalid/shop", True),
        ("postgresql+psycopg:///shop?host=db.invalid", True),
        ("postgresql+psycopg://shop@db.invalid/shop?sslmode=require", False),
        ("postgresql+psycopg://shop@127.0.0.1:1/shop", False),
        ("postgresql+psycopg:///shop?host=/run/nowhere", False),
        ("postgresql+psycopg:///shop?host=::1&port=1", False),
        ("postgresql+psycopg:///shop?host=127.0.0.1:1&host=[::1]:1", False),
        ("postgresql+psycopg:///shop?host=127.0.0.1:1&host=db.invalid:1", True),
        ("mysql+pymysql://shop@db.invalid/shop", True),
        ("mysql+pymysql://shop@db.invalid/shop?ssl_ca=/ca.pem", False),
        ("mysql+pymysql://shop@127.0.0.1:1/shop", False),
    ],
)
def test_a_connection_in_the_clear_is_told_before_it_is_made(url: str, *, is_told: bool) -> None:
    events: list[Event] = []
    with pytest.raises(SourceError):
        list(reading(source_of(url), 5.0, events))
    assert is_told is ("connection_not_encrypted" in [event_entry(event).name for event in events])


def test_a_process_that_was_forked_makes_its_own_connections(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools, source = ConnectionPools(), source_of(f"sqlite:///{database}")
    with pools.pool_of(source).connect() as connection:
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: -1)
        with pools.pool_of(source).connect() as connection:
            assert driver is not connection.connection.dbapi_connection
        pools.close()
    assert [(1,)] == driver.execute("SELECT id FROM orders").fetchall()  # the other process still uses it
    driver.close()


def test_no_statement_is_prepared_unless_the_url_asks_for_it() -> None:
    """A pool of connections in front of the server may run the next transaction on another connection."""
    url = sa.make_url("postgresql+psycopg://u@h/d")
    assert connect_options(url, None)["prepare_threshold"] is None
    assert "prepare_threshold" not in connect_options(url.set(query={"prepare_threshold": "5"}), None)
