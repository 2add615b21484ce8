"""Tables of a database that patterns name: each that is there is a unit."""

from __future__ import annotations

from contextlib import closing
from sqlite3 import connect
from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.errors import SourceConnectionError
from tests.platforms import Platform


def run(platform: Platform, *statements: str) -> None:
    with closing(connect(platform.folder / "shop.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def plugin_with(platform: Platform, *others: dict[str, Any], **source: Any) -> DltIngestionPlugin:
    run(
        platform,
        "CREATE TABLE IF NOT EXISTS sales_2025 (id INTEGER)",
        "CREATE TABLE IF NOT EXISTS sales_2026 (id INTEGER)",
        "CREATE TABLE IF NOT EXISTS orders (id INTEGER)",
        "CREATE VIEW IF NOT EXISTS sales_all AS SELECT * FROM sales_2025 UNION ALL SELECT * FROM sales_2026",
    )
    config = {"connection_string": f"sqlite:///{platform.folder}/shop.db"} | source.pop("source_config")
    shop = {"name": "shop", "destination_table": "bronze.shop", "source_type": "sql_database"}
    return platform.a_plugin(sources=[{**shop, "source_config": config, **source}, *others])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tables": "*"}, ["orders", "sales_2025", "sales_2026"]),
        ({"tables": "*", "include_views": True}, ["orders", "sales_2025", "sales_2026", "sales_all"]),
        ({"tables": ["sales_*"]}, ["sales_2025", "sales_2026"]),
        ({"tables": "*", "exclude_tables": ["sales_*"]}, ["orders"]),
        ({"tables": "*", "exclude_tables": "orders", "schema": "main"}, ["sales_2025", "sales_2026"]),
        ({"tables": ["o*", "sales_all"]}, ["orders", "sales_all"]),
        ({"tables": "*", "resource": "orders"}, ["orders"]),
    ],
)
def test_each_table_that_matches_is_a_unit(
    platform: Platform, options: dict[str, Any], expected: list[str]
) -> None:
    plugin = plugin_with(platform, source_config=options)
    assert expected == [unit.resource for unit in plugin.units("shop")]


def test_units_are_loaded_with_the_settings_of_their_source(platform: Platform) -> None:
    plugin = plugin_with(
        platform, source_config={"tables": "*", "exclude_tables": "orders"}, cursor_field="id"
    )
    run(platform, "INSERT INTO sales_2025 VALUES (1)", "INSERT INTO sales_2026 VALUES (2), (3)")
    for expected in ([1, 2], [0, 0]):
        reports = [plugin.load(plugin.create_pipeline(unit.config)) for unit in plugin.units("shop")]
        assert expected == [report.rows for report in reports], [report.error for report in reports]
    assert [{"id": 2}, {"id": 3}] == platform.rows("id", table="bronze.sales_2026")


def test_a_table_that_is_new_in_the_database_is_a_new_unit(platform: Platform) -> None:
    plugin = plugin_with(platform, source_config={"tables": "sales_*"})
    run(platform, "CREATE TABLE sales_2027 (id INTEGER)")
    assert "bronze.sales_2027" in [unit.table for unit in plugin.units("shop")]


def test_a_pattern_that_matches_nothing_is_refused_with_the_tables_that_are_there(platform: Platform) -> None:
    plugin = plugin_with(platform, source_config={"tables": ["sale_*"]})
    cause = r"tables: sale_\* matches no table in the database, which has orders, sales_2025, sales_2026"
    with pytest.raises(SourceConnectionError, match=cause):
        plugin.units("shop")


def test_a_pipeline_of_a_pattern_is_refused_with_the_way_to_go(platform: Platform) -> None:
    plugin = plugin_with(platform, source_config={"tables": "*"})
    with pytest.raises(ValidationError, match=r"plugin\.units"):
        plugin.create_pipeline(plugin.ingestion_config("shop"))


def test_options_of_patterns_without_a_pattern_are_refused(platform: Platform) -> None:
    plugin = plugin_with(platform, source_config={"tables": ["orders"], "exclude_tables": ["sales_*"]})
    with pytest.raises(ValidationError, match="exclude_tables and include_views: go with a pattern"):
        plugin.units("shop")


def test_a_table_that_another_source_fills_is_refused(platform: Platform) -> None:
    other = {"name": "files", "destination_table": "bronze.orders", "source_type": "filesystem"}
    plugin = plugin_with(platform, other, source_config={"tables": "*"})
    with pytest.raises(ValidationError, match=r"files fills bronze\.orders, too: leave orders out"):
        plugin.units("shop")


def test_a_table_whose_name_no_table_can_have_is_refused(platform: Platform) -> None:
    run(platform, 'CREATE TABLE "Order Details" (id INTEGER)')
    plugin = plugin_with(platform, source_config={"tables": "*"})
    with pytest.raises(
        ValidationError, match=r"'Order Details' cannot be the name of a table.*exclude_tables"
    ):
        plugin.units("shop")
