"""A dlt resource of the user's own is read by the cursor that is set for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Final

import dlt
import pytest
from dlt.extract import DltResource
from dlt.sources.sql_database import sql_database, sql_table

from floe_ingestion_dlt.adapters.dlt_api.resources import Incremental
from tests.platforms import Platform


def with_cursor(rows: list[dict[str, int]]) -> DltResource:
    resource = dlt.resource(list(rows), name="orders")
    resource.apply_hints(incremental=dlt.sources.incremental("seen"))
    return resource


def test_a_table_that_dlt_reads_is_read_by_the_cursor(platform: Platform) -> None:
    place = platform.folder / "shop.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("create table orders (id integer primary key, at integer)")
    for number in (1, 2, 3):
        with closing(sqlite3.connect(place)) as connection, connection:
            connection.execute("insert into orders values (?, ?)", (number, 10 * number))
        pipeline = platform.pipeline(source_config={"cursor_field": "at"})
        resource = sql_table(f"sqlite:///{place}", table="orders").with_name("orders")
        assert platform.plugin.run(pipeline, source=resource).success
    assert [1, 2, 3] == [row["id"] for row in platform.rows("id")]


def table_of_names(platform: Platform, *names: str) -> str:
    place = platform.folder / "shop.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("create table if not exists people (name text collate nocase)")
        connection.executemany("insert into people values (?)", [(name,) for name in names])
    return f"sqlite:///{place}"


def read_by_name(place: str, *, by_itself: bool) -> DltResource:
    own: Incremental | None = dlt.sources.incremental("name") if by_itself else None
    return sql_table(place, table="people", incremental=own).with_name("people")


@pytest.mark.parametrize("by_itself", [False, True], ids=["cursor_field", "own incremental"])
def test_a_cursor_whose_texts_a_collation_may_order_otherwise_is_refused(
    platform: Platform, *, by_itself: bool
) -> None:
    pipeline = platform.pipeline(source_config={} if by_itself else {"cursor_field": "name"})
    place = table_of_names(platform, "anna", "Bob")  # From "anna" on, dlt would leave "Carl" out.
    result = platform.plugin.run(pipeline, source=read_by_name(place, by_itself=by_itself))
    assert not result.success
    assert "sql_database" in result.errors[0]


def test_a_cursor_of_a_resource_in_a_source_is_checked_as_well(platform: Platform) -> None:
    source = sql_database(table_of_names(platform, "anna", "Bob"), table_names=["people"])
    source.people.apply_hints(incremental=dlt.sources.incremental("name"))
    result = platform.plugin.run(platform.pipeline(), source=source)
    assert not result.success
    assert "sql_database" in result.errors[0]


@pytest.mark.parametrize("by_itself", [False, True], ids=["cursor_field", "own incremental"])
def test_a_cursor_of_codes_of_one_shape_is_read_on(platform: Platform, *, by_itself: bool) -> None:
    for code in ("01HV5ZZA", "01HV6AAB"):
        place = table_of_names(platform, code)
        pipeline = platform.pipeline(source_config={} if by_itself else {"cursor_field": "name"})
        assert platform.plugin.run(pipeline, source=read_by_name(place, by_itself=by_itself)).success
    assert ["01HV5ZZA", "01HV6AAB"] == [row["name"] for row in platform.rows("name")]


def test_a_cursor_of_the_resource_itself_is_kept(platform: Platform) -> None:
    rows = [{"id": 1, "seen": 1}, {"id": 2, "seen": 2}]
    for _ in range(2):
        assert platform.plugin.run(platform.pipeline(), source=with_cursor(rows)).success
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


def in_a_source(rows: list[dict[str, int]]) -> object:
    @dlt.source(name="shop")
    def shop() -> object:
        return [dlt.resource(rows, name="sold")]

    return shop()


AS: Final[dict[str, Callable[[list[dict[str, int]]], object]]] = {
    "resource": lambda rows: dlt.resource(rows, name="sold"),
    "source": in_a_source,
    "list": list,
    "generator": lambda rows: (row for row in rows),
}


@pytest.mark.parametrize("given", AS)
def test_rows_of_every_kind_are_read_by_the_cursor(platform: Platform, given: str) -> None:
    for rows in ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}]):
        pipeline = platform.pipeline(source_config={"cursor_field": "id"})
        result = platform.plugin.run(pipeline, source=AS[given](rows))
        assert result.success, result.errors
    assert [1, 2, 3] == sorted(row["id"] for row in platform.rows("id"))


def test_a_source_with_several_resources_is_refused_before_a_row_is_read(platform: Platform) -> None:
    @dlt.source(name="shop")
    def shop() -> object:
        return [dlt.resource([{"id": 1}], name=name) for name in ("orders", "items")]

    result = platform.plugin.run(platform.pipeline(), source=shop())
    assert "'a source with orders, items' cannot be used" in result.errors[0]
    assert "Set source to one resource" in result.errors[0]
    assert platform.plugin.run(platform.pipeline(), source=shop().with_resources("items")).success
    assert [1] == [row["id"] for row in platform.rows("id")]
