"""Definitions of several jobs whose steps take a mark from the folder of KILL_HOME, and then kill the process that it names."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
    Definitions,
    InitResourceContext,
    ResourceDefinition,
    RunRequest,
    SensorEvaluationContext,
    define_asset_job,
    sensor,
)

from floe_ingestion_dagster import FloeIngestionResource, create_ingestion_assets, forkserver_executor
from floe_ingestion_dlt import DltIngestionConfig, DltIngestionPlugin
from floe_ingestion_dlt.ports.milestones import Milestone

HOME: Final = Path(os.environ["KILL_HOME"])
JOBS: Final = {f"job{number}": [f"source{number}_{part}" for part in range(5)] for number in range(4)}
SOURCES: Final = [source for sources in JOBS.values() for source in sources]
SETTINGS: Final = DltIngestionConfig(
    sources=[
        {
            "name": source,
            "source_type": "filesystem",
            "source_config": {"path": str(HOME / "data" / source), "format": "csv"},
            "destination_table": f"bronze.{source}",
        }
        for source in SOURCES
    ],
    catalog_config={
        "type": "sql",
        "uri": f"sqlite:///{HOME}/catalog.db",
        "warehouse": f"file://{HOME}/warehouse",
    },
    pipelines_dir=str(HOME / "pipelines"),
    progress="off",
)


def passed(moment: Milestone, of: str) -> None:
    """Take one of the marks for this moment, and kill what it says; the mark stays for another step if that is gone already."""
    marks = [] if "_dlt_" in of else list((HOME / "marks").glob(f"{moment.name}-*"))
    random.shuffle(marks)
    for mark in marks:
        _, victim, _number = mark.name.split("-")
        found, step = victims(victim), os.getpid()
        if not found:
            continue
        try:
            mark.rename(HOME / "killed" / f"{mark.name}-{step}")
        except FileNotFoundError:
            continue
        for process in found:
            os.kill(process, signal.SIGKILL)
        return


def victims(victim: str) -> list[int]:
    """The processes to kill: the run's worker alone leaves its steps behind, and so does the fork server alone."""
    step, server = os.getpid(), os.getppid()
    worker = living(parent_of(server), "multiprocessing.spawn")
    match victim:
        case "step":
            return [step]
        case "worker":
            return [*worker, step] if worker else []
        case "orphan":
            return worker
        case "server":
            return living(server, "multiprocessing.forkserver")
        case _:
            pid = HOME / "daemon.pid"
            return living(int(pid.read_text()), "dagster._daemon") if pid.exists() else []


def parent_of(process: int) -> int:
    return int(shown("ppid", process) or 0)


def living(process: int, command: str) -> list[int]:
    """The process, if it runs this command, and was not killed before."""
    arguments = shown("args", process)
    return [process] if command in arguments and "<defunct>" not in arguments else []


def shown(column: str, process: int) -> str:
    """What `ps` shows of a process; nothing if there is none."""
    command = ["ps", "-o", f"{column}=", "-p", str(process)]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()


def started(_context: InitResourceContext) -> Iterator[FloeIngestionResource]:
    plugin = DltIngestionPlugin(milestones=passed)
    plugin.configure(SETTINGS)
    plugin.startup()
    try:
        yield FloeIngestionResource.of(plugin)
    finally:
        plugin.shutdown()


jobs = [
    define_asset_job(name, AssetSelection.assets(*(f"ingestion__{source}__files" for source in sources)))
    for name, sources in JOBS.items()
]


@sensor(jobs=jobs, minimum_interval_seconds=2, default_status=DefaultSensorStatus.RUNNING)
def rounds(_context: SensorEvaluationContext) -> Iterator[RunRequest]:
    """A run of each job in each round that has begun."""
    for number in range(1, 1 + int((HOME / "round").read_text())):
        for job in JOBS:
            yield RunRequest(run_key=f"{job}-{number}", job_name=job)


defs = Definitions(
    assets=create_ingestion_assets(SETTINGS),
    resources={"ingestion": ResourceDefinition(started)},
    jobs=jobs,
    sensors=[rounds],
    executor=forkserver_executor,
)
