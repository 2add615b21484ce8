"""A process that is asked to end while it runs a pipeline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.config import RetryConfig
from tests.platforms import Platform, Row
from tests.published import published_events

Pages = Iterator[list[Row]]
PROGRAM: Final = Path(__file__).with_name("asked_to_end.py")


def ask(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def ask_soon() -> None:
    threading.Timer(0.3, ask).start()


def run(platform: Platform, pages: Pages) -> IngestionResult:
    return platform.plugin.run(platform.pipeline(), source=dlt.resource(pages, name="orders"))


def ids(platform: Platform) -> list[int]:
    return sorted(row["id"] for row in platform.rows("id"))


def asked_after_a_page() -> Pages:
    yield [{"id": 1}]
    ask()
    yield [{"id": 2}]


def hanging() -> Pages:
    yield [{"id": 1}]
    ask_soon()
    time.sleep(60)
    yield [{"id": 2}]


@pytest.mark.parametrize("pages", [asked_after_a_page, hanging])
def test_a_source_that_is_being_read_leaves_nothing(platform: Platform, pages: type[Pages]) -> None:
    start = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        run(platform, pages())
    assert (143, True) == (ended.value.code, time.monotonic() - start < 30)
    assert 3 == run(platform, iter([[{"id": 1}, {"id": 2}, {"id": 3}]])).rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_a_host_with_a_handler_of_its_own_gets_the_result_and_the_signal(platform: Platform) -> None:
    handled: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        handled.append(number)

    former = signal.signal(signal.SIGTERM, handle)
    try:
        result = run(platform, asked_after_a_page())
    finally:
        signal.signal(signal.SIGTERM, former)
    assert ([signal.SIGTERM], False) == (handled, result.success)
    assert result.errors[0].startswith("[TRANSIENT] Interrupted: the run was stopped by SIGTERM")
    (event,) = [
        event for event in published_events(platform.telemetry) if event.name == "ingestion_interrupted"
    ]
    assert {"signal": "SIGTERM"} == event.attributes


def test_a_run_that_waits_to_try_again_waits_no_longer(platform: Platform) -> None:
    retries = RetryConfig(max_retries=3, initial_delay_seconds=60)
    plugin = platform.a_plugin(retry_config=retries)
    platform.plugin = plugin
    plugin._loads = replace(plugin._loads, clock=WallClock(plugin._signals.sleep))

    def lost() -> Pages:
        yield []
        ask_soon()
        raise ConnectionResetError(104, "Connection reset by peer")

    start = time.monotonic()
    with pytest.raises(SystemExit):
        plugin.run(platform.pipeline(), source=dlt.resource(lost, name="orders"))
    assert time.monotonic() - start < 30


def test_a_run_in_another_thread_is_not_concerned(platform: Platform) -> None:
    results: list[IngestionResult] = []
    pages = iter([[{"id": 1}], [{"id": 2}]])
    thread = threading.Thread(target=lambda: results.append(run(platform, pages)))
    before = signal.getsignal(signal.SIGTERM)
    thread.start()
    thread.join()
    assert (before, True) == (signal.getsignal(signal.SIGTERM), results[0].success)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)], ids=["SIGTERM", "SIGINT"]
)
def test_a_program_ends_as_others_do_that_are_asked_to(tmp_path: Path, number: int, code: int) -> None:
    program = [sys.executable, str(PROGRAM), str(tmp_path), str(int(number))]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=100, check=False)
    assert (code, "exit handlers ran\n") == (ended.returncode, ended.stdout)
    assert "Interrupted" in ended.stderr
