"""One program in a process of its own, with what it and its children took."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import final

KIB = 1024


@final
@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds from the start of the process to its end, imports included, and the most memory that one process had."""

    wall: float
    cpu: float
    mb: float


def cost_of(module: str, *arguments: str, python: str = sys.executable) -> Cost:
    """What `python -m module arguments` costs; the last line that it prints is its `peak_mb`. Raises CalledProcessError if it fails."""
    command = [python, "-m", module, *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())  # noqa: S603 - this project
    with process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, used.ru_utime + used.ru_stime, float(said.splitlines()[-1]))


def environment() -> dict[str, str]:
    """Python may keep the modules that it compiles, as it does for people: compiling is no part of a load."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def peak_mb() -> float:
    """The most memory that this process had.

    The figure that the system gives to the parent counts also the parent's own memory, which the process has until it starts its program.
    """
    facts = Path("/proc/self/status")
    if facts.exists():
        (line,) = (line for line in facts.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB / KIB  # macOS counts bytes
