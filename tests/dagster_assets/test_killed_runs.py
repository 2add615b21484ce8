"""A real daemon of Dagster's retries runs that were killed: each load lands once, whenever its step or worker was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.ports.milestones import Milestone

MODULE: Final = "tests.dagster_assets.killed_definitions"
ROOT: Final = Path(__file__).parents[2]
IS_FULL: Final = "FULL_SUITE" in os.environ
MOMENTS: Final = (
    Milestone.EXTRACTED,
    Milestone.STAGING,
    Milestone.STAGED,
    Milestone.COMMITTED,
    Milestone.ROWS_IN,
    Milestone.BOOKS_KEPT,
)
KILLS: Final = [
    (Milestone.ROWS_IN, "step"),
    (Milestone.STAGED, "worker"),
    (Milestone.COMMITTED, "server"),
    *[(moment, victim) for moment in MOMENTS for victim in ("step", "worker", "server") if IS_FULL],
]

pytestmark = pytest.mark.timeout(600 + 60 * len(KILLS))


@dataclass(frozen=True)
class Daemon:
    """A home of Dagster's whose runs are retried by a daemon."""

    home: Path
    environment: dict[str, str]

    def launch(self) -> None:
        command = [sys.executable, "-m", "dagster", "job", "launch", "-m", MODULE, "-j", "everything"]
        subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, check=True, timeout=120)

    def successes(self, wanted: int) -> list[DagsterRun]:
        """The runs that succeeded, as soon as there are so many."""
        with DagsterInstance.from_config(str(self.home / "dagster")) as instance:
            for _ in range(120):
                runs = [run for run in instance.get_runs() if run.status is DagsterRunStatus.SUCCESS]
                if len(runs) >= wanted:
                    return list(runs)
                time.sleep(1)
            raise AssertionError([(run.run_id, run.status) for run in instance.get_runs()])


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(
        "run_retries: {enabled: true, max_retries: 3}\ntelemetry: {enabled: false}\n"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n1\n2\n3\n")
    given = {"KILL_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path / "dagster"), "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **given}
    # Its databases are made before the daemon and the first run would both make them.
    with DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        instance.get_runs()
        instance.all_instigator_state()
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", MODULE]
    with (tmp_path / "daemon.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield Daemon(tmp_path, environment)
        finally:
            process.terminate()
            process.wait(60)


def test_each_load_lands_once_whatever_was_killed(daemon: Daemon) -> None:
    for number, (moment, victim) in enumerate(KILLS, start=1):
        mark = daemon.home / f"kill-{moment.name}"
        mark.write_text(victim)
        daemon.launch()
        (last, *_) = daemon.successes(number)
        assert not mark.exists(), f"nothing was killed at {moment.name}"
        assert "dagster/retry_number" in last.tags
    catalog = load_catalog("floe", type="sql", uri=f"sqlite:///{daemon.home}/catalog.db")
    table = catalog.load_table("bronze.orders")
    ids = sorted(map(str, table.scan().to_arrow()["id"].to_pylist()))
    assert (sorted("123" * len(KILLS)), len(KILLS)) == (ids, len(table.snapshots()))
