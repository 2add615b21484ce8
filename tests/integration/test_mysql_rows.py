"""Rows that are read from MariaDB by column: the same as by a cursor, under the same limits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database import reading
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.session import Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.statements import executed
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_reads import ReadBy, TableRead
from floe_ingestion_dlt.ports.source import SourceError
from tests.postgres_values import ODD_TEXTS
from tests.services.environment import needed, with_driver

MakeTable = Callable[..., SqlDatabase]
WIDE: Final = "9" * 38
# Values of each type as SQL has them, also those that Python has no value for.
VALUES: Final = {
    "tinyint": ("-128", "127", "0"),
    "bigint": ("-9223372036854775808", "9223372036854775807"),
    "bigint unsigned": ("0", "9223372036854775807"),
    "bigint(20) unsigned zerofill": ("7", "12345678901234567"),
    "tinyint(1)": ("0", "1", "2"),
    "year": ("1901", "2155", "0"),
    "bit(1)": ("b'0'", "b'1'"),
    "bit(63)": ("b'0'", "9223372036854775807"),
    "decimal(12,2)": ("-1.10", "9999999999.99", "0", "-0.01"),
    "decimal(10,2) zerofill": ("1.1", "12345678.9"),
    "decimal(38,0)": (WIDE, f"-{WIDE}"),
    "decimal(65,30)": ("1.5", "-0.000000001", "12345678901234567890"),
    "float": ("1.1", "-3.4028234e38", "16777216", "1e-30"),
    "double": ("1.7976931348623157e308", "-5e-324", "0.1", "12345678901234567890", "1e16"),
    "varchar(20)": ("''", "'0'", "'null'", "'\\\\0 \\n\"'", "'Ægir \U0001f600'"),
    "varchar(20) character set latin1": ("'é'", "''"),
    "varchar(20) character set utf16": ("'é'", "'\U0001f600'"),
    "longtext": ("REPEAT('é', 200)", "REPEAT('x', 65535)", "REPEAT('x', 65536)", "''"),
    "enum('', 'sad', 'it''s')": ("'sad'", "''", "'it''s'"),
    "set('a','b c')": ("''", "'a,b c'"),
    "json": ("""'{"a": 1.10,  "a": [null]}'""", "'\"x\"'", "'null'"),
    "binary(4)": ("''", "x'00ff'"),
    "varbinary(300)": ("''", "x'fb00fcfdfe'", "REPEAT(x'ff', 251)"),
    "blob": ("''", "x'ff'"),
    "date": ("'0001-01-01'", "'9999-12-31'", "'2024-02-29'"),
    "time(6)": ("'00:00:00'", "'23:59:59.999999'"),
    "datetime": ("'0001-01-01'", "'9999-12-31 23:59:59'"),
    "datetime(3)": ("'2026-01-02 03:04:05.120'", "'1969-12-31 23:59:59.999'"),
    "datetime(6)": ("'2026-01-02 03:04:05.000001'", "'0001-01-01'"),
    "timestamp(6) null": ("'1970-01-02 00:00:00.5'", "'2038-01-18'"),
    "uuid": ("'00000000-0000-0000-0000-00000000000a'",),
    "inet6": ("'::1'",),
    "point": ("POINT(1, -2.5)",),
}
REFUSED: Final = {
    "bigint unsigned": "18446744073709551615",
    "time": "'-01:00:00'",
    "date": "'0000-00-00'",
    "datetime": "'0000-00-00'",
    "date ": "'0000-01-01'",
    "datetime(6)": "'2026-00-00 01:02:03.5'",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    url = f"{with_driver(needed('MARIADB_URL'))}?sql_mode="
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def made(engine: sa.Engine) -> Iterator[MakeTable]:
    """Makes tables of one type; a name with a percent sign and quotes has to be written in the statement."""
    names = list[str]()

    def make(kind: str, values: Sequence[str], column: str = '50% "off"') -> SqlDatabase:
        names.append(name := f"sent % {uuid.uuid4().hex[:12]}")
        with engine.begin() as connection:
            run = connection.execution_options(no_parameters=True).exec_driver_sql
            run(f"CREATE TABLE `{name}` (`{column}` {kind}) CHARACTER SET utf8mb4")
            run(f"INSERT INTO `{name}` VALUES {', '.join(f'({value})' for value in values)}")
        return SqlDatabase(Secret(engine.url.render_as_string(hide_password=False)), (name,))

    yield make
    with engine.begin() as connection:
        for name in names:
            connection.execution_options(no_parameters=True).exec_driver_sql(f"DROP TABLE `{name}`")


def batches(source: SqlDatabase, events: list[Event] | None = None, **wanted: object) -> Iterator[pa.Table]:
    pools, found = ConnectionPools(), [] if events is None else events
    session = Session(source.resources[0], source.limits, report=found.append, query=source.query or "")
    yield from read_rows(source, Wanted(**wanted), Expected(), session, lambda: pools.pool_of(source))  # type: ignore[arg-type]
    pools.close()


def by_column(source: SqlDatabase) -> pa.Table:
    events = list[Event]()
    table = pa.concat_tables(batches(source, events))
    assert [TableRead(source.resources[0], ReadBy.COLUMNS)] == events
    return table


@pytest.fixture
def by_cursor(monkeypatch: pytest.MonkeyPatch) -> Callable[[SqlDatabase], pa.Table]:
    def read(source: SqlDatabase) -> pa.Table:
        events = list[Event]()
        with monkeypatch.context() as patched:
            patched.setattr(reading, "obstacle_to_columns", lambda _: "it is to be a cursor")
            # A cursor that streams reads all rows before it is closed.
            patched.setattr(
                reading, "result_of", lambda _, select, connection, __: executed(connection, select)
            )
            table = pa.concat_tables(batches(source, events))
        assert [TableRead(source.resources[0], ReadBy.CURSOR, "it is to be a cursor")] == events
        return table

    return read


def outcome(read: Callable[[SqlDatabase], pa.Table], source: SqlDatabase) -> tuple[object, object]:
    try:
        table = read(source)
    except SourceError as error:
        return "refused", error.fault
    return table.to_pydict(), table.schema


def with_options(source: SqlDatabase, **options: str) -> SqlDatabase:
    """The source with options in its URL."""
    assert source.connection is not None
    url = sa.make_url(source.connection.reveal()).update_query_dict(options)
    return replace(source, connection=Secret(url.render_as_string(hide_password=False)))


@pytest.mark.parametrize("kind", VALUES)
def test_a_column_is_that_of_a_cursor(
    made: MakeTable, by_cursor: Callable[[SqlDatabase], pa.Table], kind: str
) -> None:
    source = made(kind, [*VALUES[kind], "NULL"])
    table = by_column(source)
    assert len(VALUES[kind]) + 1 == len(table)
    assert (by_cursor(source).to_pydict(), by_cursor(source).schema) == (table.to_pydict(), table.schema)


@pytest.mark.parametrize("kind", ["int", "varchar(20)", "varbinary(9)", "double"])
def test_a_column_is_that_of_a_cursor_without_texts(
    made: MakeTable, by_cursor: Callable[[SqlDatabase], pa.Table], kind: str
) -> None:
    source = with_options(made(kind, ["1", "NULL"]), use_unicode="0")
    by_columns = outcome(by_column, source)
    assert by_columns == outcome(by_cursor, source)
    assert (kind == "varchar(20)") == (by_columns[0] == "refused")


@pytest.mark.parametrize("kind", REFUSED)
def test_a_value_that_python_or_the_column_does_not_have_is_refused_as_by_a_cursor(
    made: MakeTable, by_cursor: Callable[[SqlDatabase], pa.Table], kind: str
) -> None:
    source = made(kind, [REFUSED[kind]])
    refused = outcome(by_column, source)
    assert ("refused", refused) == (refused[0], outcome(by_cursor, source))


@pytest.mark.parametrize(
    "named", ["string", "decimal128(38, 12)", "float64", "int32", "bool", "timestamp[us]"]
)
@pytest.mark.parametrize("kind", ["int", "decimal(6,2)", "varchar(20)", "datetime(6)", "double"])
def test_a_column_of_a_named_type_is_that_of_a_cursor(
    made: MakeTable, by_cursor: Callable[[SqlDatabase], pa.Table], kind: str, named: str
) -> None:
    value = "'2026-01-02 03:04:05'" if kind == "datetime(6)" else "1"
    source = replace(made(kind, [value, "NULL"]), column_types={'50% "off"': named})
    assert outcome(by_cursor, source) == outcome(by_column, source)


@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
def test_the_rows_of_a_query_are_those_of_a_cursor(
    made: MakeTable, by_cursor: Callable[[SqlDatabase], pa.Table], chunk_rows: int
) -> None:
    kinds = [kind for kind in VALUES if kind not in ("point", "time(6)")]
    tables = [made(kind, [*VALUES[kind], "NULL"]) for kind in kinds]
    for kind, table in zip(kinds, tables, strict=True):
        query = f"SELECT t.*, '100% :a' AS `%s` FROM `{table.tables[0]}` t"
        source = replace(table, tables=(), query=query, chunk_rows=chunk_rows)
        assert (kind, outcome(by_cursor, source)) == (kind, outcome(by_column, source))


def test_a_condition_is_sent_as_it_is_written(made: MakeTable) -> None:
    source = made("varchar(20)", ["'50% :off'", "'50 off'", "'a'", "NULL"], "state")
    where = "state LIKE '50%' AND state LIKE '%:off'"
    assert ["50% :off"] == by_column(replace(source, where=where)).column(0).to_pylist()


@pytest.mark.parametrize("column", ["at", "50% at", "a.b", "%(p)s", ":x [y]"])
def test_rows_after_a_value_are_asked_for(made: MakeTable, column: str) -> None:
    source = made("datetime(6)", ["'2026-01-01'", "'2026-01-02 00:00:00.000001'", "NULL"], column)
    since = dt.datetime(2026, 1, 1, 0, 0, 0, 1)  # noqa: DTZ001 - without a zone
    found = pa.concat_tables(batches(source, column=column, since=since))
    assert [dt.datetime(2026, 1, 2, 0, 0, 0, 1), None] == found.column(0).to_pylist()  # noqa: DTZ001


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_no_row_is_lost_between_two_blocks(made: MakeTable, rows: int) -> None:
    texts = [text.replace("\\", "\\\\").replace("'", "''") for text in ODD_TEXTS]
    source = replace(made("longtext", [*(f"'{text}'" for text in texts), "NULL"]), chunk_rows=rows)
    found = [table.column(0).to_pylist() for table in batches(source)]
    assert [*ODD_TEXTS, None] == [text for texts in found for text in texts]
    assert {rows} >= set(map(len, found[:-1]))


def test_a_row_of_more_than_16_megabytes_is_read(engine: sa.Engine) -> None:
    query = "SELECT REPEAT('a', 10000000) AS a, REPEAT('b', 10000000) AS b, seq AS c FROM seq_1_to_5"
    source = SqlDatabase(Secret(engine.url.render_as_string(hide_password=False)), query=query)
    tables = list(batches(source))
    # a block ends with 32 MB
    assert [2, 2, 1] == list(map(len, tables))
    assert ["a" * 10_000_000] == tables[-1].column("a").to_pylist()
    assert ["b" * 10_000_000] == tables[-1].column("b").to_pylist()
    assert [5] == tables[-1].column("c").to_pylist()


@pytest.mark.parametrize("charset", ["latin1", "utf8", "utf8mb3", "ascii"])
def test_a_character_that_the_connections_own_charset_lacks_is_read(made: MakeTable, charset: str) -> None:
    source = made("varchar(20)", ["'Ægir 😀'"])
    source = with_options(source, charset=charset)
    assert ["Ægir 😀"] == by_column(source).column(0).to_pylist()
