"""The demo as assets loads the source's rows, each once, and prints what the tables have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyiceberg.catalog import load_catalog

ROOT = Path(__file__).parents[2]


def lines(home: Path) -> dict[str, tuple[int, int]]:
    """The rows that were loaded and the rows of the table, as the demo prints them, by table."""
    command = [sys.executable, "-m", "examples.dagster_demo", "--home", str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert 0 == done.returncode, done.stderr
    words = [
        line.replace(",", "").split() for line in done.stdout.splitlines() if line.startswith("ingestion__")
    ]
    return {line[-1]: (int(line[1]), int(line[4])) for line in words}


def test_the_second_run_adds_december_and_prints_what_the_table_has(tmp_path: Path) -> None:
    first, second = lines(tmp_path), lines(tmp_path)
    catalog = load_catalog("floe", type="sql", uri=f"sqlite:///{tmp_path}/catalog.db")
    assert [(308_641, 308_641), (28_135, 336_776)] == [run["flights.flights"] for run in (first, second)]
    for table, (_, rows) in second.items():
        assert rows == len(catalog.load_table(table).scan().to_arrow())
    assert 5 == len(second)
