"""A statement that a database refuses is reported with the option that mends it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt.domain.events import CursorUnused
from floe_ingestion_dlt.domain.load_report import LoadReport
from tests.platforms import Platform


def run(platform: Platform, *statements: str) -> None:
    with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def load(platform: Platform, **options: Any) -> LoadReport:
    mode = options.pop("write_mode", "append")
    source = {"connection_string": f"sqlite:///{platform.folder / 'shop.db'}"} | options
    config = IngestionConfig("sql_database", source, "bronze.orders", write_mode=mode)
    return platform.plugin.load(platform.plugin.create_pipeline(config))


@pytest.mark.parametrize(
    "query",
    [
        "selec 1",
        "SELECT * FROM nowhere",
        "SELECT nothing FROM orders",
        "SELECT nothing(1)",
        "SELECT id FROM orders,",
        "SELECT 1 UNION SELECT 1, 2",
    ],
)
def test_a_query_that_is_not_understood_is_to_be_corrected(platform: Platform, query: str) -> None:
    run(platform, "CREATE TABLE orders (id INTEGER)")
    fault = str(load(platform, query=query).error)
    assert "[CONFIGURATION]" in fault
    assert "Correct query in source_config" in fault


def test_a_view_that_does_not_work_any_more_is_named(platform: Platform) -> None:
    run(
        platform,
        "CREATE TABLE old (id INTEGER)",
        "CREATE VIEW orders AS SELECT id FROM old",
        "DROP TABLE old",
    )
    fault = str(load(platform, table="orders").error)
    assert "Check the table orders" in fault


def test_replace_with_a_cursor_reads_all_rows_and_says_so(platform: Platform) -> None:
    run(platform, "CREATE TABLE orders AS SELECT 1 AS id UNION ALL SELECT 2")
    options: dict[str, Any] = {"table": "orders", "cursor_field": "id", "write_mode": "replace"}
    assert (2, (CursorUnused("id", "replace"),)) == (
        (first := load(platform, **options)).rows,
        first.warnings,
    )
    run(platform, "INSERT INTO orders VALUES (3)", "DELETE FROM orders WHERE id = 1")
    assert 2 == load(platform, **options).rows
    assert [{"id": 2}, {"id": 3}] == platform.rows("id")
    run(platform, "INSERT INTO orders VALUES (4)")
    appended = load(platform, **options | {"write_mode": "append"})
    assert (1, ()) == (appended.rows, appended.warnings)
