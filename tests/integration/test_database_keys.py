"""Rows that are gone in a database are found by keys of each type, with a cursor, in a table and in a query."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import LoadReport
from tests.platforms import TABLE, Platform
from tests.services.environment import Services, needed, with_driver

# The type of the key, and three keys as SQL; the second is the one that goes.
Case = tuple[str, tuple[str, str, str]]
BOTH: Final[tuple[Case, ...]] = (
    ("int", ("1", "2", "3")),
    ("bigint", ("9007199254740992", "9007199254740993", "-9223372036854775808")),
    ("numeric(20,2)", ("1", "1.01", "1.10")),
    ("double precision", ("0.1", "0.30000000000000004", "0.3")),
    ("date", ("'2024-01-31'", "'2024-02-01'", "'2024-02-02'")),
    ("char(5)", ("'a'", "'b'", "'c'")),
)
POSTGRES: Final[tuple[Case, ...]] = (
    *BOTH,
    ("text", ("'a'", "'A'", "'a '")),
    ('text collate "und-x-icu"', ("'é'", "U&'e\\0301'", "''")),
    ("numeric", ("1.0", "1.10", "10000000000.5")),
    ("uuid", tuple(f"'00000000-0000-0000-0000-00000000000{end}'" for end in "123")),  # type: ignore[arg-type] # three
    ("timestamptz", ("'2024-01-01 09:00+02'", "'2024-01-01 09:00+00'", "'2024-01-01 10:00+00'")),
    ("timestamp", ("'2024-01-01 09:00'", "'2024-01-01 09:00:00.5'", "'2024-01-01 10:00'")),
    ("double precision", ("'NaN'", "'Infinity'", "0")),
    ("bytea", (r"'\x00'", r"'\x0000'", r"'\x01'")),
    ("inet", ("'10.0.0.1'", "'10.0.0.2'", "'::1'")),
    ("boolean", ("true", "false", "null")),
)
MARIADB: Final[tuple[Case, ...]] = (
    *BOTH,
    ("varchar(20) collate utf8mb4_bin", ("'a'", "'A'", "'é'")),
    ("varchar(20)", ("'a'", "'b'", "'ß'")),
    ("datetime(6)", ("'2024-01-01 09:00'", "'2024-01-01 09:00:00.5'", "'2024-01-01 10:00'")),
)


class Source:
    """A table with a key `k`, a place and a time, loaded by a cursor."""

    def __init__(
        self, platform: Platform, name: str, engine: sa.Engine, declared: str, *, is_query: bool
    ) -> None:
        self.platform, self.name, self._engine = platform, name, engine
        self.run(f"CREATE TABLE {name} (k {declared}, place int, at int)")
        read = {"query": f"SELECT * FROM {name} -- all"} if is_query else {"table": name}
        self._source = {
            "connection_string": engine.url.render_as_string(hide_password=False),
            "cursor_field": "at",
            "primary_key": "k",
            "delete_missing": "keys",
            "max_deletes": "50%",
            **read,
        }

    def run(self, statement: str) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(statement.replace("%", "%%"))

    def add(self, place: int, key: str) -> None:
        self.run(f"INSERT INTO {self.name} VALUES ({key}, {place}, {place})")

    def load(self, **options: Any) -> LoadReport:
        config = IngestionConfig(
            source_type="sql_database",
            source_config=self._source | options,
            destination_table=TABLE,
            write_mode="merge",
        )
        report = self.platform.plugin.load(self.platform.plugin.create_pipeline(config))
        assert report.success, report.error
        return report

    @property
    def places(self) -> list[int]:
        return sorted(row["place"] for row in self.platform.rows("place"))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Source]]:
    """Makes the table with its source, and drops it afterwards."""
    platform, sources = Platform(tmp_path), list[Source]()

    def make(engine: sa.Engine, declared: str, *, is_query: bool) -> Source:
        sources.append(Source(platform, f"keys_{uuid.uuid4().hex[:12]}", engine, declared, is_query=is_query))
        return sources[-1]

    yield make
    platform.plugin.shutdown()
    for source in sources:
        source.run(f"DROP TABLE {source.name}")


@pytest.fixture
def postgres(services: Services) -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(services.postgres))
    yield engine
    engine.dispose()


@pytest.fixture
def mariadb() -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(needed("MARIADB_URL")))
    yield engine
    engine.dispose()


def _one_goes(source: Source, keys: tuple[str, str, str]) -> None:
    sent = [key for key in keys if key != "null"]
    for place, key in enumerate(sent):
        source.add(place, key)
    assert 0 == source.load().deleted
    assert 0 == source.load().deleted
    source.run(f"DELETE FROM {source.name} WHERE place = 1")
    assert 1 == source.load().deleted
    assert [place for place in range(len(sent)) if place != 1] == source.places


IN_BOTH_WAYS: Final = pytest.mark.parametrize("is_query", [False, True], ids=["table", "query"])


@IN_BOTH_WAYS
@pytest.mark.parametrize("case", POSTGRES, ids=str)
def test_keys_of_postgres(
    postgres: sa.Engine, made: Callable[..., Source], case: Case, *, is_query: bool
) -> None:
    _one_goes(made(postgres, case[0], is_query=is_query), case[1])


@IN_BOTH_WAYS
@pytest.mark.parametrize("case", MARIADB, ids=str)
def test_keys_of_mariadb(
    mariadb: sa.Engine, made: Callable[..., Source], case: Case, *, is_query: bool
) -> None:
    _one_goes(made(mariadb, case[0], is_query=is_query), case[1])


def test_a_row_that_is_inserted_between_rows_and_keys_is_loaded_by_the_next_run(
    postgres: sa.Engine, made: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    from floe_ingestion_dlt.adapters.sources.sql_database.source import SqlDatabaseSource  # noqa: PLC0415

    source = made(postgres, "int", is_query=False)
    for place in range(4):
        source.add(place, str(place))
    source.load()
    read_keys = SqlDatabaseSource.keys

    def meanwhile(*given: Any) -> Any:
        source.add(8, "8")
        source.run(f"DELETE FROM {source.name} WHERE place IN (1, 7)")
        return read_keys(*given)

    source.add(7, "7")
    monkeypatch.setattr(SqlDatabaseSource, "keys", meanwhile)
    assert 1 == source.load().deleted
    assert [0, 2, 3, 7] == source.places
    monkeypatch.undo()
    assert 1 == source.load().deleted
    assert [0, 2, 3, 8] == source.places


def test_keys_whose_type_was_changed_refuse_the_load(
    postgres: sa.Engine, made: Callable[..., Source]
) -> None:
    source = made(postgres, "int", is_query=False)
    for place in range(4):
        source.add(place, str(place))
    source.load()
    source.run(f"ALTER TABLE {source.name} ALTER COLUMN k TYPE text USING 'x' || k")
    with pytest.raises(AssertionError, match="MergeRefused"):
        source.load()
    assert [0, 1, 2, 3] == source.places
