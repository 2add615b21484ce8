"""A run in Dagster can replace all rows of a table, and begin its state anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from tests.dagster_assets.products import Product, materialized

OP = "ingestion__shop__customers"


def run(product: Product, instance: DagsterInstance, **config: Any) -> ExecuteInProcessResult:
    customers = product.settings(
        {
            "name": "shop",
            "source_type": "sql_database",
            "source_config": {
                "connection_string": f"sqlite:///{product.folder / 'shop.db'}",
                "table": "customers",
                "cursor_field": "id",
            },
            "destination_table": "bronze.customers",
        }
    )
    return materialized(customers, instance, run_config={"ops": {OP: {"config": config}}} if config else {})


@pytest.fixture
def shop(product: Product) -> Product:
    product.database()
    return product


def names(product: Product) -> list[str]:
    found = product.table("bronze.customers").scan().to_arrow().to_pylist()
    return sorted(row["name"] for row in found)


def test_the_rows_are_those_of_the_source_now(shop: Product, instance: DagsterInstance) -> None:
    run(shop, instance)
    with closing(sqlite3.connect(shop.folder / "shop.db")) as connection, connection:
        connection.execute("UPDATE customers SET name = 'eve' WHERE id = 1")
        connection.execute("DELETE FROM customers WHERE id = 2")
    run(shop, instance)
    assert ["ann", "bob"] == names(shop)
    refreshed = run(shop, instance, refresh=True)
    assert ["eve"] == names(shop)
    assert all(check.passed for check in refreshed.get_asset_check_evaluations())


def test_the_next_run_goes_on_from_the_refresh(shop: Product, instance: DagsterInstance) -> None:
    run(shop, instance)
    run(shop, instance, refresh=True)
    with closing(sqlite3.connect(shop.folder / "shop.db")) as connection, connection:
        connection.execute("INSERT INTO customers VALUES (3, 'cleo')")
    run(shop, instance)
    assert ["ann", "bob", "cleo"] == names(shop)
