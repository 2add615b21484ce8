"""The real program, at a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path


def at_a_terminal(
    folder: Path, arguments: list[str], answers: list[str], program: str | None = None
) -> tuple[int, str]:
    """What the real program shows a person who gives these answers, and its exit code; *program* is the path of another one."""
    ours, theirs = pty.openpty()
    begin = [program] if program else [sys.executable, "-m", "floe_ingestion_dlt.cli"]
    command = [*begin, *arguments]
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as running:
        os.close(theirs)
        shown, begun = b"", time.monotonic()
        left = list(answers)
        while time.monotonic() - begun < 90:
            ready, _, _ = select.select([ours], [], [], 0.5)
            try:
                shown += os.read(ours, 65_536) if ready else b""
            except OSError:  # the program has ended
                break
            if left and shown.endswith(b": "):
                os.write(ours, f"{left.pop(0)}\n".encode())
                shown += b"\n"
        code = running.wait(10)
    os.close(ours)
    return code, shown.decode()
