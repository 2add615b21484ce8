"""Runs of one pipeline at the same time on one host: two ticks of a schedule, two partitions, a retry beside the first try."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.catalogs import sqlite_catalog
from tests.crashes.at_once import RUNS_EACH, Runner, rows_of, started

IS_FULL: Final = "FULL_SUITE" in os.environ
DEATHS: Final = [Milestone.EXTRACTED, Milestone.STAGED, Milestone.ROWS_IN] if IS_FULL else [Milestone.STAGED]
JOIN_SECONDS: Final = 1200 if IS_FULL else 240

pytestmark = pytest.mark.timeout(JOIN_SECONDS + 60)


def ids(catalog: dict[str, str]) -> list[str]:
    found = load_catalog("floe", **catalog).load_table("bronze.events").scan().to_arrow()
    return sorted(map(str, found.column("id").to_pylist()))


def expected(runners: int) -> list[str]:
    runs = ((runner, number) for runner in range(runners) for number in range(RUNS_EACH))
    return sorted(row["id"] for run in runs for row in rows_of(*run))


def test_each_run_lands_once_and_counts_its_own_rows(tmp_path: Path) -> None:
    catalog = sqlite_catalog(tmp_path)
    processes = started([Runner(tmp_path, catalog, number, others=4) for number in range(4)])
    for process in processes:
        process.join(JOIN_SECONDS)
    assert [0] * 4 == [process.exitcode for process in processes]
    counts = [json.loads((tmp_path / f"counts-{number}").read_text()) for number in range(4)]
    assert [[len(rows_of(n, k)) for k in range(RUNS_EACH)] for n in range(4)] == counts
    assert expected(4) == ids(catalog)


@pytest.mark.parametrize("moment", DEATHS, ids=lambda moment: moment.name.lower())
def test_a_process_that_dies_leaves_the_folder_to_the_others(tmp_path: Path, moment: Milestone) -> None:
    catalog = sqlite_catalog(tmp_path)
    dying = Runner(tmp_path, catalog, 0, others=3, dies_at=moment)
    processes = started([dying, *(Runner(tmp_path, catalog, number, others=3) for number in (1, 2))])
    for process in processes:
        process.join(JOIN_SECONDS)
    assert [-signal.SIGKILL, 0, 0] == [process.exitcode for process in processes]
    (again,) = started([replace(dying, dies_at=None)])
    again.join(JOIN_SECONDS)
    assert 0 == again.exitcode
    assert expected(3) == ids(catalog)
