"""Readings of MariaDB that end early, fail, or call procedures: no statement goes on, and no row is lost in silence."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.database_sessions import SessionLimits
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import SourceError
from tests.services.environment import needed, with_driver


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(needed("MARIADB_URL")))
    yield engine
    engine.dispose()


def batches(source: SqlDatabase) -> Iterator[pa.Table]:
    pools = ConnectionPools()
    session = Session(source.resources[0], source.limits, query=source.query or "")
    yield from read_rows(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))
    pools.close()


def running(engine: sa.Engine, text: str) -> list[int]:
    """The sessions that run a statement with the text."""
    query = "SELECT id FROM information_schema.processlist WHERE info LIKE %s AND id <> connection_id()"
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(query, (f"%{text}%",))]


def a_long_query(engine: sa.Engine, mark: str) -> SqlDatabase:
    query = f"SELECT REPEAT('x', 1000) AS {mark} FROM seq_1_to_1000000"
    return SqlDatabase(
        Secret(engine.url.render_as_string(hide_password=False)),
        query=query,
        chunk_rows=10,
        limits=SessionLimits(),
    )


def test_a_reading_that_nobody_goes_on_with_ends_its_statement(engine: sa.Engine) -> None:
    source = a_long_query(engine, mark := f"m{uuid.uuid4().hex[:12]}")
    tables = batches(source)
    assert 10 == len(next(tables))
    assert running(engine, mark)
    began = time.monotonic()
    tables.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 2
    while running(engine, mark):
        assert time.monotonic() - began < 5
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("SELECT seq AS {mark}, seq AS {mark} FROM seq_1_to_3000000", {}),
        ("SELECT seq AS {mark} FROM seq_1_to_3000000", {"column_types": {"other": "string"}}),
    ],
)
def test_a_result_that_is_refused_for_its_columns_is_not_read(
    engine: sa.Engine, query: str, options: dict[str, Any]
) -> None:
    text = query.format(mark=(mark := f"m{uuid.uuid4().hex[:12]}"))
    began = time.monotonic()
    with pytest.raises(SourceError, match="query has"):
        list(batches(replace(a_long_query(engine, mark), query=text, **options)))
    assert time.monotonic() - began < 2
    while running(engine, mark):
        assert time.monotonic() - began < 5
        time.sleep(0.05)


def test_a_session_that_the_server_ends_is_a_passing_fault(engine: sa.Engine) -> None:
    source = a_long_query(engine, mark := f"m{uuid.uuid4().hex[:12]}")
    tables = batches(source)
    assert 10 == len(next(tables))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"KILL CONNECTION {running(engine, mark)[0]}")
    with pytest.raises(SourceError) as refused:
        list(tables)
    assert isinstance(refused.value.fault, SourceFailed)
    assert Category.TRANSIENT is refused.value.fault.category


def test_an_error_after_some_rows_has_its_code_and_no_row_is_lost_before_it(engine: sa.Engine) -> None:
    url = Secret(engine.url.render_as_string(hide_password=False))
    query = "SELECT IF(seq = 5, (SELECT 1 UNION SELECT 2), 'JaneRoe4711') AS a FROM seq_1_to_9"
    tables = batches(SqlDatabase(url, query=query, chunk_rows=2))
    assert [2, 2] == [len(next(tables)), len(next(tables))]
    with pytest.raises(SourceError) as refused:
        list(tables)
    assert isinstance(refused.value.fault, SourceFailed)
    assert "1242" in refused.value.fault.cause
    assert "JaneRoe4711" not in refused.value.fault.cause


def test_an_answer_that_takes_too_long_is_given_up(engine: sa.Engine) -> None:
    url = Secret(engine.url.render_as_string(hide_password=False))
    query = "SELECT seq, SLEEP(IF(seq > 3, 60, 0)) AS s FROM seq_1_to_9"
    limits = SessionLimits(statement_timeout=1)
    tables = batches(SqlDatabase(url, query=query, chunk_rows=2, limits=limits))
    began = time.monotonic()
    with pytest.raises(SourceError, match="statement_timeout_seconds"):
        list(tables)
    assert time.monotonic() - began < 10


@pytest.fixture
def procedure(engine: sa.Engine) -> Iterator[Callable[[str], SqlDatabase]]:
    """A query that calls a procedure with such a body."""
    name = f"p{uuid.uuid4().hex[:12]}"

    def made(body: str) -> SqlDatabase:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE PROCEDURE {name}() BEGIN {body} END")
        return SqlDatabase(Secret(engine.url.render_as_string(hide_password=False)), query=f"CALL {name}()")

    yield made
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP PROCEDURE {name}")


def test_the_rows_of_a_procedure_are_read(procedure: Callable[[str], SqlDatabase]) -> None:
    source = procedure("SELECT seq AS a FROM seq_1_to_5; SET @x = 1;")
    assert [1, 2, 3, 4, 5] == pa.concat_tables(batches(source)).column("a").to_pylist()


@pytest.mark.parametrize("second", ["SELECT seq AS b FROM seq_1_to_100000;", "SELECT 1 AS b WHERE FALSE;"])
def test_a_procedure_that_returns_several_results_is_refused(
    procedure: Callable[[str], SqlDatabase], second: str
) -> None:
    source = procedure(f"SELECT seq AS a FROM seq_1_to_5; {second}")
    with pytest.raises(SourceError, match="query returns more than one result"):
        list(batches(source))


def test_what_a_procedure_does_after_its_rows_has_a_time_limit(
    procedure: Callable[[str], SqlDatabase],
) -> None:
    source = procedure("SELECT seq AS a FROM seq_1_to_5; DO SLEEP(60);")
    began = time.monotonic()
    with pytest.raises(SourceError, match="statement_timeout_seconds"):
        list(batches(replace(source, limits=SessionLimits(statement_timeout=1))))
    assert time.monotonic() - began < 10
