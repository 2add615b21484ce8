"""The rows with one text are asked for by the database, if it can compare the text; else all rows are read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.domain.cursors import Cursor
from floe_ingestion_dlt.ports.source import Reading, SourceError

DIALECTS = {
    name: sa.make_url(f"{name}://").get_dialect()() for name in ("postgresql", "mysql", "mssql", "oracle")
}


def condition(dialect: str, kind: sa.types.TypeEngine[str], text: str) -> str | None:
    column = sa.Table("orders", sa.MetaData(), sa.Column("tenant", kind)).c["tenant"]
    found = Wanted("tenant", window=Window.of_value("tenant", text)).of_table(column, DIALECTS[dialect])
    if found is None:
        return None
    return str(found.compile(dialect=DIALECTS[dialect], compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["north", ""])
def test_a_text_is_compared_by_the_database(dialect: str, text: str) -> None:
    assert f"orders.tenant = '{text}'" == condition(dialect, sa.VARCHAR(20), text)


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [("mssql", mssql.NTEXT()), ("mssql", mssql.XML()), ("oracle", oracle.CLOB()), ("oracle", oracle.NCLOB())],
)
def test_types_that_have_no_comparison_are_read_completely(
    dialect: str, kind: sa.types.TypeEngine[str]
) -> None:
    assert condition(dialect, kind, "north") is None


@pytest.mark.parametrize("dialect", ["mssql", "oracle"])
def test_a_text_that_may_lose_characters_on_its_way_is_not_sent(dialect: str) -> None:
    assert condition(dialect, sa.NVARCHAR(20), "東京") is None


def test_a_character_set_of_mysql_may_lack_a_character() -> None:
    found = condition("mysql", mysql.VARCHAR(20, charset="latin1"), "東京")
    assert "CAST(orders.tenant AS CHAR CHARACTER SET utf8mb4) = '東京'" == found


@pytest.mark.parametrize(
    "kind", [sa.Enum("a", "b"), sa.Uuid(), sa.JSON()], ids=lambda kind: type(kind).__name__
)
def test_other_types_that_are_read_as_texts_are_not_compared(kind: sa.types.TypeEngine[str]) -> None:
    assert condition("postgresql", kind, "a") is None


def test_the_first_character_is_not_sent() -> None:
    assert condition("postgresql", sa.Text(), "a\0b") is None


def limited(dialect: str, kind: sa.types.TypeEngine[Any], **limits: object) -> str | None:
    """The condition on rows between the limits of a cursor."""
    column = sa.Table("orders", sa.MetaData(), sa.Column("at", kind)).c["at"]
    options = Cursor.parse({"column": "at", **limits}).unwrap().options
    found = Wanted.by(Reading("at", limits=options), None).of_table(column, DIALECTS[dialect])
    if found is None:
        return None
    return str(found.compile(dialect=DIALECTS[dialect], compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
@pytest.mark.parametrize("first", [date(2024, 1, 2), "2024-01-02", "2024-01-02T00:00:00"])
def test_a_database_is_asked_for_rows_near_the_limits(dialect: str, first: object) -> None:
    found = limited(dialect, sa.DateTime(), initial_value=first, end_value=date(2024, 2, 1))
    assert "orders.at >= '2024-01-01 22:00:00'" in str(found)
    assert "orders.at < '2024-02-01 02:00:01'" in str(found)
    assert 2 == str(found).count("orders.at IS NULL")


def test_days_and_numbers_are_asked_for_too() -> None:
    assert "orders.at >= '2024-01-02'" in str(limited("mysql", sa.Date(), initial_value=date(2024, 1, 2)))
    assert "orders.at < 11" in str(limited("postgresql", sa.Integer(), end_value=10))


@pytest.mark.parametrize("kind", [sa.Integer(), sa.DateTime(), sa.Double()])
def test_a_limit_of_another_type_is_refused(kind: sa.types.TypeEngine[Any]) -> None:
    with pytest.raises(SourceError, match="end_value: 'ten' cannot be used"):
        limited("postgresql", kind, end_value="ten")


def test_texts_are_read_completely() -> None:
    assert limited("postgresql", sa.Text(), initial_value="2024-01-01") is None
