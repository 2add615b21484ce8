"""Upserting random keys into a large table: our commit beside pyiceberg's `Table.upsert`, and beside dlt's own.

python -m benchmarks.upsert [rows in the table] [rows in the load] [rounds]

Each way starts from a table of its own with the same rows. Ours runs in a process of its own, so that its memory can be told.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import UPSERT, MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import FileToStage

UPSERT_BY_ID: Final = MergeRows(UPSERT, ("id",))
DLT_BATCH: Final = 1_000
FILES: Final = 8


class Shop:
    """A catalog with tables of *rows* rows, and a load of *changes* rows for each round."""

    def __init__(self, folder: Path, rows: int, changes: int) -> None:
        self._folder = folder
        self._rows = rows
        self._changes = changes
        self.properties = {
            "type": "sql",
            "uri": f"sqlite:///{folder}/catalog.db",
            "warehouse": (folder / "warehouse").as_uri(),
        }
        self.catalog: Catalog = load_catalog("floe", **self.properties)
        self.catalog.create_namespace("bronze")

    def table(self, name: str) -> Table:
        """A fresh table of rows in random order, in a few files."""
        rows = orders(random.sample(range(self._rows), self._rows), "old")
        made = self.catalog.create_table(f"bronze.{name}", rows.schema)
        for number in range(FILES):
            made.append(rows.slice(number * len(rows) // FILES, len(rows) // FILES))
        return made

    def load(self) -> pa.Table:
        """Rows with random keys, one in ten of them new."""
        return orders(random.sample(range(self._rows * 11 // 10), self._changes), "new")


def orders(ids: list[int], state: str) -> pa.Table:
    return pa.table({"id": ids, "state": [state] * len(ids), "amount": [n / 7 for n in ids]})


def ours(properties: dict[str, str], name: str, path: Path) -> tuple[float, float]:
    """Seconds to stage and commit the load in *path*, and the most memory in MB that the process ever had."""
    destination = IcebergDestination.from_properties(properties)
    table = TableName(("bronze",), name)
    destination.describe(table).unwrap()

    def act() -> None:
        staged = destination.stage(FileToStage(path, table, "load", may_discard=False)).unwrap()
        commit_once(Load("load", (TableWrite(table, UPSERT_BY_ID, staged),)), destination).unwrap()

    took = _seconds(act)
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process_of_its_own(properties: dict[str, str], name: str, path: Path) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(ours, properties, name, path).result()


def pyicebergs(table: Table, load: pa.Table) -> None:
    table.upsert(load, join_cols=["id"])


def dlts(table: Table, load: pa.Table) -> None:
    """What dlt's `merge_iceberg_table` does: an upsert and its commits for each thousand rows."""
    for batch in load.to_batches(max_chunksize=DLT_BATCH):
        table.upsert(pa.Table.from_batches([batch]), join_cols=["id"])


def main(rows: int, changes: int, rounds: int) -> None:
    seconds: dict[str, list[float]] = {"ours": [], "pyiceberg": [], "dlt": []}
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        folder = Path(name)
        shop = Shop(folder, rows, changes)
        for number in range(rounds):
            load, path = shop.load(), folder / f"{number}.parquet"
            pq.write_table(load, path)
            table = shop.table(f"ours_{number}")
            took, peak = in_a_process_of_its_own(shop.properties, f"ours_{number}", path)
            assert len(table.refresh().snapshots()) == FILES + 1
            seconds["ours"].append(took)
            for way, act in (("pyiceberg", pyicebergs), ("dlt", dlts)):
                table = shop.table(f"{way}_{number}")
                seconds[way].append(_seconds(partial(act, table, load)))
            told = ", ".join(f"{way} {times[-1]:.2f} s" for way, times in seconds.items())
            print(f"round {number + 1}: {told}; one snapshot and at most {peak:.0f} MB in ours", flush=True)
    typical = {way: statistics.median(times) for way, times in seconds.items()}
    for way in ("pyiceberg", "dlt"):
        ratio = typical[way] / typical["ours"]
        print(f"{changes} keys into {rows} rows: {way} takes {ratio:.0f} times as long as ours")


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*[*given, *(1_000_000, 100_000, 3)[len(given) :]])
