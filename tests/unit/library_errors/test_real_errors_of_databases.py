"""What databases answer, by the errors that their drivers raise."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from floe_ingestion_dlt.retry import ErrorCategory, categorize_error
from tests.misbehaving.databases import RESET, MisbehavingMySql, MisbehavingPostgres
from tests.misbehaving.server import free_port
from tests.unit.library_errors.real_calls import raised_by

TRANSIENT, PERMANENT = ErrorCategory.TRANSIENT, ErrorCategory.PERMANENT
PARTIAL, CONFIGURATION = ErrorCategory.PARTIAL, ErrorCategory.CONFIGURATION


def ask_database(url: str) -> object:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return connection.execute(sa.text("SELECT * FROM orders"))


@pytest.mark.parametrize(
    ("sqlstate", "category"),
    [
        ("08006", TRANSIENT),
        ("22012", PERMANENT),
        ("28000", PERMANENT),
        ("3D000", CONFIGURATION),
        ("3F000", CONFIGURATION),
        ("40001", TRANSIENT),
        ("40P01", TRANSIENT),
        ("42501", PERMANENT),
        ("42703", CONFIGURATION),
        ("42P01", CONFIGURATION),
        ("53300", TRANSIENT),
        ("55P03", TRANSIENT),
        ("57014", PERMANENT),
        ("57P01", TRANSIENT),
        ("57P03", TRANSIENT),
        (RESET, TRANSIENT),
    ],
)
def test_what_postgres_answers(sqlstate: str, category: ErrorCategory) -> None:
    with MisbehavingPostgres(sqlstate) as database:
        assert category is categorize_error(raised_by(lambda: ask_database(database.url)))


@pytest.mark.parametrize(
    ("number", "category"),
    [
        ("1040", TRANSIENT),
        ("1044", PERMANENT),
        ("1045", PERMANENT),
        ("1049", CONFIGURATION),
        ("1054", CONFIGURATION),
        ("1064", CONFIGURATION),
        ("1142", PERMANENT),
        ("1146", CONFIGURATION),
        ("1205", TRANSIENT),
        ("1213", TRANSIENT),
        ("1264", PERMANENT),
    ],
)
@pytest.mark.parametrize("connects", [True, False])
def test_what_mysql_answers(number: str, category: ErrorCategory, connects: bool) -> None:  # noqa: FBT001
    with MisbehavingMySql(number, connects=connects) as database:
        assert category is categorize_error(raised_by(lambda: ask_database(database.url)))


def test_a_mysql_that_hangs_up() -> None:
    with MisbehavingMySql(RESET) as database:
        assert TRANSIENT is categorize_error(raised_by(lambda: ask_database(database.url)))


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_database_that_nobody_serves(scheme: str) -> None:
    url = f"{scheme}://shop@127.0.0.1:{free_port()}/shop"
    assert TRANSIENT is categorize_error(raised_by(lambda: ask_database(url)))


def test_a_driver_that_is_not_installed() -> None:
    error = raised_by(lambda: ask_database("oracle+oracledb://shop@db/shop"))
    assert CONFIGURATION is categorize_error(error)


class TestSqlite:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "shop.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE items (id INTEGER)")
        return path

    def test_a_table_that_is_not_there(self, file: Path) -> None:
        assert CONFIGURATION is categorize_error(raised_by(lambda: ask_database(f"sqlite:///{file}")))

    def test_a_file_that_another_one_holds(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            error = raised_by(lambda: ask_database(f"sqlite:///{file}?timeout=0.01"))
        assert TRANSIENT is categorize_error(error)

    def test_a_file_that_is_no_database(self, file: Path) -> None:
        file.write_text("id,name\n" * 100)
        assert CONFIGURATION is categorize_error(raised_by(lambda: ask_database(f"sqlite:///{file}")))

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        error = raised_by(lambda: ask_database(f"sqlite:///{tmp_path}/no/shop.db"))
        assert PERMANENT is categorize_error(error)


# -- the machine
