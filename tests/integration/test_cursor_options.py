"""Databases are asked for the rows that a cursor's options let through, in the types of their columns."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig

from tests.platforms import TABLE, Platform
from tests.services.environment import needed, with_driver

TYPES: Final = {
    "date": ("date", "2024-01-10", "2024-01-09", "2024-01-05", date(2024, 1, 6), "1d"),
    "time": ("timestamp", "2024-01-10 00:30:00", "2024-01-09 23:00:00", "2024-01-05 00:00:00", "2024-01-06", "2h"),
    "whole number": ("bigint", 10, 8, 1, 2, 3),
    "decimal": ("numeric(12,2)", "10.25", "8.50", "1.00", 2.5, 3),
    "double": ("double precision", 10.5, 8.25, 1.0, 2, 3),
}  # fmt: skip
ZONED: Final = (
    "timestamptz", "2024-01-10T00:30:00+02:00", "2024-01-09T21:00:00Z", "2024-01-05T00:00:00Z", "2024-01-06T00:00:00Z", "2h",
)  # fmt: skip


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform(tmp_path)
    yield made
    made.plugin.shutdown()


@dataclass(frozen=True)
class Database:
    """A table in a database, with a row for each time that was put."""

    engine: sa.Engine
    url: str
    table: str

    def put(self, *values: object) -> None:
        with self.engine.begin() as connection:
            for value in values:
                connection.execute(sa.text(f"insert into {self.table} values (:at)"), {"at": value})


def made(url: str, kind: str) -> Iterator[Database]:
    engine = sa.create_engine(url)
    database = Database(engine, url, f"cursor_{uuid.uuid4().hex[:8]}")
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table {database.table} (at {kind})"))
    yield database
    with engine.begin() as connection:
        connection.execute(sa.text(f"drop table {database.table}"))
    engine.dispose()


def loaded(platform: Platform, database: Database, source: dict[str, str], **options: Any) -> int:
    """The number of rows of the table after a load."""
    place = {"connection_string": database.url, **source}
    config = {**place, "cursor": {"column": "at", **options}}
    result = platform.plugin.run(
        platform.plugin.create_pipeline(IngestionConfig("sql_database", config, TABLE))
    )
    assert result.success, result.errors
    return len(platform.rows("at"))


def check(platform: Platform, database: Database, case: tuple[Any, ...], source: dict[str, str]) -> None:
    _, known, late, early, first, lag = case
    database.put(known, early)
    assert 1 == loaded(platform, database, source, initial_value=first, lag=lag)
    database.put(late, early)
    for _ in range(2):
        assert 2 == loaded(platform, database, source, initial_value=first, lag=lag)
    database.put(None)
    assert 3 == loaded(platform, database, source, initial_value=first, lag=lag, on_null="include")
    assert 3 == loaded(platform, database, source, lag=lag, end_value=first, on_null="include")


@pytest.mark.parametrize("form", ["table", "query"])
@pytest.mark.parametrize("case", [*TYPES.values(), ZONED], ids=[*TYPES, "time with a zone"])
def test_postgres(platform: Platform, case: tuple[Any, ...], form: str) -> None:
    for database in made(with_driver(needed("DATABASE_URL")), case[0]):
        table = database.table
        check(
            platform,
            database,
            case,
            {"table": table} if form == "table" else {"query": f"select * from {table}"},
        )


@pytest.mark.parametrize("case", TYPES.values(), ids=TYPES)
def test_mariadb(platform: Platform, case: tuple[Any, ...]) -> None:
    for database in made(with_driver(needed("MARIADB_URL")), case[0].replace("timestamp", "datetime")):
        check(platform, database, case, {"table": database.table})
