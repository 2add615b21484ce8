"""What a folder of many files costs when all of them are loaded, and when ten more have arrived, beside a bare listing of the folder.

Each run is a process of its own, as it is when an orchestrator starts it.

python -m benchmarks.arriving_files [files]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from floe_core.plugins.ingestion import IngestionConfig
from pyiceberg.catalog import load_catalog

from benchmarks.no_op_loads import a_plugin, catalog_in

ROUNDS = 3
ARRIVING = 10


def main(files: int) -> None:
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        add(data, 0, files)
        print(f"{files} files, first load: {shown(loaded(folder, files))}")
        limit = min(listed(data) for _ in range(ROUNDS))
        for _ in range(ROUNDS):
            idle = loaded(folder, 0)
            print(f"nothing new: {shown(idle)}; {idle['cpu'] / limit:.1f} times a listing of {limit:.2f} s")
        add(data, files, ARRIVING)
        print(f"{ARRIVING} new files: {shown(loaded(folder, ARRIVING))}")
        table = load_catalog("floe", **catalog_in(folder)).load_table("bronze.events")
        assert files + ARRIVING == table.scan().count()


def add(data: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        (data / f"{number:06d}.csv").write_text(f"id,name\n{number},event {number}\n")


def listed(data: Path) -> float:
    """CPU seconds of looking at each file."""
    start = time.process_time()
    for entry in os.scandir(data):
        entry.stat()
    return time.process_time() - start


def loaded(folder: Path, expected: int) -> dict[str, float]:
    """What a run in a process of its own took; it must have brought the *expected* rows."""
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "benchmarks.arriving_files", "run", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    assert found["rows"] == expected
    return found


def shown(took: dict[str, float]) -> str:
    return (
        f"{took['seconds']:.2f} s, {took['cpu']:.2f} CPU seconds, {took['mb']:.0f} MB"
        f" ({took['whole']:.2f} CPU seconds with the start of the process)"
    )


def run(folder: Path) -> None:
    plugin = a_plugin(folder)
    source = {"path": str(folder / "data"), "format": "csv"}
    wanted = IngestionConfig(
        source_type="filesystem", source_config=source, destination_table="bronze.events"
    )
    pipeline = plugin.create_pipeline(wanted)
    start, cpu = time.perf_counter(), time.process_time()
    result = plugin.run(pipeline)
    assert result.success, result.errors
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "rows": result.rows_loaded,
                "seconds": seconds,
                "cpu": used,
                "mb": mb,
                "whole": time.process_time(),
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
