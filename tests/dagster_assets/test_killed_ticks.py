"""Dagster's sensor daemon is killed during a tick: the next one requests the run, and it is requested once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from dagster import DagsterInstance

ROOT: Final = Path(__file__).parents[2]
NEVER: Final = "NEVER"
MOMENTS: Final = ("TICK_HELD", "RUN_IDS_RESERVED", "RUN_CREATED", "RUN_LAUNCHED")
SAMPLE: Final = MOMENTS if "FULL_SUITE" in os.environ else ("RUN_IDS_RESERVED",)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster").mkdir()
    queued = "run_coordinator: {module: dagster.core.run_coordinator, class: QueuedRunCoordinator}\n"
    (tmp_path / "dagster" / "dagster.yaml").write_text(queued + "telemetry: {enabled: false}\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("id\n1\n")
    return tmp_path


def tick(home: Path, moment: str = NEVER) -> int:
    command = [sys.executable, "-m", "tests.dagster_assets.sensor_tick", moment, str(home)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=100).returncode


def requested(home: Path) -> list[str]:
    with DagsterInstance.from_config(str(home / "dagster")) as instance:
        return [run.tags["dagster/run_key"].partition("-")[0] for run in instance.get_runs()]


@pytest.mark.one_of("processes of Dagster")
@pytest.mark.parametrize("moment", SAMPLE)
def test_a_run_is_requested_once_for_each_list_of_files(home: Path, moment: str) -> None:
    assert -signal.SIGKILL == tick(home, moment)
    assert 0 == tick(home)
    assert ["1"] == requested(home)
    (home / "data" / "b.csv").write_text("id\n2\n")
    assert 0 == tick(home)
    assert 0 == tick(home)
    assert ["2", "1"] == requested(home)
