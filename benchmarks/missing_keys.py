"""Finding and deleting the rows that are gone: the keys of a source against those of a large table.

python -m benchmarks.missing_keys [rows in the table] [one of how many is gone]

The commit runs in a process of its own, so that its time and memory can be told: the anti-join of the keys, and then the whole
commit, which also rewrites the files with rows that go. `whole` is the same load from a SQLite database by a cursor: rows, keys and commit.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import load_catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.arrow.fitting import MisfitError
from floe_ingestion_dlt.adapters.arrow.source_keys import keys_in
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.iceberg.merge.file_rows import rows_to_join
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import incoming_columns, named, possibly_gone
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.adapters.iceberg.merge.key_join import KeyJoin
from floe_ingestion_dlt.adapters.iceberg.merge.missing_join import MOST_FOR_FEW_ROWS, MissingJoin
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import UPSERT, MaxDeletes, MergeRows, MissingRows
from floe_ingestion_dlt.domain.names import TableName

ORDERS: Final = TableName(("bronze",), "orders")
FILES: Final = 8


def cost(act: Callable[[], object]) -> tuple[float, float, float]:
    """The seconds of the processor and of the clock that *act* takes, and the most memory in MB that the process ever had."""
    used, began = time.process_time(), time.perf_counter()
    act()
    took = time.process_time() - used, time.perf_counter() - began
    return (*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def apart(work: Callable[..., Any], *given: object) -> Any:
    """What *work* returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def anti_join(properties: dict[str, str], keys: Path, rows: int, gone: int) -> tuple[float, float, float]:
    destination = IcebergDestination.from_properties(properties)
    table = destination.catalog.load_table("bronze.orders")
    how = MergeRows(UPSERT, ("id",), missing=MissingRows(keys=(keys,)))

    def act() -> None:
        tables, misfits = JoinTables(MOST_FOR_FEW_ROWS), list[MisfitError]()
        join, missing = KeyJoin(tables), MissingJoin(tables)
        join.read(rows_to_join(table, [], incoming_columns(how)), how)
        types = schema_to_pyarrow(table.schema().select("id"))
        missing.read_keys(how.key, keys_in([keys], named("key", how.key), types, misfits))
        files = [*table.scan().plan_files()]
        found = missing.find(partial(rows_to_join, table, files, possibly_gone(how)), how.key)
        assert (rows, gone) == (found.rows, found.gone)
        tables.close()

    return cost(act)


def commit(properties: dict[str, str], keys: Path, _rows: int, gone: int) -> tuple[float, float, float]:
    destination = IcebergDestination.from_properties(properties)
    missing = MissingRows(MaxDeletes.parse("5%").unwrap(), keys=(keys,))
    load = Load("load", (TableWrite(ORDERS, MergeRows(UPSERT, ("id",), missing=missing), ()),))

    def act() -> None:
        (receipt,) = commit_once(load, destination).unwrap()
        assert receipt.deleted == gone

    return cost(act)


def whole(folder: Path, database: Path) -> tuple[float, float, float]:
    source = {
        "name": "shop",
        "source_type": "sql_database",
        "source_config": {"connection_string": f"sqlite:///{database}", "table": "orders"},
        "destination_table": "bronze.orders",
        "write_mode": "merge",
        "primary_key": "id",
        "cursor_field": "at",
        "delete_missing": "keys",
    }
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{folder}/whole.db",
        "warehouse": (folder / "whole").as_uri(),
    }
    plugin = DltIngestionPlugin()
    plugin.configure(
        DltIngestionConfig.model_validate(
            {"sources": [source], "catalog_config": catalog, "pipelines_dir": str(folder / "pipelines")}
        )
    )
    plugin.startup()
    try:
        pipeline = plugin.create_pipeline(plugin.units("shop")[0].config)
        return cost(lambda: _loaded(plugin, pipeline))
    finally:
        plugin.shutdown()


def _loaded(plugin: DltIngestionPlugin, pipeline: object) -> None:
    report = plugin.load(pipeline)
    assert report.success, report.error
    print(f"{report.rows:,} rows loaded, {report.deleted:,} deleted", flush=True)


def _filled(properties: dict[str, str], rows: int) -> None:
    catalog = load_catalog("floe", **properties)
    catalog.create_namespace("bronze")
    ids = pa.array(random.sample(range(rows), rows), pa.int64())
    orders = pa.table({"id": ids, "state": pa.repeat("new", rows)})
    made = catalog.create_table("bronze.orders", orders.schema)
    for number in range(FILES):
        made.append(orders.slice(number * rows // FILES, rows // FILES))


def main(rows: int, one_of: int) -> None:
    rows -= rows % FILES
    kept = [key for key in range(rows) if key % one_of]
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        folder = Path(name)
        properties = {
            "type": "sql",
            "uri": f"sqlite:///{folder}/catalog.db",
            "warehouse": (folder / "warehouse").as_uri(),
        }
        apart(_filled, properties, rows)
        keys = folder / "keys.parquet"
        pq.write_table(pa.table({"id": pa.array(kept, pa.int64())}), keys)
        for work in (anti_join, commit):
            _print(work.__name__, rows, apart(work, properties, keys, rows, rows - len(kept)))
        database = folder / "shop.db"
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(
                "create table orders (id integer primary key, at integer not null, state text)"
            )
            connection.executemany(
                "insert into orders values (?, ?, 'new')", ((key, key) for key in range(rows))
            )
        _print("whole, first load", rows, apart(whole, folder, database))
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("delete from orders where id % ? = 0", (one_of,))
        _print("whole, deletes", rows, apart(whole, folder, database))


def _print(what: str, rows: int, spent: tuple[float, float, float]) -> None:
    processor, clock, peak = spent
    print(f"{what}: {rows:,} keys, {processor:.1f} CPU s, {clock:.1f} s, at most {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*[*given, *(6_000_000, 100)[len(given) :]])
