"""The demo's Dagster page, with its daemon, on a free port and with records of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from tools.pictures.graphql import Dagster, NoAnswerError

STARTS_WITHIN: Final = 90.0
STOPS_WITHIN: Final = 20.0


@contextmanager
def demo_page(home: Path) -> Iterator[Dagster]:
    """Serve the demo's page, with its data and tables in *home*, while the block runs."""
    port = free_port()
    with (home / "page.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - it is this demo
            [sys.executable, "-m", "examples.dagster_demo", "--ui", "--home", str(home), "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false"},
            start_new_session=True,
        )
        try:
            dagster = Dagster(f"http://127.0.0.1:{port}")
            wait_for(dagster, process)
            yield dagster
        finally:
            stop(process)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(dagster: Dagster, process: subprocess.Popen[bytes]) -> None:
    """Wait until the page has loaded its definitions."""
    until = monotonic() + STARTS_WITHIN
    while monotonic() < until and process.poll() is None:
        try:
            if dagster.assets():
                return
        except NoAnswerError:
            pass
        sleep(0.5)
    raise TimeoutError("the page did not start; its log is page.log in the demo's folder")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the page and the processes that it has started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
