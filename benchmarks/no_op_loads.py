"""What a load that finds nothing new costs after a thousand of them, as a ratio to the tenth.

python -m benchmarks.no_op_loads [loads]
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig

AROUND = 5


def main(loads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        seconds = timed(Path(name), loads)
    tenth = statistics.median(seconds[10 - AROUND : 10 + AROUND])
    last = statistics.median(seconds[-2 * AROUND :])
    print(
        f"around the tenth {tenth * 1000:.0f} ms, the last {2 * AROUND} of {loads} {last * 1000:.0f} ms: ratio {last / tenth:.2f}"
    )


def timed(folder: Path, loads: int) -> list[float]:
    """Seconds of each of *loads* runs of one pipeline, after one that brought rows."""
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.execute("create table orders (id integer primary key, name text)")
        shop.executemany("insert into orders values (?, ?)", [(n, f"row {n}") for n in range(1000)])
    plugin = DltIngestionPlugin()
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": (folder / "warehouse").as_uri(),
    }
    plugin.configure(DltIngestionConfig(catalog_config=catalog, pipelines_dir=str(folder / "pipelines")))
    plugin.startup()
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
