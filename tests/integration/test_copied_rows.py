"""Rows that are read from PostgreSQL by COPY: the same as by a cursor, under the same limits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.copied_rows import (
    copied_tables,
    obstacle_to_copy,
)
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Batches, Declared
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.statements import statement
from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_reads import ReadBy, TableRead
from floe_ingestion_dlt.ports.source import SourceError
from tests.postgres_values import ODD_TEXTS, VALUES
from tests.services.environment import Services, with_driver

LIMITS: Final = SessionLimits()
MakeTable = Callable[..., SqlDatabase]


@pytest.fixture
def made(services: Services) -> Iterator[MakeTable]:
    """Makes tables of one type; a name with a percent sign and quotes has to be written in the statement."""
    names = list[str]()

    def make(kind: str, values: Sequence[object], column: str = '50% "off"') -> SqlDatabase:
        names.append(name := f"copied % {uuid.uuid4().hex[:12]}")
        quoted = column.replace('"', '""')
        with psycopg.connect(services.postgres) as connection:
            connection.execute(f'CREATE TABLE "{name}" ("{quoted}" {kind})'.encode())
            insert = f'INSERT INTO "{name}" VALUES (CAST('.replace("%", "%%") + f"%s::text AS {kind}))"
            texts = [(None if value is None else str(value),) for value in values]
            connection.cursor().executemany(insert.encode(), texts)
        return SqlDatabase(Secret(with_driver(services.postgres)), (name,))

    yield make
    with psycopg.connect(services.postgres) as connection:
        for name in names:
            connection.execute(f'DROP TABLE "{name}"'.encode())


@contextmanager
def opened(source: SqlDatabase, zone: str = "UTC") -> Iterator[tuple[sa.Connection, Session]]:
    pools = ConnectionPools()
    session = Session(source.tables[0], source.limits)
    with session.opened(pools.pool_of(source)) as connection:
        connection.exec_driver_sql(f"SET LOCAL TimeZone = '{zone}'")
        yield connection, session
    pools.close()


def selected(source: SqlDatabase, connection: sa.Connection) -> tuple[sa.Select[Any], Declared]:
    select, declared = statement(source, source.tables[0], connection, Wanted())
    assert isinstance(select, sa.Select)
    return select, declared


def copied(source: SqlDatabase, zone: str = "UTC") -> pa.Table:
    with opened(source, zone) as (connection, session):
        select, declared = selected(source, connection)
        assert obstacle_to_copy(connection, select) is None
        batches = Batches(session.resource, [column.name for column in select.selected_columns], declared)
        return pa.concat_tables(copied_tables(connection, select, batches, session, source))


def fetched(source: SqlDatabase, zone: str = "UTC") -> pa.Table:
    with opened(source, zone) as (connection, session):
        select, declared = selected(source, connection)
        result = connection.execute(select)
        return Batches(session.resource, list(result.keys()), declared).table(
            list(zip(*result.fetchall(), strict=True))
        )


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("kind", VALUES)
def test_a_copied_column_is_that_of_a_cursor(made: MakeTable, kind: str, zone: str) -> None:
    values = [*VALUES[kind], None]
    source = made(kind, values)
    table = copied(source, zone)
    assert len(values) == len(table)
    # as texts, in which NaN is equal to NaN
    assert str(fetched(source, zone).to_pydict()) == str(table.to_pydict())
    assert fetched(source, zone).schema == table.schema


@pytest.mark.parametrize("read", [copied, fetched])
def test_a_condition_is_sent_as_it_is_written(made: MakeTable, read: Callable[..., pa.Table]) -> None:
    values = ["50% :off", "50 off", "a", None]
    source = made("text", values, "state")
    for where, expected in (
        ("state LIKE '50%' AND state LIKE '%:off'", values[:1]),
        ("state::text >= 'a'", ["a"]),
    ):
        assert expected == read(replace(source, where=where)).column(0).to_pylist()


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_no_row_is_lost_between_two_blocks(made: MakeTable, rows: int) -> None:
    source = replace(made("text", [*ODD_TEXTS, None]), chunk_rows=rows)
    table = copied(source)
    assert [*ODD_TEXTS, None] == table.column(0).to_pylist()
    assert {rows} >= {len(batch) for batch in table.to_batches()[:-1]}


def read(source: SqlDatabase, pools: ConnectionPools) -> Iterator[pa.Table]:
    session = Session(source.tables[0], source.limits)
    return read_rows(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))


def statements_of(services: Services, name: str) -> list[tuple[str, str]]:
    """The state and the text of the sessions that have copied the table."""
    query = "SELECT state, query FROM pg_stat_activity WHERE query LIKE 'COPY%%' AND query LIKE %s"
    with psycopg.connect(services.postgres) as connection:
        return connection.execute(query, [f"%{name}%"]).fetchall()


def becomes_empty(find: Callable[[], Sequence[object]], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not find():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def view_of(services: Services, select: str) -> Iterator[str]:
    name = f"view_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(services.postgres) as connection:
        connection.execute(f"CREATE VIEW {name} AS {select}".encode())
    yield name
    with psycopg.connect(services.postgres) as connection:
        connection.execute(f"DROP VIEW {name}".encode())


def test_a_view_that_does_not_answer_is_given_up_and_ended_in_the_database(
    services: Services,
) -> None:
    limits = replace(LIMITS, statement_timeout=1)
    pools = ConnectionPools()
    with view_of(services, "SELECT 1 AS id, pg_sleep(600)::text AS slept") as name:
        source = SqlDatabase(Secret(with_driver(services.postgres)), (name,), limits=limits)
        with pytest.raises(SourceError) as caught:
            list(read(source, pools))
        pools.close()
        assert "statement_timeout_seconds" in caught.value.fault.next_step
        assert becomes_empty(lambda: statements_of(services, name), 5)


def test_the_limit_of_an_answer_is_not_that_of_the_whole_table(made: MakeTable) -> None:
    limits = replace(LIMITS, statement_timeout=1)
    source = replace(made("text", ["x"] * 4), chunk_rows=1, limits=limits)
    pools, found = ConnectionPools(), 0
    for table in read(source, pools):
        found += len(table)
        time.sleep(0.5)
    pools.close()
    assert 4 == found


def test_a_limit_in_the_connection_itself_is_for_each_answer(services: Services, made: MakeTable) -> None:
    url = f"{with_driver(services.postgres)}?options=-c%20statement_timeout%3D60000"
    source = replace(made("text", ["x"]), connection=Secret(url))
    with opened(source) as (connection, _):
        select, _ = selected(source, connection)
        assert "the connection has a statement_timeout of its own" == obstacle_to_copy(connection, select)


@pytest.mark.parametrize(
    ("setting", "obstacle"),
    [
        ("DateStyle = 'German'", "DateStyle is not ISO"),
        ("client_encoding = 'LATIN1'", "client_encoding is not UTF8"),
    ],
)
def test_a_session_with_other_forms_of_texts_is_read_by_a_cursor(
    made: MakeTable, setting: str, obstacle: str
) -> None:
    source = made("date", ["2026-01-02"])
    with opened(source) as (connection, _):
        connection.exec_driver_sql(f"SET LOCAL {setting}")
        select, _ = selected(source, connection)
        assert obstacle == obstacle_to_copy(connection, select)


@pytest.mark.parametrize(
    ("kind", "value", "obstacle"),
    [
        ("date", "2026-01-02", None),
        ("inet", "::1", 'the column 50% "off" has a type that COPY may write in another form'),
    ],
)
def test_how_a_table_is_read_is_reported(
    made: MakeTable, kind: str, value: str, obstacle: str | None
) -> None:
    source, pools, events = made(kind, [value]), ConnectionPools(), list[Event]()
    session = Session(source.tables[0], source.limits, report=events.append)
    assert 1 == sum(map(len, read_rows(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))))
    pools.close()
    by = ReadBy.COPY if obstacle is None else ReadBy.CURSOR
    assert [TableRead(source.tables[0], by, obstacle)] == events


def test_a_reading_that_nobody_goes_on_with_ends_its_statement(services: Services, made: MakeTable) -> None:
    source = replace(made("text", ["x" * 100_000] * 300), chunk_rows=1)
    pools = ConnectionPools()
    tables = read(source, pools)
    assert 1 == len(next(tables))
    assert statements_of(services, source.tables[0])
    began = time.monotonic()
    tables.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 2
    assert becomes_empty(lambda: statements_of(services, source.tables[0]), 5)
    pools.close()


def test_the_last_rows_are_processed_when_the_transaction_is_over(
    services: Services, made: MakeTable
) -> None:
    source = made("text", ["x"])
    pools = ConnectionPools()
    tables = read(source, pools)
    assert 1 == len(next(tables))
    assert not [state for state, _ in statements_of(services, source.tables[0]) if state != "idle"]
    tables.close()  # type: ignore[attr-defined]
    pools.close()


@pytest.mark.parametrize("values", [["2026-01-01", "infinity"], ["0044-03-15 BC"]])
def test_a_time_that_cannot_be_read_is_named_by_its_column(made: MakeTable, values: list[str]) -> None:
    pools = ConnectionPools()
    with pytest.raises(SourceError, match='column 50% "off": a date or time is infinite'):
        list(read(made("date", values), pools))
    pools.close()


@pytest.mark.parametrize(
    ("select", "code"),
    [
        ("SELECT t::int AS id FROM (SELECT 'secret' AS t) r", "22P02"),
        ("SELECT n, 'secret'::text AS t, 1 / (n - 150000) AS v FROM generate_series(1, 200000) n", "22012"),
    ],
    ids=["first row", "later row"],
)
def test_an_error_of_a_view_has_its_code_and_no_value(services: Services, select: str, code: str) -> None:
    pools = ConnectionPools()
    with view_of(services, select) as name:
        source = SqlDatabase(Secret(with_driver(services.postgres)), (name,))
        with pytest.raises(SourceError) as caught:
            list(read(source, pools))
        pools.close()
    fault = caught.value.fault
    assert isinstance(fault, SourceFailed)
    assert Category.PERMANENT is fault.category
    assert f"SQLSTATE {code}" in fault.cause
    assert "secret" not in str(caught.value)


def test_a_session_that_the_server_ends_is_a_passing_fault(services: Services, made: MakeTable) -> None:
    source = replace(made("text", ["x" * 100_000] * 300), chunk_rows=1)
    pools = ConnectionPools()
    tables = read(source, pools)
    next(tables)
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()"
    with psycopg.connect(services.postgres) as connection:
        connection.execute(ending, [f"COPY%{source.tables[0]}%"])
    with pytest.raises(SourceError) as caught:
        list(tables)
    pools.close()
    assert isinstance(caught.value.fault, SourceFailed)
    assert Category.TRANSIENT is caught.value.fault.category
