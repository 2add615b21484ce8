"""Loads in slices whose workers, or whose own process, are killed on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Self

from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.domain.events import Event, SliceStaged
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.domain.operations import Operation
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones, ignore_milestone
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry
from tests.catalogs import sqlite_catalog

ROWS: Final = 400
SLICES: Final = 4
KEY: Final = "run-1/orders"
TABLE: Final = "bronze.orders"


def fill(folder: Path) -> None:
    """The database that is loaded."""
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        connection.execute("create table orders (id integer primary key, state varchar(9))")
        rows = ((number, f"s{number % 7}") for number in range(ROWS))
        connection.executemany("insert into orders values (?, ?)", rows)


def plugin_in(
    folder: Path, milestones: Milestones = ignore_milestone, telemetry: Telemetry | None = None
) -> DltIngestionPlugin:
    plugin = DltIngestionPlugin(telemetry=telemetry or MemoryTelemetry(), milestones=milestones)
    where = {"connection_string": f"sqlite:///{folder}/shop.db", "table": "orders"}
    shop = {
        "name": "shop",
        "source_type": "sql_database",
        "source_config": where,
        "destination_table": TABLE,
        "retry_config": {"max_retries": 0},
    }
    plugin.configure(
        {
            "catalog_config": sqlite_catalog(folder),
            "pipelines_dir": str(folder / "pipelines"),
            "sources": [shop],
            "progress": "off",
        }
    )
    plugin.startup()
    return plugin


def ids(folder: Path) -> list[int]:
    table = load_catalog("floe", **sqlite_catalog(folder)).load_table(TABLE)
    found: list[Any] = table.scan().to_arrow().column("id").to_pylist()
    return sorted(found)


@dataclass(frozen=True)
class OneWorkerDies:
    """Kills the first worker that passes the *moment*, but not the process *parent*."""

    moment: Milestone
    folder: Path
    parent: int

    def __call__(self, moment: Milestone, of: str) -> None:
        marker = self.folder / "killed"
        if moment is self.moment and os.getpid() != self.parent and "_dlt_" not in of and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class AnswersThatKill(ThreadPoolExecutor):
    """Ends the process when so many slices are staged, and the last answer is not kept yet."""

    def __init__(self, after: int | None) -> None:
        super().__init__(1)
        self._left = after

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def work_and_die() -> Any:
            done = work(*args, **kwargs)
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return done

        return super().submit(work_and_die)


class KeptAnswersKill:
    """Telemetry that ends the process when so many answers are kept."""

    def __init__(self, after: int | None) -> None:
        self._recorded = MemoryTelemetry()
        self._left = after

    def operation(self, operation: Operation, context: Context) -> AbstractContextManager[OngoingOperation]:
        return self._recorded.operation(operation, context)

    def record(self, event: Event, _context: Context) -> None:
        if self._left is not None and isinstance(event, SliceStaged):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def trace_id(self) -> str | None:
        return None

    def for_other_threads(self) -> Self:
        return self


@dataclass(frozen=True)
class Death:
    """When the process that loads is killed."""

    staged: int | None = None
    kept: int | None = None
    moment: Milestone | None = None

    def __str__(self) -> str:
        if self.moment is not None:
            return self.moment.name.lower()
        return f"{self.staged}-staged" if self.staged is not None else f"{self.kept}-kept"

    def __call__(self, moment: Milestone, of: str) -> None:
        if moment is self.moment and "_dlt_" not in of:
            os.kill(os.getpid(), signal.SIGKILL)


def _load(folder: Path, death: Death) -> None:
    plugin = plugin_in(folder, death, KeptAnswersKill(death.kept))
    with AnswersThatKill(death.staged) as workers:
        pipeline = plugin.create_pipeline(plugin.ingestion_config("shop"))
        plugin.load_in_slices(pipeline, SLICES, workers, idempotency_key=KEY)


def killed(folder: Path, death: Death) -> int | None:
    """The exit code of a process that loads and is killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.crashes.sliced"])
    process = context.Process(target=_load, args=(folder, death))
    process.start()
    process.join(60)
    return process.exitcode
