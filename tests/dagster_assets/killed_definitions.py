"""Definitions whose steps kill themselves, once for each file that says so: `kill-<moment>` in the folder of KILL_HOME."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dagster import Definitions, InitResourceContext, ResourceDefinition, define_asset_job

from floe_ingestion_dagster import FloeIngestionResource, create_ingestion_assets, forkserver_executor
from floe_ingestion_dlt import DltIngestionConfig, DltIngestionPlugin
from floe_ingestion_dlt.ports.milestones import Milestone

HOME = Path(os.environ["KILL_HOME"])
ORDERS = {
    "name": "orders",
    "source_type": "filesystem",
    "source_config": {"path": str(HOME / "data"), "format": "csv", "incremental": "all"},
    "destination_table": "bronze.orders",
}
SETTINGS = DltIngestionConfig(
    sources=[ORDERS],
    catalog_config={
        "type": "sql",
        "uri": f"sqlite:///{HOME}/catalog.db",
        "warehouse": f"file://{HOME}/warehouse",
    },
    pipelines_dir=str(HOME / "pipelines"),
    progress="off",
)


def passed(moment: Milestone, of: str) -> None:
    """Kill what the file says: the step; the run's worker and then the step; or the fork server, while the step goes on."""
    mark = HOME / f"kill-{moment.name}"
    if "_dlt_" in of or not mark.exists():
        return
    step, server = os.getpid(), os.getppid()
    victims = {"step": [step], "worker": [parent_of(server), step], "server": [server]}[mark.read_text()]
    mark.unlink()
    for victim in victims:
        os.kill(victim, signal.SIGKILL)


def parent_of(process: int) -> int:
    command = ["ps", "-o", "ppid=", "-p", str(process)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


def started(_context: InitResourceContext) -> Iterator[FloeIngestionResource]:
    plugin = DltIngestionPlugin(milestones=passed)
    plugin.configure(SETTINGS)
    plugin.startup()
    try:
        yield FloeIngestionResource.of(plugin)
    finally:
        plugin.shutdown()


defs = Definitions(
    assets=create_ingestion_assets(SETTINGS),
    resources={"ingestion": ResourceDefinition(started)},
    jobs=[define_asset_job("everything", "*")],
    executor=forkserver_executor,
)
