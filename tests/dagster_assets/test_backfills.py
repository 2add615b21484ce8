"""Partitions that are loaded side by side, some of them again while rows arrive, are in the end what one load would read."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import wait
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from dagster import DagsterInstance, DailyPartitionsDefinition, materialize

from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from floe_ingestion_dlt.worker_processes import WorkerProcesses
from tests.dagster_assets.products import Product

IS_FULL: Final = "FULL_SUITE" in os.environ
DAYS, AGAIN, AT_ONCE = (30, 10, 4) if IS_FULL else (6, 2, 2)
FIRST: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - as SQLite has it
pytestmark = pytest.mark.timeout(300 + 60 * DAYS)


def arrive(database: Path, day: int, number: int) -> None:
    """So many rows of the day, whose ids begin after those that are there."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, at TIMESTAMP)")
        times = [(str(FIRST + timedelta(day, minutes=(7 * n) % 1440)),) for n in range(number)]
        connection.executemany("INSERT INTO orders (at) VALUES (?)", times)


def source(database: Path, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "source_type": "sql_database",
        "source_config": {"connection_string": f"sqlite:///{database}", "table": "orders"},
        "destination_table": f"bronze.{name}",
        "cursor_field": "at",
    }


def load(product: Product, database: Path, day: int) -> int:
    """Load the partition of a day in a run of its own; the rows that it read."""
    settings = product.settings(source(database, "orders"))
    with DagsterInstance.from_config(str(product.folder / "dagster")) as instance:
        result = materialize(
            create_ingestion_assets(
                settings, partitions={"orders": DailyPartitionsDefinition(FIRST.strftime("%Y-%m-%d"))}
            ),
            resources={"ingestion": ingestion_resource(settings)},
            instance=instance,
            partition_key=(FIRST + timedelta(day)).strftime("%Y-%m-%d"),
        )
    (event,) = result.get_asset_materialization_events()
    return int(str(event.materialization.metadata["dagster/partition_row_count"].value))


def test_partitions_side_by_side_and_again_equal_one_load(product: Product) -> None:
    database = product.folder / "shop.db"
    random = Random(7)
    (product.folder / "dagster").mkdir()
    (product.folder / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    # Its databases are made before several processes would make them.
    with DagsterInstance.from_config(str(product.folder / "dagster")) as instance:
        instance.get_runs()
    for day in range(DAYS):
        arrive(database, day, random.randrange(1, 40))
    days = random.sample(range(DAYS), DAYS)
    late = random.sample(range(DAYS), AGAIN)
    with WorkerProcesses(AT_ONCE) as workers:
        running = [workers.submit(load, product, database, day) for day in days]
        for day in late:
            # Some days are being loaded now, and some wait.
            arrive(database, day, random.randrange(1, 40))
            running.append(workers.submit(load, product, database, day))
            wait(running[:AT_ONCE], timeout=600)
        read = [each.result(900) for each in running]
    assert read[-AGAIN:] == [rows_of(database, day) for day in late]
    found = product.table("bronze.orders").scan().to_arrow()
    assert sorted(ids(database)) == sorted(map(int, map(str, found["id"].to_pylist())))
    assert DAYS + AGAIN == len(product.table("bronze.orders").snapshots())


def ids(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        return [number for (number,) in connection.execute("SELECT id FROM orders")]


def rows_of(database: Path, day: int) -> int:
    with closing(sqlite3.connect(database)) as connection:
        between = [str(FIRST + timedelta(day)), str(FIRST + timedelta(day + 1))]
        query = "SELECT count(*) FROM orders WHERE at >= ? AND at < ?"
        return int(connection.execute(query, between).fetchone()[0])
