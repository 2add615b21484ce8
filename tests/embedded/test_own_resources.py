"""A dlt resource of the user's own is read by the cursor that is set for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import dlt
from dlt.extract import DltResource
from dlt.sources.sql_database import sql_table

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


def test_a_cursor_of_the_resource_itself_is_kept(platform: Platform) -> None:
    rows = [{"id": 1, "seen": 1}, {"id": 2, "seen": 2}]
    for _ in range(2):
        assert platform.plugin.run(platform.pipeline(), source=with_cursor(rows)).success
    assert [1, 2] == [row["id"] for row in platform.rows("id")]
