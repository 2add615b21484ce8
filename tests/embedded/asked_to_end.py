"""A program without handlers of its own, which is sent a signal while it reads: `asked_to_end.py FOLDER SIGNAL`."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import structlog
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig


def pages(number: int) -> Iterator[list[dict[str, int]]]:
    yield [{"id": 1}]
    os.kill(os.getpid(), number)
    yield [{"id": 2}]


def main(folder: Path, number: int) -> None:
    # Programs in the background of a shell ignore it, and so do their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": f"file://{folder}/warehouse",
    }
    plugin = DltIngestionPlugin()
    plugin.configure(
        DltIngestionConfig(catalog_config=catalog, pipelines_dir=str(folder / "pipelines"), progress="off")
    )
    plugin.startup()
    atexit.register(print, "exit handlers ran")
    pipeline = plugin.create_pipeline(
        IngestionConfig("filesystem", {"path": ".", "format": "csv"}, "bronze.orders")
    )
    for _ in range(3):
        plugin.run(pipeline, source=dlt.resource(pages(number), name="orders"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
