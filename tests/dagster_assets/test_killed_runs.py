"""A real daemon of Dagster's retries runs that were killed: each load lands once, whenever its step or worker was killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.dagster_assets.dagster_home import RETRIED_BY, DagsterHome, are_done

KILLS: Final = ((Milestone.ROWS_IN, "step"), (Milestone.STAGED, "worker"), (Milestone.COMMITTED, "server"))
SECONDS_OF_KILL: Final = 900

pytestmark = [
    pytest.mark.timeout(SECONDS_OF_KILL * (1 + len(KILLS))),
    pytest.mark.one_of("processes of Dagster"),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[DagsterHome]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n1\n2\n3\n")
    retries = "run_retries: {enabled: true, max_retries: 3}\n"
    home = DagsterHome(tmp_path, "tests.dagster_assets.killed_definitions", retries)
    try:
        home.start()
        yield home
    finally:
        home.stop()


def test_each_load_lands_once_whatever_was_killed(home: DagsterHome) -> None:
    for number, (moment, victim) in enumerate(KILLS, start=1):
        mark = home.folder / f"kill-{moment.name}"
        mark.write_text(victim)
        home.launch("everything")
        wait_for(home, number)
        assert not mark.exists(), f"nothing was killed at {moment.name}"
    catalog = load_catalog("floe", type="sql", uri=f"sqlite:///{home.folder}/catalog.db")
    table = catalog.load_table("bronze.orders")
    ids = sorted(map(str, table.scan().to_arrow()["id"].to_pylist()))
    assert (sorted("123" * len(KILLS)), len(KILLS)) == (ids, len(table.snapshots()))


def wait_for(home: DagsterHome, number: int) -> None:
    """Until so many runs have failed, and their retries have succeeded."""
    end = time.monotonic() + SECONDS_OF_KILL
    while time.monotonic() < end:
        runs = home.runs()
        if len(runs) >= 2 * number and are_done(runs):
            shown = [
                (run.status.value, run.tags)
                for run in runs
                if not run.is_success and RETRIED_BY not in run.tags
            ]
            assert ([], 2 * number) == (shown, len(runs))
            return
        time.sleep(1)
    raise AssertionError(f"{[(run.run_id, run.status) for run in home.runs()]}\n{home.last_lines()}")
