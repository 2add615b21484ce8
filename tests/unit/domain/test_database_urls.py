"""Each URL that no dialect reads is answered with what to write or to install; nothing but the scheme is shown."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.sql_database.connection import engine_for
from floe_ingestion_dlt.domain.database_urls import OWN, PACKAGES, without_dialect
from floe_ingestion_dlt.ports.source import SourceError


def advice(url: str) -> str:
    with pytest.raises(SourceError) as raised:
        engine_for(url)
    return str(raised.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:hush@h/d", "Set connection_string to a URL that begins with postgresql://"),
        ("postgress://u:hush@h/d", "a URL that begins with postgresql://"),
        ("pgsql://u:hush@h/d", "a URL that begins with postgresql://"),
        ("mysqll://u:hush@h/d", "a URL that begins with mysql://"),
        ("sqlserver://u:hush@h/d", "a URL that begins with mssql://"),
        ("duckdb:///hush.db", "use source_type filesystem with the files of EXPORT DATABASE"),
        ("snowflake://u:hush@account/d", "pip install 'snowflake-sqlalchemy'"),
        ("bigquery://hush", "pip install 'sqlalchemy-bigquery'"),
        ("redshift+psycopg2://u:hush@h/d", "pip install 'sqlalchemy-redshift'"),
        (
            "postgresql+asyncfoo://u:hush@h/d",
            "begins with postgresql+psycopg://: there is no driver asyncfoo",
        ),
        ("postgresql+asyncpg://u:hush@h/d", "begins with postgresql+psycopg://: asyncpg is for asynchronous"),
        ("mysql+aiomysql://u:hush@h/d", "begins with mysql+pymysql://: aiomysql is for asynchronous"),
        ("sqlite+aiosqlite:///hush.db", "begins with sqlite://: aiosqlite is for asynchronous"),
        ("jdbc:postgresql://h/hush", "a URL of SQLAlchemy, not of JDBC"),
        (
            "mongodb://u:hush@h/d",
            "a dialect of SQLAlchemy: mariadb, mssql, mysql, oracle, postgresql, sqlite",
        ),
    ],
)
def test_a_url_that_no_dialect_reads_comes_with_what_to_write_or_install(url: str, expected: str) -> None:
    found = advice(url)
    assert expected in found
    assert "hush" not in found


@given(st.text())
def test_nothing_but_the_scheme_is_shown(rest: str) -> None:
    fault = without_dialect("mongodb://hush-hush" + rest)
    assert "hush-hush" not in f"{fault.message} {fault.next_step}"


@pytest.mark.parametrize("name", OWN)
def test_sqlalchemy_has_the_dialects_that_it_is_said_to_have(name: str) -> None:
    assert sa.make_url(f"{name}://").get_dialect()


def test_no_package_is_named_for_a_dialect_of_sqlalchemy_itself() -> None:
    assert not set(OWN) & PACKAGES.keys()
