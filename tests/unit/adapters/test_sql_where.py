"""A condition of the configuration on the rows of tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.ports.source import ArrowBatch, Position, Reading, Source, SourceError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT)")
        states = ["paid", "open", "50% :off", None, "paid"]
        connection.executemany("INSERT INTO orders VALUES (?, ?)", list(enumerate(states, 1)))
        connection.commit()
    return tmp_path / "shop.db"


@pytest.fixture
def sources() -> Iterator[RegisteredSources]:
    opened = RegisteredSources()
    yield opened
    opened.close()


def source_of(sources: RegisteredSources, database: Path, where: str) -> Source:
    config = {"connection_string": f"sqlite:///{database}", "table": "orders", "where": where}
    return sources.open(parse_source(SQL_DATABASE, config, None).source).unwrap()


def ids(source: Source, since: int | None = None, reading: Reading = Reading()) -> list[int]:  # noqa: B008 - it is immutable
    position = None if since is None else Position(since)
    batches = (found for found in source.read("orders", position, reading) if isinstance(found, ArrowBatch))
    return [row["id"] for batch in batches for row in batch.table.to_pylist()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("state = 'paid'", [1, 5]),
        ("state = 'paid' OR id = 2", [1, 2, 5]),
        ("state LIKE '50%' AND state LIKE '%:off'", [3]),
        ("state = 'paid' -- the others are drafts", [1, 5]),
        ("state IS NULL;", [4]),
        ("state <> 'paid'", [2, 3]),
    ],
)
def test_only_rows_for_which_it_is_true_are_read(
    sources: RegisteredSources, database: Path, where: str, expected: list[int]
) -> None:
    assert expected == ids(source_of(sources, database, where))


def test_it_holds_beside_that_of_the_cursor(sources: RegisteredSources, database: Path) -> None:
    source = source_of(sources, database, "state = 'paid' OR id = 2")
    assert [2, 5] == ids(source, 2, Reading(cursor="id"))


def test_what_the_database_does_not_understand_names_the_option(
    sources: RegisteredSources, database: Path
) -> None:
    with pytest.raises(SourceError) as refused:
        ids(source_of(sources, database, "stat = 'zqHush'"))
    assert "Correct where in source_config" in refused.value.fault.next_step
    assert "zqHush" not in str(refused.value)


def test_a_query_has_its_own() -> None:
    config = {"connection_string": "sqlite:///x.db", "query": "select 1", "where": "x = 1"}
    with pytest.raises(ValidationError, match="where: goes with table or tables"):
        parse_source(SQL_DATABASE, config, None)
