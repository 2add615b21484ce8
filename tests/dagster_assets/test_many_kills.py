"""200 kills of a daemon, and of the workers, fork servers and steps of its runs: after Dagster's own retries each load landed once."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.dagster_assets.dagster_home import DagsterHome, are_done

MOMENTS: Final = (
    Milestone.EXTRACTED,
    Milestone.STAGING,
    Milestone.STAGED,
    Milestone.COMMITTED,
    Milestone.ROWS_IN,
    Milestone.BOOKS_KEPT,
)
VICTIMS: Final = ("step", "worker", "orphan", "server", "daemon")
JOBS: Final = 4
SOURCES: Final = [f"source{job}_{part}" for job in range(JOBS) for part in range(5)]
KILLS: Final = 200
ROUNDS: Final = 12
SECONDS_OF_ROUND: Final = 1800
# If the daemon is killed between taking a run from the queue and starting it, only the monitoring sees that.
CONFIG: Final = """
run_retries: {enabled: true, max_retries: 60}
run_monitoring: {enabled: true, start_timeout_seconds: 120, poll_interval_seconds: 5}
concurrency: {runs: {max_concurrent_runs: 2}}
"""
LOG: Final = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="takes half an hour"),
    pytest.mark.timeout(ROUNDS * SECONDS_OF_ROUND),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[DagsterHome]:
    for folder in ("marks", "killed"):
        (tmp_path / folder).mkdir()
    (tmp_path / "round").write_text("0")
    home = DagsterHome(tmp_path, "tests.dagster_assets.many_kills_definitions", CONFIG)
    try:
        home.start()
        yield home
    finally:
        home.stop()


def test_each_load_lands_once_after_200_kills(home: DagsterHome) -> None:
    number = 0
    while number < ROUNDS and killed(home).total() < KILLS:
        number += 1
        begin(home.folder, number)
        wait_for(home, number)
        assert dict.fromkeys(SOURCES, expected(number)) == loaded(home)
        LOG.info("round %d: %s, %d runs", number, dict(killed(home)), len(home.runs()))
    assert killed(home).total() >= KILLS
    # A step that was left behind may have gone on until now.
    time.sleep(60)
    assert dict.fromkeys(SOURCES, expected(number)) == loaded(home)


def begin(folder: Path, number: int) -> None:
    """New rows for each source, and a kill of each kind of process at each moment."""
    for source in SOURCES:
        (folder / "data" / source).mkdir(parents=True, exist_ok=True)
        (folder / "data" / source / "rows.csv").write_text("\n".join(["id", *rows(number)]))
    for moment, victim in product(MOMENTS, VICTIMS):
        (folder / "marks" / f"{moment.name}-{victim}-{number}").touch()
    (folder / "round").write_text(str(number))


def rows(number: int) -> list[str]:
    return [f"{100 * number + row}" for row in (1, 2, 3)]


def expected(number: int) -> tuple[list[str], int]:
    """The ids and the number of snapshots of a table after so many rounds."""
    return sorted(row for each in range(1, number + 1) for row in rows(each)), number


def wait_for(home: DagsterHome, number: int) -> None:
    """Until all runs of so many rounds, and their retries, are done; killed daemons are started again."""
    end = time.monotonic() + SECONDS_OF_ROUND
    while time.monotonic() < end:
        home.keep_alive()
        runs = home.runs()
        if len({run.root_run_id or run.run_id for run in runs}) == number * JOBS and are_done(runs):
            return
        time.sleep(1)
    raise AssertionError(f"{[(run.run_id, run.status) for run in home.runs()]}\n{home.last_lines()}")


def killed(home: DagsterHome) -> Counter[str]:
    """How often each kind of process was killed."""
    return Counter(mark.name.split("-")[1] for mark in (home.folder / "killed").iterdir())


def loaded(home: DagsterHome) -> dict[str, tuple[list[str], int]]:
    """The ids in each table, and the number of its snapshots."""
    catalog = load_catalog("floe", type="sql", uri=f"sqlite:///{home.folder}/catalog.db")
    tables = {source: catalog.load_table(f"bronze.{source}") for source in SOURCES}
    return {
        source: (sorted(map(str, table.scan().to_arrow()["id"].to_pylist())), len(table.snapshots()))
        for source, table in tables.items()
    }
