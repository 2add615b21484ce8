"""What a load that finds nothing new costs: after a thousand of them, as a ratio to the tenth, and with many ties.

Ties are rows that share the last cursor value; a load that finds nothing reads them all again.

python -m benchmarks.no_op_loads [loads] [ties]
"""

from __future__ import annotations

import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from floe_core.plugins.ingestion import IngestionConfig
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig

AROUND = 5


def main(loads: int, ties: int) -> None:
    # Of memory only the most that this process ever had is known, so this goes first.
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        took, state = with_ties(Path(name), ties)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{ties} ties: {took:.2f} s and at most {most} MB for a load that finds nothing, {state} bytes of state"
    )
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        seconds = timed(Path(name), loads)
    tenth = statistics.median(seconds[10 - AROUND : 10 + AROUND])
    last = statistics.median(seconds[-2 * AROUND :])
    print(
        f"around the tenth {tenth * 1000:.0f} ms, the last {2 * AROUND} of {loads} {last * 1000:.0f} ms: ratio {last / tenth:.2f}"
    )


def with_ties(folder: Path, ties: int) -> tuple[float, int]:
    """Seconds of a run over a Parquet file of rows of one day that are loaded, and the size of the table's state."""
    day = pa.array([date(2024, 1, 1)] * ties)
    pq.write_table(pa.table({"id": range(ties), "day": day}), folder / "days.parquet")
    plugin = a_plugin(folder)
    source = {"path": str(folder), "format": "parquet", "include_glob": "days.parquet", "cursor_field": "day"}
    wanted = IngestionConfig(source_type="filesystem", source_config=source, destination_table="bronze.days")
    pipeline = plugin.create_pipeline(wanted)
    assert plugin.run(pipeline).rows_loaded == ties
    start = time.perf_counter()
    assert plugin.run(pipeline).rows_loaded == 0
    seconds = time.perf_counter() - start
    table = load_catalog("floe", **catalog_in(folder)).load_table("bronze.days")
    plugin.shutdown()
    return seconds, len(table.properties["floe.state"])


def catalog_in(folder: Path) -> dict[str, str]:
    return {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": (folder / "warehouse").as_uri(),
    }


def a_plugin(folder: Path) -> DltIngestionPlugin:
    plugin = DltIngestionPlugin()
    config = DltIngestionConfig(catalog_config=catalog_in(folder), pipelines_dir=str(folder / "pipelines"))
    plugin.configure(config)
    plugin.startup()
    return plugin


def timed(folder: Path, loads: int) -> list[float]:
    """Seconds of each of *loads* runs of one pipeline, after one that brought rows."""
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.execute("create table orders (id integer primary key, name text)")
        shop.executemany("insert into orders values (?, ?)", [(n, f"row {n}") for n in range(1000)])
    plugin = a_plugin(folder)
    source = {
        "connection_string": f"sqlite:///{folder}/shop.db",
        "tables": ["orders"],
        "cursor_field": "id",
    }
    wanted = IngestionConfig(
        source_type="sql_database", source_config=source, destination_table="bronze.orders"
    )
    pipeline = plugin.create_pipeline(wanted)
    assert plugin.run(pipeline).rows_loaded == 1000
    seconds = []
    for _ in range(loads):
        start = time.perf_counter()
        result = plugin.run(pipeline)
        seconds.append(time.perf_counter() - start)
        assert result.success
        assert result.rows_loaded == 0
    plugin.shutdown()
    return seconds


if __name__ == "__main__":
    main(*(int(given) for given in [*sys.argv[1:3], *("1000", "300000")[len(sys.argv[1:3]) :]]))
