"""Processes that write at once, to one table and to several of one namespace, and readers that look at them meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import pytest
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table.snapshots import ancestors_of

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import UPSERT, MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from tests.catalogs import sqlite_catalog
from tests.embedded.writers import LOADS_EACH, Writer, rows_of

ORDERS: Final = TableName(("bronze",), "orders")
UPSERT_BY_ID: Final = MergeRows(UPSERT, ("id",))
WRITERS: Final = [2, 4, 8] if os.environ.get("FULL_SUITE") else [3]

Row = dict[str, Any]


@pytest.fixture
def catalog(tmp_path: Path) -> dict[str, str]:
    """The catalog that all processes open."""
    return sqlite_catalog(tmp_path)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [Append(), UPSERT_BY_ID], ids=["append", "upsert"])
@pytest.mark.parametrize("writers", WRITERS)
def test_rows_are_always_those_of_some_order_of_whole_loads(
    tmp_path: Path, catalog: dict[str, str], writers: int, mode: TableMode
) -> None:
    processes = started(
        [Writer(tmp_path, catalog, ORDERS, number, writers, mode) for number in range(writers)]
    )
    looks = 0
    for reader in while_alive(processes, catalog):
        looks += 1
        order, rows = seen(reader, ORDERS)
        assert after(order, mode) == rows
    assert [0] * writers == [process.exitcode for process in processes]
    assert looks > writers
    order, rows = seen(load_catalog("floe", **catalog), ORDERS)
    assert sorted(f"{w}-{n}" for w in range(writers) for n in range(LOADS_EACH)) == sorted(order)
    assert after(order, mode) == rows


@pytest.mark.timeout(300)
def test_writers_of_different_tables_of_a_namespace_need_one_attempt_each(
    tmp_path: Path, catalog: dict[str, str]
) -> None:
    tables = [ORDERS.sibling(f"orders_{number}") for number in range(max(WRITERS))]
    all_at_once = (
        Writer(tmp_path, catalog, table, number, len(tables), UPSERT_BY_ID, attempts=1)
        for number, table in enumerate(tables)
    )
    processes = started(list(all_at_once))
    for process in processes:
        process.join()
    assert [0] * len(tables) == [process.exitcode for process in processes]
    reader = load_catalog("floe", **catalog)
    for writer, table in enumerate(tables):
        order, rows = seen(reader, table)
        assert [f"{writer}-{number}" for number in range(LOADS_EACH)] == order
        assert after(order, UPSERT_BY_ID) == rows


def started(writers: Sequence[Writer]) -> list[BaseProcess]:
    # Forked from a server that has imported everything and has no threads yet.
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.embedded.writers"])
    processes: list[BaseProcess] = [context.Process(target=writer.write) for writer in writers]
    for process in processes:
        process.start()
    return processes


def while_alive(processes: Sequence[BaseProcess], catalog: dict[str, str]) -> Iterator[Catalog]:
    """A reader's fresh look at the catalog, again and again until all writers are done."""
    while any(process.is_alive() for process in processes):
        destination = IcebergDestination.from_properties(catalog)
        if destination.describe(ORDERS).unwrap() is not None:
            yield destination.catalog
        destination.close()


def seen(catalog: Catalog, name: TableName) -> tuple[list[str], list[Row]]:
    """The loads that the table says it has, oldest first, and its rows."""
    table = catalog.load_table((*name.namespace, name.name))
    snapshots = reversed(list(ancestors_of(table.current_snapshot(), table.metadata)))
    order = [str(s.summary["floe.load-id"]) for s in snapshots if s.summary is not None]
    return order, in_order(table.scan().to_arrow().to_pylist())


def after(order: Sequence[str], mode: TableMode) -> list[Row]:
    """The rows of a table to which whole loads came in this order."""
    rows = [row for load_id in order for row in rows_of(load_id)]
    return in_order(rows if isinstance(mode, Append) else {row["id"]: row for row in rows}.values())


def in_order(rows: Sequence[Row] | Any) -> list[Row]:
    return sorted(rows, key=lambda row: (row["id"], row["load"]))
