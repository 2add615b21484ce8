"""A table of PostgreSQL that several connections read at once: each row as it was at one moment, once."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.parallel_reading import read_in_parallel
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_reads import TableReadInParts
from floe_ingestion_dlt.ports.source import SourceError
from tests.services.environment import Services, with_driver

ROWS: Final = 150_000
# 20 rows of a page, and each row once again after it was updated
MAKE: Final = """
CREATE TABLE "{name}" AS SELECT i AS id, repeat(md5(i::text), 11) AS text, i % 7 AS version FROM generate_series(1, {rows}) i;
UPDATE "{name}" SET version = 7 WHERE id % 3 = 0;
DELETE FROM "{name}" WHERE id % 10 = 0;
"""
EXPECTED: Final = {(i, 7 if i % 3 == 0 else i % 7) for i in range(1, ROWS + 1) if i % 10}


@pytest.fixture
def name(services: Services) -> Iterator[str]:
    name = f"par % {uuid.uuid4().hex[:12]}"
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(MAKE.format(name=name, rows=ROWS).encode())
        yield name
        connection.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE'.encode())


@pytest.fixture
def pools() -> Iterator[ConnectionPools]:
    pools = ConnectionPools()
    yield pools
    pools.close()


@pytest.fixture
def source(services: Services, name: str) -> SqlDatabase:
    return SqlDatabase(Secret(with_driver(services.postgres)), (name,), parallel=4, chunk_rows=5_000)


def read(
    source: SqlDatabase, pools: ConnectionPools, events: list[Event] | None = None
) -> Generator[pa.Table, None, None]:
    session = Session(
        source.tables[0], source.limits, report=(events if events is not None else list[Event]()).append
    )
    return read_in_parallel(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))


def rows_of(tables: list[pa.Table]) -> list[tuple[int, int]]:
    return [
        (row["id"], row["version"]) for table in tables for row in table.select(["id", "version"]).to_pylist()
    ]


def in_use(services: Services, name: str) -> list[tuple[str, str]]:
    wanted = "SELECT state, query FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid() AND state <> 'idle'"
    with psycopg.connect(services.postgres) as connection:
        return connection.execute(wanted, [f"COPY%{name.replace('%', '_')}%"]).fetchall()


def test_every_row_comes_once_whatever_pages_it_is_on(source: SqlDatabase, pools: ConnectionPools) -> None:
    events = list[Event]()
    found = rows_of(list(read(source, pools, events)))
    assert len(EXPECTED) == len(found)
    assert set(found) == EXPECTED
    assert [TableReadInParts(source.tables[0], 4)] == events


def test_rows_that_change_while_they_are_read_come_as_they_were(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    tables = read(source, pools)
    first = next(tables)
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        # every row gets another place, and is another one
        connection.execute(f'UPDATE "{name}" SET version = 99'.encode())
        connection.execute(
            f"INSERT INTO \"{name}\" SELECT -i, 'new', 0 FROM generate_series(1, 1000) i".encode()
        )
        connection.execute(f'VACUUM "{name}"'.encode())
        connection.execute(b"SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            connection.execute(f'VACUUM FULL "{name}"'.encode())
    assert sorted(EXPECTED) == sorted(rows_of([first, *tables]))


def test_an_error_of_one_connection_ends_all(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    tables = read(source, pools)
    next(tables)
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid() LIMIT 1"
    with psycopg.connect(services.postgres) as connection:
        connection.execute(ending, [f"COPY%{name.replace('%', '_')}%"])
    with pytest.raises(SourceError) as caught:
        list(tables)
    assert caught.value.fault.category is Category.TRANSIENT
    assert not in_use(services, name)


def test_a_reading_that_nobody_goes_on_with_ends_all_statements(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    tables = read(source, pools)
    next(tables)
    began = time.monotonic()
    tables.close()
    assert time.monotonic() - began < 5
    until = time.monotonic() + 5
    while in_use(services, name) and time.monotonic() < until:
        time.sleep(0.05)
    assert not in_use(services, name)


@pytest.mark.parametrize(
    ("make", "obstacle"),
    [
        ('CREATE VIEW "{new}" AS SELECT * FROM "{name}"', "it is no ordinary table"),
        (
            'CREATE TABLE "{new}" PARTITION OF "{new} all" DEFAULT',
            None,
        ),
        (
            'CREATE TABLE "{new}" AS SELECT id, version, id::numeric AS n FROM "{name}"',
            "the type of the column n depends on its values",
        ),
        ('CREATE TABLE "{new}" AS SELECT * FROM "{name}" LIMIT 10', None),
        ('CREATE TABLE "{new}" (LIKE "{name}")', None),
    ],
    ids=["view", "partition", "unbounded", "small", "empty"],
)
def test_what_has_no_parts_is_read_by_one_connection(
    services: Services, source: SqlDatabase, pools: ConnectionPools, make: str, obstacle: str | None
) -> None:
    name, events = source.tables[0], list[Event]()
    new = f"{name} 2"
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(f'CREATE TABLE "{new} all" (LIKE "{name}") PARTITION BY LIST (version)'.encode())
        connection.execute(make.format(name=name, new=new).encode())
        (expected,) = connection.execute(f'SELECT count(*) FROM "{new}"'.encode()).fetchone() or (None,)
        tables = list(read(replace(source, tables=(new,)), pools, events))
        connection.execute(f'DROP VIEW IF EXISTS "{new}"'.encode()) if "VIEW" in make else connection.execute(
            f'DROP TABLE "{new}"'.encode()
        )
        connection.execute(f'DROP TABLE "{new} all"'.encode())
    assert expected == sum(map(len, tables))
    assert {"id", "version"} <= set(tables[0].column_names)
    assert TableReadInParts(new, 1, obstacle) == events[0]


def test_pages_without_any_row_still_have_the_columns(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(f'DELETE FROM "{name}"'.encode())
    (table,) = read(source, pools)
    assert (0, ["id", "text", "version"]) == (len(table), table.column_names)


def test_a_condition_that_no_row_meets_is_asked_for_once(source: SqlDatabase, pools: ConnectionPools) -> None:
    events = list[Event]()
    (table,) = read(replace(source, where="id < 0"), pools, events)
    assert (0, ["id", "text", "version"]) == (len(table), table.column_names)
    # a reading by one connection would be reported, too
    assert [TableReadInParts(source.tables[0], 4)] == events


def test_other_databases_are_read_by_one_connection(pools: ConnectionPools) -> None:
    events = list[Event]()
    source = SqlDatabase(Secret("sqlite://"), ("sqlite_master",), parallel=3)
    list(read(source, pools, events))
    assert [
        TableReadInParts(
            "sqlite_master", 1, "the database has no snapshots that several connections can read"
        )
    ] == events


def test_a_reading_that_ends_early_does_not_disturb_who_uses_its_connections_next(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        # the first half of the pages has no rows, so that its readers end at once
        connection.execute(f'DELETE FROM "{name}" WHERE id < {ROWS * 4 // 5}'.encode())
    tables = read(replace(source, parallel=2, chunk_rows=500), pools)
    next(tables)
    time.sleep(0.5)
    answers = list[object]()

    def use() -> None:
        other = Session("other", source.limits)
        with other.opened(pools.pool_of(source)) as connection:
            connection.exec_driver_sql("SELECT pg_sleep(1)")
            answers.append(connection.exec_driver_sql("SELECT 7").scalar_one())

    thread = threading.Thread(target=use)
    thread.start()
    time.sleep(0.3)
    tables.close()
    thread.join()
    assert answers == [7]


def test_who_may_read_only_some_columns_uses_one_connection(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    role, events = f"reader_{uuid.uuid4().hex[:8]}", list[Event]()
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
        connection.execute(f'GRANT SELECT (id, version, text) ON "{name}" TO {role}'.encode())
        url = sa.make_url(with_driver(services.postgres)).set(username=role, password="x")
        limited = replace(source, connection=Secret(url.render_as_string(hide_password=False)))
        found = rows_of(list(read(limited, pools, events)))
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
    assert set(found) == EXPECTED
    obstacle = "only some of its columns may be read, and not the places of its rows"
    assert TableReadInParts(name, 1, obstacle) == events[0]


def test_too_few_connections_are_said_to_be_the_reason(
    services: Services, source: SqlDatabase, pools: ConnectionPools, name: str
) -> None:
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 3".encode())
        connection.execute(f'GRANT SELECT ON "{name}" TO {role}'.encode())
        url = sa.make_url(with_driver(services.postgres)).set(username=role, password="x")
        limited = replace(source, connection=Secret(url.render_as_string(hide_password=False)))
        with pytest.raises(SourceError) as caught:
            list(read(limited, pools))
        pools.close()
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
    assert "fewer than 5 connections" in caught.value.fault.next_step


def test_a_wrong_password_is_not_taken_for_a_database_without_snapshots(
    services: Services, source: SqlDatabase, pools: ConnectionPools
) -> None:
    events = list[Event]()
    url = sa.make_url(with_driver(services.postgres)).set(username="nobody", password="zqHush")
    wrong = replace(source, connection=Secret(url.render_as_string(hide_password=False)))
    with pytest.raises(SourceError) as caught:
        list(read(wrong, pools, events))
    assert events == []
    assert "zqHush" not in str(caught.value)
