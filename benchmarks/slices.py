"""How much faster two workers load a table of PostgreSQL than one, as a ratio; both loads must have the same rows.

The database is that of DATABASE_URL. Workers are processes that have loaded before.

python -m benchmarks.slices [rows]
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig

SLICES = 8
TARGET = 0.65
COLUMNS = "i as id, 'k' || mod(i, 997) as k, (i / 7.0)::numeric(12, 2) as price, now() as at, repeat('x', 20) as note"


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name, table_of(rows) as table:
        settings = Settings(Path(name), table)
        seconds = {workers: timed(settings, workers, rows) for workers in (1, 2)}
        one, two = (content(settings, workers) for workers in (1, 2))
    assert one == two, "the loads have other rows"
    ratio = seconds[2] / seconds[1]
    print(f"{rows} rows in {SLICES} slices: 1 worker {seconds[1]:.1f} s, 2 workers {seconds[2]:.1f} s")
    print(f"ratio {ratio:.2f} (target {TARGET}); one snapshot each, equal content")


class Settings:
    """The plugin's configuration, which workers make for themselves: the database's password stays in their environment."""

    def __init__(self, folder: Path, table: str) -> None:
        self.folder, self.table = folder, table

    def __call__(self) -> DltIngestionConfig:
        return DltIngestionConfig(
            catalog_config=self.catalog,
            pipelines_dir=str(self.folder / "pipelines"),
            sources=[self._source(name) for name in ("warm", "loaded_by_1", "loaded_by_2")],
            progress="off",
        )

    def _source(self, name: str) -> dict[str, Any]:
        table = f"{self.table}_warm" if name == "warm" else self.table
        where = {"connection_string": os.environ["DATABASE_URL"], "table": table}
        return {
            "name": name,
            "source_type": "sql_database",
            "source_config": where,
            "destination_table": f"bronze.{name}",
        }

    @property
    def catalog(self) -> dict[str, str]:
        uri, warehouse = f"sqlite:///{self.folder}/catalog.db", (self.folder / "warehouse").as_uri()
        return {"type": "sql", "uri": uri, "warehouse": warehouse}


@contextmanager
def table_of(rows: int) -> Iterator[str]:
    """The name of a table with so many rows, and beside it one with a few."""
    engine, name = sa.create_engine(os.environ["DATABASE_URL"]), f"floe_bench_{os.getpid()}"
    sizes = {name: rows, f"{name}_warm": SLICES}
    with engine.begin() as connection:
        for table, size in sizes.items():
            connection.exec_driver_sql(
                f"create table {table} as select {COLUMNS} from generate_series(1, {size}) i"
            )
            connection.exec_driver_sql(f"alter table {table} add primary key (id)")
    try:
        yield name
    finally:
        with engine.begin() as connection:
            for table in sizes:
                connection.exec_driver_sql(f"drop table {table}")


def timed(settings: Settings, workers: int, rows: int) -> float:
    """Seconds of a load by so many warm workers."""
    plugin = DltIngestionPlugin()
    plugin.configure(settings())
    plugin.startup()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("forkserver")) as pool:
        loaded(plugin, pool, settings, "warm", SLICES)
        start = time.perf_counter()
        loaded(plugin, pool, settings, f"loaded_by_{workers}", rows)
        seconds = time.perf_counter() - start
    plugin.shutdown()
    return seconds


def loaded(
    plugin: DltIngestionPlugin, pool: ProcessPoolExecutor, settings: Settings, name: str, rows: int
) -> None:
    pipeline = plugin.create_pipeline(plugin.ingestion_config(name))
    report = plugin.load_in_slices(pipeline, SLICES, pool, worker_config=settings)
    assert (report.error, report.rows, len(report.snapshots)) == (None, rows, 1), report.error


def content(settings: Settings, workers: int) -> object:
    """A fingerprint of the rows, in any order."""
    table = load_catalog("floe", **settings.catalog).load_table(f"bronze.loaded_by_{workers}")
    assert len(table.metadata.snapshots) == 1
    rows = table.scan().to_arrow().sort_by("id")
    return [rows.schema.names, [rows[name].combine_chunks() for name in rows.column_names]]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
