"""Memory that a load has freed is the system's again, and settings of the environment stay."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import suppress

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.freed_memory import freed_memory_returned

# Blocks as large as those of a database's rows; small values between them stay.
BLOCKS = """
import sys
from contextlib import nullcontext
from pathlib import Path
from floe_ingestion_dlt.adapters.arrow.freed_memory import freed_memory_returned

def held_mb():
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024

with freed_memory_returned() if sys.argv[1] == "returned" else nullcontext():
    first = bytearray(8 << 20)
    del first
    before, kept = held_mb(), []
    for _ in range(3):
        blocks = []
        for _ in range(10):
            blocks.append(bytearray(7 << 20))
            kept.append(bytes(2_000))
        blocks.clear()
    print(held_mb() - before)
"""


def held_mb(how: str, **variables: str) -> float:
    """The megabytes that a process has after it has freed 70."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    command = [sys.executable, "-c", BLOCKS, how]
    done = subprocess.run(command, env=environment | variables, check=True, capture_output=True, text=True)
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such option")
def test_large_blocks_are_the_systems_again_when_they_are_freed() -> None:
    assert held_mb("returned") < 15
    assert held_mb("kept") > 50


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such option")
def test_settings_of_the_environment_stay() -> None:
    assert held_mb("returned", MALLOC_TRIM_THRESHOLD_="1000000000", MALLOC_MMAP_THRESHOLD_="33554432") > 50


def test_what_arrow_keeps_is_returned_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    class Pool:
        def release_unused(self) -> None:
            asked.append("released")

    monkeypatch.setattr(pa, "default_memory_pool", Pool)
    with suppress(ZeroDivisionError), freed_memory_returned():
        raise ZeroDivisionError
    assert ["released"] == asked
