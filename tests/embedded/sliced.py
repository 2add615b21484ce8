"""A shop whose orders are in a database and in files, loaded in slices and at once."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt import DltIngestionPlugin, LoadReport
from floe_ingestion_dlt.ports.slicing import SliceTask
from tests.platforms import Platform

ORDERS = [
    {
        "id": 3 * number,
        "state": f"s{number % 7}",
        "price": number / 4,
        "day": f"2026-01-{1 + number % 28:02d}",
    }
    for number in range(500)
]
KINDS = ("sqlite", "csv", "jsonl", "parquet")


def database(path: Path) -> dict[str, Any]:
    """The source_config of a table whose key has gaps."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "create table if not exists orders"
            " (id integer primary key, state varchar(9), price numeric(9, 2), day date)"
        )
        rows = [tuple(order.values()) for order in ORDERS]
        connection.executemany("insert or replace into orders values (?, ?, ?, ?)", rows)
    return {"connection_string": f"sqlite:///{path}", "table": "orders"}


def files(folder: Path, kind: str) -> dict[str, Any]:
    """The source_config of ten files, of which each load reads all."""
    for number in range(10):
        part = ORDERS[number * 50 : number * 50 + 50]
        path = folder / f"orders-{number}.{kind}"
        if kind == "parquet":
            pq.write_table(pa.Table.from_pylist(part), path)
        elif kind == "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in part))
        else:
            lines = [",".join(part[0]), *(",".join(map(str, row.values())) for row in part)]
            path.write_text("\n".join(lines) + "\n")
    return {"path": str(folder), "format": kind, "incremental": "all"}


def source(platform: Platform, kind: str, name: str = "shop", **fields: Any) -> dict[str, Any]:
    """The configuration of the shop as a source with a table of its own."""
    is_database = kind == "sqlite"
    where = database(platform.folder / "shop.db") if is_database else files(platform.data, kind)
    return {
        "name": name,
        "source_type": "sql_database" if is_database else "filesystem",
        "source_config": where | fields.pop("source_config", {}),
        "destination_table": f"bronze.{name}",
        **fields,
    }


@contextmanager
def processes(number: int = 2) -> Iterator[Executor]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.embedded.sliced"])
    with ProcessPoolExecutor(number, context) as pool:
        yield pool


@contextmanager
def threads(number: int = 2) -> Iterator[Executor]:
    with ThreadPoolExecutor(number) as pool:
        yield pool


POOLS: dict[str, Callable[[], Any]] = {"threads": threads, "processes": processes}


class WithoutSlice(ThreadPoolExecutor):
    """One thread, which is lost when it gets the slice *number*."""

    def __init__(self, number: int) -> None:
        super().__init__(1)
        self._number = number

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def work_or_fail(task: SliceTask) -> Any:
            if task.part.number == self._number:
                raise BrokenExecutor("the worker is gone")
            return work(task, **kwargs)

        return super().submit(work_or_fail, *args)


def in_slices(
    plugin: DltIngestionPlugin, pool: Executor, n: int = 4, name: str = "shop", **options: Any
) -> LoadReport:
    pipeline = plugin.create_pipeline(plugin.ingestion_config(name))
    return plugin.load_in_slices(pipeline, n, pool, **options)


def at_once(plugin: DltIngestionPlugin, name: str = "shop", **options: Any) -> LoadReport:
    return plugin.load(plugin.create_pipeline(plugin.ingestion_config(name)), **options)


def content(platform: Platform, name: str = "shop") -> tuple[object, list[dict[str, Any]]]:
    """The columns of the table, and its rows in order of their ids."""
    table = platform.catalog.load_table(f"bronze.{name}")
    rows = table.scan().to_arrow().to_pylist()
    return table.schema(), sorted(rows, key=lambda row: (row["id"] is not None, row["id"]))


def snapshots(platform: Platform, name: str = "shop") -> int:
    return len(platform.catalog.load_table(f"bronze.{name}").metadata.snapshots)
