"""The demo into Polaris does what it says, three times, and its printed lines read what landed."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.services.environment import Services

ROOT = Path(__file__).parents[2]


def run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_the_demo_loads_a_year_into_polaris_and_nothing_twice(services: Services, tmp_path: Path) -> None:
    environment = os.environ | {
        "POLARIS_CATALOG": f"demo_{uuid.uuid4().hex[:12]}",
        "PYICEBERG_CATALOG__FLOE__CREDENTIAL": services.polaris_credential,
    }
    for _ in range(2):  # what is there already is left as it is
        run(environment, "-m", "examples.polaris")
    demo = ("-m", "examples.demo", "--catalog", "polaris", "--home", str(tmp_path / "home"))
    first, second, third = (run(environment, *demo) for _ in range(3))
    assert "332,612 new rows were added." in first
    assert "28,135 new rows" in second
    assert "No new rows: every flight and every hour was already loaded." in third
    lines = "\n".join(first.splitlines()[-2:])
    assert "UA" in run(environment, "-c", lines)
    assert services.polaris_credential not in first
    again = run(environment, *demo, "--reset")
    assert "332,612 new rows were added." in again
