"""A source with several resources is loaded unit by unit, each under its own table."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.errors import PipelineConfigurationError
from floe_ingestion_dlt.running.planning import Unit
from tests.misbehaving.server import Manner, MisbehavingServer, Status
from tests.platforms import Platform


class Shop(MisbehavingServer):
    """Two orders, and the lines of each at an address of its own."""

    def manner_of(self, number: int) -> Manner:
        path = self.requests[number].rpartition(" ")[2].partition("?")[0]
        order = path.split("/")[2] if path.endswith("/lines") else None
        rows = [{"id": 1}, {"id": 2}] if order is None else [{"order": int(order), "sku": "a"}]
        return Status(200, json.dumps(rows).encode())


def database(folder: Path) -> str:
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, at INTEGER)")
        connection.execute('CREATE TABLE "Größe" (id INTEGER)')
        connection.executemany("INSERT INTO orders VALUES (?, ?)", [(1, 10), (2, 20)])
        connection.execute('INSERT INTO "Größe" VALUES (7)')
    return f"sqlite:///{folder / 'shop.db'}"


def plugin_with(platform: Platform, **source: Any) -> DltIngestionPlugin:
    return platform.a_plugin(sources=[{"name": "shop", "destination_table": "bronze.shop", **source}])


def loaded(plugin: DltIngestionPlugin, unit: Unit) -> int:
    report = plugin.load(plugin.create_pipeline(unit.config))
    assert report.success, report.error
    return report.rows


class TestUnits:
    def test_each_table_of_a_database_is_a_unit_with_a_table_of_its_own(self, platform: Platform) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", "Größe"]}
        plugin = plugin_with(
            platform, source_type="sql_database", source_config=connection, write_mode="replace"
        )
        units = plugin.units("shop")
        assert ["orders", "Größe"] == [unit.resource for unit in units]
        assert ["bronze.orders", "bronze.Größe"] == [unit.table for unit in units]
        assert [2, 1] == [loaded(plugin, unit) for unit in units]
        assert [2, 1] == [loaded(plugin, unit) for unit in units]
        assert [{"id": 7}] == platform.rows("id", table="bronze.Größe")

    def test_what_is_configured_for_the_source_holds_for_each_unit(self, platform: Platform) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", "Größe"]}
        plugin = plugin_with(
            platform, source_type="sql_database", source_config=connection, cursor_field="id"
        )
        (orders, _) = plugin.units("shop")
        assert [2, 0] == [loaded(plugin, orders), loaded(plugin, orders)]

    def test_a_resource_of_an_api_is_read_with_the_parent_that_it_needs(self, platform: Platform) -> None:
        with Shop(Status(200)) as shop:
            lines = {
                "name": "lines",
                "endpoint": {"path": "orders/{resources.orders.id}/lines", "data_selector": "$"},
            }
            api = {
                "client": {"base_url": shop.url, "paginator": "single_page"},
                "resources": ["orders", lines],
            }
            plugin = plugin_with(platform, source_type="rest_api", source_config=api)
            units = plugin.units("shop")
            assert [2, 2] == [loaded(plugin, unit) for unit in units]
        assert [{"order": 1}, {"order": 2}] == platform.rows("order", table="bronze.lines")
        assert {"bronze.orders", "bronze.lines"} == {unit.table for unit in units}

    def test_the_only_resource_is_loaded_into_the_table_of_the_source(self, platform: Platform) -> None:
        platform.csv("a.csv", "id\n1\n")
        files = {"path": str(platform.data), "format": "csv"}
        plugin = plugin_with(platform, source_type="filesystem", source_config=files)
        (unit,) = plugin.units("shop")
        assert (plugin.ingestion_config("shop"), 1) == (unit.config, loaded(plugin, unit))

    def test_a_source_may_name_the_one_resource_to_load(self, platform: Platform) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", "Größe"]}
        plugin = plugin_with(
            platform, source_type="sql_database", source_config=connection | {"resource": "orders"}
        )
        (unit,) = plugin.units("shop")
        assert ("orders", "bronze.shop", 2) == (unit.resource, unit.table, loaded(plugin, unit))

    def test_no_repr_of_a_unit_shows_a_secret(self, platform: Platform) -> None:
        connection = {"connection_string": "postgresql://ann:hush-hush@db/shop", "tables": ["a", "b"]}
        plugin = plugin_with(platform, source_type="sql_database", source_config=connection)
        assert "hush-hush" not in repr(plugin.units("shop"))


class TestBadInput:
    def test_several_resources_in_one_pipeline_are_refused_with_the_way_to_go(
        self, platform: Platform
    ) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", "Größe"]}
        plugin = plugin_with(platform, source_type="sql_database", source_config=connection)
        with pytest.raises(PipelineConfigurationError, match=r"plugin\.units"):
            plugin.create_pipeline(plugin.ingestion_config("shop"))

    def test_a_resource_that_is_not_there_is_refused_with_those_that_are(self, platform: Platform) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", "Größe"]}
        plugin = plugin_with(
            platform, source_type="sql_database", source_config=connection | {"resource": "order"}
        )
        with pytest.raises(
            ValidationError, match=r"'order' is not a resource of the source; did you mean orders\?"
        ):
            plugin.units("shop")

    @pytest.mark.parametrize("name", ["Order Details", "shop.orders", "a/b"])
    def test_a_resource_that_cannot_name_a_table_is_refused_with_the_way_to_go(
        self, platform: Platform, name: str
    ) -> None:
        connection = {"connection_string": database(platform.folder), "tables": ["orders", name]}
        plugin = plugin_with(platform, source_type="sql_database", source_config=connection)
        with pytest.raises(
            ValidationError, match=f"'{name}' cannot be the name of a table: load it by a source"
        ):
            plugin.units("shop")

    def test_an_unknown_source_is_refused_with_those_that_are_configured(self, platform: Platform) -> None:
        plugin = plugin_with(platform, source_type="filesystem", source_config={"path": "x", "format": "csv"})
        with pytest.raises(KeyError, match="shop"):
            plugin.units("stop")

    def test_two_sources_whose_units_would_fill_one_table_are_refused(self) -> None:
        tables = {"connection_string": "sqlite:///x.db", "tables": ["orders", "lines"]}
        shop = {"source_type": "sql_database", "source_config": tables}
        with pytest.raises(ValidationError, match=r"bronze\.orders"):
            DltIngestionConfig(
                sources=[
                    {"name": "a", "destination_table": "bronze.a", **shop},
                    {"name": "b", "destination_table": "bronze.b", **shop},
                ]
            )
