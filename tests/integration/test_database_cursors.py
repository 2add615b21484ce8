"""A cursor of a database is compared in the order that the database has for it: its type's, and its collation's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.platforms import TABLE, Platform
from tests.services.environment import Services, needed, with_driver

# The type of the cursor, its values in the first load, and those that come later; the database says of each one that it is new, or equal to the last.
Case = tuple[str, tuple[str, ...], tuple[str, ...]]
BOTH: Final[tuple[Case, ...]] = (
    ("int", ("9",), ("9", "10")),
    ("bigint", ("9007199254740993",), ("9007199254740993", "9007199254740994")),
    ("numeric(20,2)", ("9.00",), ("9.00", "10.00")),
    ("double precision", ("9",), ("10", "1e300")),
    ("date", ("2024-01-31",), ("2024-01-31", "2024-02-01")),
    ("char(5)", ("b",), ("b", "c")),
)
POSTGRES: Final[tuple[Case, ...]] = (
    *BOTH,
    ('text collate "und-x-icu"', ("a",), ("a", "B", "c")),
    ('text collate "und-x-icu"', ("a", "B"), ("B", "c", "ç", "Z")),
    ('varchar(9) collate "und-x-icu"', ("", "Z"), ("Z", "Ω")),
    ("text", ("a",), ("a", "b", "é")),
    ("inet", ("9.0.0.1",), ("9.0.0.1", "10.0.0.1")),
    ("cidr", ("9.0.0.0/8",), ("10.0.0.0/8",)),
    ("macaddr", ("08:00:2b:01:02:03",), ("08:00:2b:01:02:0a",)),
    ("NAME_mood", ("zeta",), ("zeta", "alpha")),
    ("interval", ("9 hours",), ("9 hours", "10 hours")),
    ("timetz", ("10:00+02",), ("10:00+02", "09:30+01")),
    ("uuid", ("00000000-0000-0000-0000-000000000009",), ("00000000-0000-0000-0000-00000000000a",)),
    ("time", ("09:00:00.5",), ("09:00:01", "10:00")),
    ("timestamp", ("2024-01-01 09:00:00",), ("2024-01-01 09:00", "2024-01-01 09:00:00.5")),
    ("timestamptz", ("2024-01-01 09:00:00+02",), ("2024-01-01 07:00:00+00", "2024-01-01 08:00:00+00")),
    ("bytea", (r"\x09",), (r"\x09", r"\x0a")),
)
MARIADB: Final[tuple[Case, ...]] = (
    *BOTH,
    ("varchar(20)", ("a",), ("A", "a", "B")),
    ("varchar(20)", ("a", "B"), ("b", "c", "É")),
    ("varchar(20) collate utf8mb4_bin", ("a",), ("a", "b", "é")),
    ("varchar(20) collate utf8mb4_unicode_ci", ("b",), ("B", "b ", "ß")),
    ("time", ("09:00:00",), ("09:00:00", "10:00:00")),
    ("year", ("2023",), ("2024",)),
    ("datetime", ("2024-01-01 09:00:00",), ("2024-01-01 09:00:00", "2024-01-01 09:00:01")),
    ("datetime(6)", ("2024-01-01 09:00:00.5",), ("2024-01-01 09:00:00.500001",)),
)


@pytest.fixture
def name() -> str:
    """The name of the table, which no other test has."""
    return f"cursors_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def postgres(services: Services, name: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(services.postgres))
    _run(engine, f"CREATE TYPE {name}_mood AS ENUM ('zeta', 'alpha')")
    yield engine
    _run(engine, f"DROP TABLE IF EXISTS {name}", f"DROP TYPE {name}_mood")
    engine.dispose()


@pytest.fixture
def mariadb(name: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(needed("MARIADB_URL")))
    yield engine
    _run(engine, f"DROP TABLE IF EXISTS {name}")
    engine.dispose()


def _run(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))


class Source:
    """A table with a cursor `u`, loaded by a query or as it is."""

    def __init__(
        self, platform: Platform, name: str, engine: sa.Engine, declared: str, **options: Any
    ) -> None:
        self._engine, self._name, self._platform, self._count = engine, name, platform, 0
        _run(engine, f"CREATE TABLE {name} (id int, u {declared.replace('NAME', name)})")
        url = engine.url.render_as_string(hide_password=False)
        query = options.pop("query", None)
        read = {"query": query.replace("NAME", name)} if query else {"table": name}
        source = {"connection_string": url, "cursor_field": "u"} | read | options.pop("source", {})
        self._config = IngestionConfig(
            source_type="sql_database", source_config=source, destination_table=TABLE, **options
        )

    def add(self, values: tuple[str, ...]) -> None:
        for value in values:
            self._count += 1
            _run(self._engine, f"INSERT INTO {self._name} VALUES ({self._count}, '{value}')")

    def run(self) -> IngestionResult:
        return self._platform.plugin.run(self._platform.plugin.create_pipeline(self._config))

    def load(self) -> list[int]:
        """The ids in the table after a load."""
        result = self.run()
        assert result.success, result.errors
        return self.ids()

    def ids(self) -> list[int]:
        return sorted(row["id"] for row in self._platform.rows("id"))


@pytest.fixture
def made(tmp_path: Path, name: str) -> Iterator[Callable[..., Source]]:
    """Makes the table with its source."""
    platform = Platform(tmp_path)
    yield partial(Source, platform, name)
    platform.plugin.shutdown()


def _each_row_arrives_once(source: Source, first: tuple[str, ...], later: tuple[str, ...]) -> None:
    source.add(first)
    ids = [*range(1, len(first) + 1)]
    assert ids == source.load()
    assert ids == source.load()
    for value in later:
        source.add((value,))
        ids.append(len(ids) + 1)
        assert ids == source.load()
        assert ids == source.load()


@pytest.mark.parametrize("case", POSTGRES, ids=str)
def test_cursors_of_postgres(postgres: sa.Engine, made: Callable[..., Source], case: Case) -> None:
    declared, first, later = case
    _each_row_arrives_once(made(postgres, declared), first, later)


@pytest.mark.parametrize("case", MARIADB, ids=str)
def test_cursors_of_mariadb(mariadb: sa.Engine, made: Callable[..., Source], case: Case) -> None:
    declared, first, later = case
    _each_row_arrives_once(made(mariadb, declared), first, later)


@pytest.mark.parametrize("query", [None, "SELECT * FROM NAME"], ids=["table", "query"])
def test_a_merge_by_texts_that_the_database_sorts_otherwise_is_refused(
    postgres: sa.Engine, made: Callable[..., Source], query: str | None
) -> None:
    by_key = {"primary_key": "id"}
    source = made(postgres, 'text collate "und-x-icu"', query=query, write_mode="merge", source=by_key)
    source.add(("a",))
    assert [1] == source.load()
    source.add(("B",))
    (error,) = source.run().errors
    assert "the database sorts the cursor u otherwise" in error
    assert [1] == source.ids()


@pytest.mark.parametrize("write_mode", ["append", "merge"])
@pytest.mark.parametrize("query", [None, "SELECT * FROM NAME"], ids=["table", "query"])
@pytest.mark.parametrize("declared", ['text collate "und-x-icu"', "varchar(9)"])
def test_texts_in_each_mode_and_in_queries(
    postgres: sa.Engine, made: Callable[..., Source], declared: str, query: str | None, write_mode: str
) -> None:
    options = {"primary_key": "id"} if write_mode == "merge" else {}
    first = ("a", "b") if write_mode == "merge" else ("a", "B")
    source = made(postgres, declared, query=query, write_mode=write_mode, source=options)
    _each_row_arrives_once(source, first, ("c", "z"))


@pytest.mark.parametrize("declared", ["jsonb", "int[]", "int4range", "tsvector"])
def test_types_without_an_order_are_refused(
    postgres: sa.Engine, made: Callable[..., Source], declared: str
) -> None:
    source = made(postgres, declared)
    (error,) = source.run().errors
    assert "the cursor u is " in error
    assert "Use a cursor of numbers, dates, times or texts" in error
