"""A window of a database's table has the rows that it would have if all rows were read, whatever the column's type is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import Window
from tests.platforms import Platform
from tests.services.environment import Services, needed, with_driver

TABLE: Final = "bronze.windows"
MARCH: Final = (date(2026, 3, 29), date(2026, 3, 30))
# The hour that comes twice in Berlin, and the one that never comes.
TIMES: Final = (
    "2026-03-28 23:59:59",
    "2026-03-29 00:00:00",
    "2026-03-29 02:30:00",
    "2026-03-29 23:59:59",
    "2026-03-30 00:00:00",
)
IN_MARCH: Final = [1, 2, 3]

# The type of a column, its values, the bounds of the window, and the numbers of the rows in it.
Case = tuple[str, tuple[str, ...], Any, Any, list[int]]
BOTH: Final[tuple[Case, ...]] = (
    ("smallint", ("-1", "0", "5", "6"), 0, 6, [1, 2]),
    ("smallint", ("-1", "0", "5", "6"), 0, 2**40, [1, 2, 3]),
    ("bigint", ("-9223372036854775808", "0", "9223372036854775807"), -(2**70), 2**63, [0, 1, 2]),
    ("numeric(5,2)", ("-999.99", "0.10", "0.11", "999.99"), Decimal("0.101"), Decimal(10**6), [2, 3]),
    ("numeric(38,0)", ("-1", "12345678901234567890123456789012345678"), 12345678901234567890123456789012345677, 10**38 - 1, [1]),
    ("double precision", ("0.1", "0.3", "1e300"), Decimal("0.2"), Decimal(1), [1]),
    ("date", ("2026-03-28", "2026-03-29", "2026-03-30"), *MARCH, [1]),
    ("date", ("2026-03-28", "2026-03-29", "2026-03-30"), datetime(2026, 3, 29, 5, tzinfo=UTC), datetime(2026, 3, 30, 5, tzinfo=UTC), [2]),
    ("varchar(20)", ("a", "B", "b", "é", "z"), "b", "f", [2]),
    ("varchar(20)", ("b", "B", "b ", "bb", "\u0301b", "b"), "b", "b\0", [0, 5]),
    ("varchar(20)", ("É", "é", "e", "e\u0301"), "é", "é\0", [1]),
    ("varchar(20)", ("", " ", "a"), "", "\0", [0]),
)  # fmt: skip
POSTGRES: Final[tuple[Case, ...]] = (
    *BOTH,
    ("char(3)", ("b", "bb", "b  ", "B"), "b  ", "b  \0", [0, 2]),
    ("text", ("b", "b ", "B"), "b", "b\0", [0]),
    ("real", ("0.5", "0.7", "0.8"), Decimal("0.6"), Decimal("0.75"), [1]),
    ("numeric", ("1", "1.5", "2"), 1, 2, [0, 1]),
    ("timestamp", TIMES, *MARCH, IN_MARCH),
    ("timestamp(0)", TIMES, datetime(2026, 3, 29, 0, 0, 0, 1, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC), [2, 3]),
    ("timestamptz", tuple(f"{time}+00" for time in TIMES), *MARCH, IN_MARCH),
    ("timestamptz", tuple(f"{time}+00" for time in TIMES), datetime(2026, 3, 29), datetime(2026, 3, 30), IN_MARCH),  # noqa: DTZ001 - it has no zone
)  # fmt: skip
MARIADB: Final[tuple[Case, ...]] = (
    *BOTH,
    ("char(3)", ("b", "bb", "b  ", "B"), "b", "b\0", [0, 2]),
    ("enum('b', 'c')", ("b", "b", "c"), "b", "b\0", [0, 1]),
    ("set('b', 'é') character set latin1", ("b", "b,é", "é"), "b,é", "b,é\0", [1]),
    ("varchar(20) character set latin1", ("e", "é", "é "), "é", "é\0", [1]),
    ("varchar(20) character set latin1", ("e", "é", "?"), "東", "東\0", []),
    ("text character set utf8mb3", ("e", "é", "?"), "\U0001f600", "\U0001f600\0", []),
    ("datetime(6)", TIMES, *MARCH, IN_MARCH),
    ("datetime", TIMES, datetime(2026, 3, 29, 0, 0, 0, 1), datetime(2026, 3, 30), [2, 3]),  # noqa: DTZ001 - it has no zone
    ("timestamp(6) null", TIMES, *MARCH, IN_MARCH),
)  # fmt: skip


@pytest.fixture(scope="module")
def postgres(services: Services) -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(services.postgres))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def mariadb() -> Iterator[sa.Engine]:
    engine = sa.create_engine(with_driver(needed("MARIADB_URL")))
    yield engine
    engine.dispose()


def check(engine: sa.Engine, folder: Path, case: Case) -> None:
    """Load the window twice, once into an empty table and once over all rows; rows with null stay outside."""
    kind, values, start, end, expected = case
    name = f"windows_{uuid.uuid4().hex[:12]}"
    rows = ", ".join(f"({n}, '{value}')" for n, value in enumerate(values))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} (n integer, at {kind})")
        connection.exec_driver_sql(f"INSERT INTO {name} VALUES {rows}, (99, NULL)")
    platform = Platform(folder)
    url = engine.url.render_as_string(hide_password=False)
    source = {"connection_string": url, "table": name}
    pipeline = platform.plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE))
    try:
        window = Window("at", start, end)
        for before in ([], [*range(len(values)), 99]):
            if before:
                if expected:
                    platform.catalog.drop_table(TABLE)
                assert platform.plugin.load(pipeline).success
            report = platform.plugin.load(pipeline, window=window)
            assert (None, len(expected)) == (report.error, report.rows)
            if wanted := before or expected:
                assert wanted == sorted(row["n"] for row in platform.rows(table=TABLE))
    finally:
        platform.plugin.shutdown()
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {name}")


@pytest.mark.parametrize("case", POSTGRES, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_window_of_postgres(postgres: sa.Engine, tmp_path: Path, case: Case) -> None:
    check(postgres, tmp_path, case)


@pytest.mark.parametrize("case", MARIADB, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_window_of_mariadb(mariadb: sa.Engine, tmp_path: Path, case: Case) -> None:
    check(mariadb, tmp_path, case)
