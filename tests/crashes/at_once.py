"""Processes that run one pipeline over one working folder at the same time, some of which die."""

from __future__ import annotations

import json
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
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig, RetryConfig
from floe_ingestion_dlt.ports.milestones import Milestone

RUNS_EACH: Final = 25 if "FULL_SUITE" in os.environ else 2
# Each run has a number of rows of its own, so that a count says whose rows were counted.
Row = dict[str, Any]


def rows_of(process: int, number: int) -> list[Row]:
    return [
        {"id": f"{process}-{number}-{k}", "ö name": None} for k in range(process * RUNS_EACH + number + 1)
    ]


@dataclass(frozen=True)
class Runner:
    """A process that makes runs of its own one after the other; each of them is made until it lands."""

    folder: Path
    catalog: Mapping[str, str]
    number: int
    others: int
    dies_at: Milestone | None = None

    def run_all(self) -> None:
        plugin = DltIngestionPlugin(telemetry=MemoryTelemetry(), milestones=self._passed)
        plugin.configure(
            DltIngestionConfig(
                catalog_config=dict(self.catalog),
                pipelines_dir=str(self.folder / "pipelines"),
                retry_config=RetryConfig(max_retries=2, initial_delay_seconds=0.05),
                progress="off",
            )
        )
        plugin.startup()
        self._wait_for_the_others()
        counts = [self._landed(plugin, number) for number in range(RUNS_EACH)]
        (self.folder / f"counts-{self.number}").write_text(json.dumps(counts))

    def _landed(self, plugin: DltIngestionPlugin, number: int) -> int:
        while True:
            pipeline = plugin.create_pipeline(
                IngestionConfig("filesystem", {"path": ".", "format": "csv"}, "bronze.events")
            )
            data = dlt.resource(rows_of(self.number, number), name="events")
            result = plugin.run(pipeline, source=data, idempotency_key=f"{self.number}/{number}")
            if result.success:
                return result.rows_loaded
            if not all(error.startswith("[TRANSIENT] FolderInUse") for error in result.errors):
                raise RuntimeError(result.errors)

    def _passed(self, moment: Milestone, of: str) -> None:
        if moment is self.dies_at and "_dlt_" not in of:
            os.kill(os.getpid(), signal.SIGKILL)

    def _wait_for_the_others(self) -> None:
        (self.folder / f"ready-{self.number}").touch()
        while len(list(self.folder.glob("ready-*"))) < self.others:
            time.sleep(0.001)


def started(runners: list[Runner]) -> list[BaseProcess]:
    # Forked from a server that has imported everything and has no threads yet.
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.crashes.at_once"])
    processes: list[BaseProcess] = [context.Process(target=runner.run_all) for runner in runners]
    for process in processes:
        process.start()
    return processes
