"""Dagster's page, with its daemon, on a free port and with records of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType
from typing import Final

from tools.pictures.graphql import Dagster, NoAnswerError

STARTS_WITHIN: Final = 90.0
STOPS_WITHIN: Final = 20.0


@contextmanager
def demo_page(home: Path) -> Iterator[Dagster]:
    """Serve the demo's page, with its data and tables in *home*, while the block runs."""
    program = ("examples.dagster_demo", "--ui", "--home", str(home))
    with page_of(program, home, "examples.flights.definitions") as dagster:
        yield dagster


@contextmanager
def page_of(
    program: Sequence[str], folder: Path, location: str, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Dagster]:
    """Serve the page of a *location* by a Python module and its arguments, which accepts `--port`; its log is in the *folder*."""
    port = free_port()
    with (folder / "page.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - a page of ours
            [sys.executable, "-m", *program, "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", **environment},
            start_new_session=True,
        )
        try:
            dagster = Dagster(f"http://127.0.0.1:{port}", location)
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
    raise TimeoutError("the page did not start; its log is page.log in its folder")


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
