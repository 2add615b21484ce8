"""One program in a process of its own, with what it and its children took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import final

KIB = 1024


@final
@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds from the start of the process to its end, imports included, and the most memory that one process had."""

    wall: float
    cpu: float
    mb: float


def cost_of(module: str, *arguments: str) -> Cost:
    """What `python -m module arguments` costs. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - this project
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / KIB)
