"""Processes that load windows of one table at the same time, and one that is killed in the middle of a window."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin, Window
from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.catalogs import sqlite_catalog

TABLE: Final = "bronze.events"
WIDTH: Final = 10
PROCESSES: Final = 3
WINDOWS_EACH: Final = 2
MOMENTS: Final = [Milestone.EXTRACTED, Milestone.STAGED, Milestone.COMMITTED]


def rows_from(start: int, end: int, version: str) -> list[dict[str, Any]]:
    """Rows of several windows, of which a load must take those of its own."""
    return [
        {"at": at, "name": f"{version}{at}", "parts": [{"name": f"{version}{at}"}]}
        for at in range(start, end)
    ]


@dataclass(frozen=True)
class Backfill:
    """A process that loads its windows twice."""

    folder: Path
    catalog: Mapping[str, str]
    number: int
    starts: tuple[int, ...]
    version: str = "new"
    dies_at: Milestone | None = None

    def run(self) -> None:
        plugin = DltIngestionPlugin(telemetry=MemoryTelemetry(), milestones=self._passed)
        folder = str(self.folder / "pipelines")
        plugin.configure(
            DltIngestionConfig(catalog_config=dict(self.catalog), pipelines_dir=folder, progress="off")
        )
        plugin.startup()
        self._wait_for_the_others()
        for start in (*self.starts, *reversed(self.starts)):
            self._load(plugin, Window("at", start, start + WIDTH))

    def _load(self, plugin: DltIngestionPlugin, window: Window) -> None:
        while True:
            config = IngestionConfig("filesystem", {"path": ".", "format": "csv"}, TABLE)
            data = dlt.resource(rows_from(0, 100, self.version), name="events")
            report = plugin.load(plugin.create_pipeline(config), source=data, window=window)
            if report.success:
                return
            if "TRANSIENT" not in str(report.error):
                raise RuntimeError(report.error)

    def _passed(self, moment: Milestone, of: str) -> None:
        if moment is self.dies_at and "_dlt_" not in of:
            os.kill(os.getpid(), signal.SIGKILL)

    def _wait_for_the_others(self) -> None:
        (self.folder / f"ready-{self.number}").touch()
        while len(list(self.folder.glob("ready-*"))) < (1 if self.dies_at else PROCESSES):
            time.sleep(0.001)


def started(backfills: list[Backfill]) -> list[BaseProcess]:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.crashes.test_windows"])
    processes: list[BaseProcess] = [context.Process(target=each.run) for each in backfills]
    for process in processes:
        process.start()
    for process in processes:
        process.join(240)
    return processes


def a_plugin(folder: Path, catalog: Mapping[str, str]) -> DltIngestionPlugin:
    plugin = DltIngestionPlugin(telemetry=MemoryTelemetry())
    plugin.configure(
        DltIngestionConfig(catalog_config=dict(catalog), pipelines_dir=str(folder / "pipelines"))
    )
    plugin.startup()
    return plugin


def loaded(plugin: DltIngestionPlugin, rows: list[dict[str, Any]], window: Window | None = None) -> None:
    pipeline = plugin.create_pipeline(IngestionConfig("filesystem", {"path": ".", "format": "csv"}, TABLE))
    report = plugin.load(pipeline, source=dlt.resource(rows, name="events"), window=window)
    assert report.success, report.error


def names(catalog: Mapping[str, str], table: str = TABLE) -> list[str]:
    rows = load_catalog("floe", **catalog).load_table(table).scan().to_arrow()
    return sorted(map(str, rows["name"].to_pylist()))


def expected(*rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["name"] for part in rows for row in part)


def test_windows_of_one_table_are_loaded_at_once(tmp_path: Path) -> None:
    catalog = sqlite_catalog(tmp_path)
    loaded(a_plugin(tmp_path, catalog), rows_from(0, 100, "old"))
    width = WIDTH * WINDOWS_EACH
    starts = [tuple(range(n * width, n * width + width, WIDTH)) for n in range(PROCESSES)]
    processes = started([Backfill(tmp_path, catalog, n, of) for n, of in enumerate(starts)])
    assert [0] * PROCESSES == [process.exitcode for process in processes]
    new = PROCESSES * width
    after = expected(rows_from(0, new, "new"), rows_from(new, 100, "old"))
    assert (after, after) == (names(catalog), names(catalog, f"{TABLE}__parts"))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name.lower())
def test_a_window_that_was_killed_is_there_completely_or_not_at_all_and_nothing_stays_pending(
    tmp_path: Path, moment: Milestone
) -> None:
    catalog = sqlite_catalog(tmp_path)
    loaded(a_plugin(tmp_path, catalog), rows_from(0, 40, "old"))
    killed = Backfill(tmp_path, catalog, 0, (10,), dies_at=moment)
    (process,) = started([killed])
    assert -signal.SIGKILL == process.exitcode
    loaded(a_plugin(tmp_path, catalog), rows_from(40, 50, "later"))
    version = "new" if moment is Milestone.COMMITTED else "old"
    others = [*rows_from(0, 10, "old"), *rows_from(20, 40, "old"), *rows_from(40, 50, "later")]
    after = expected(others, rows_from(10, 20, version))
    assert (after, after) == (names(catalog), names(catalog, f"{TABLE}__parts"))
    loaded(a_plugin(tmp_path, catalog), rows_from(0, 40, "newest"), Window("at", 10, 20))
    after = expected(others, rows_from(10, 20, "newest"))
    assert (after, after) == (names(catalog), names(catalog, f"{TABLE}__parts"))
    assert not [*tmp_path.glob("pipelines/*/floe-window-*")]
