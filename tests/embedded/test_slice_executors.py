"""Executors that do not do what they are given, or not in time: nothing is shown that is not whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.ports.milestones import ignore_milestone
from floe_ingestion_dlt.ports.slicing import SliceTask
from floe_ingestion_dlt.slice_workers import SliceWorker
from tests.embedded.sliced import ORDERS, content, in_slices, snapshots, source, threads
from tests.platforms import Platform

IDS: list[Any] = [row["id"] for row in ORDERS]
Work = Callable[[SliceTask], Any]


class Executing(ThreadPoolExecutor):
    """Two threads, which do each task as *act* does it."""

    def __init__(self, act: Callable[[Work, SliceTask], Any]) -> None:
        super().__init__(2)
        self._act = act

    def submit(self, work: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        return super().submit(self._act, work, *args)


def raised(error: BaseException) -> Any:
    raise error


WRONG: dict[str, Callable[[Work, SliceTask], Any]] = {
    "nothing": lambda _work, _task: None,
    "a-text": lambda _work, _task: "done",
    "another-success": lambda _work, _task: Success(1),
    "another-failure": lambda _work, _task: Failure("no"),
    "another-slice": lambda work, task: work(replace(task, part=replace(task.part, number=1))),
    "another-load": lambda work, task: work(replace(task, load_id="other")),
    "an-exception": lambda _work, _task: raised(ZeroDivisionError()),
    "cancelled": lambda _work, _task: raised(CancelledError()),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_answer_to_the_task_is_refused(platform: Platform, wrong: str) -> None:
    """The next run reads what is missing."""
    plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
    with Executing(
        lambda work, task: WRONG[wrong](work, task) if task.part.number > 1 else work(task)
    ) as workers:
        report = in_slices(plugin, workers)
    assert any(kind in str(report.error) for kind in ("WorkerUnusable", "WorkerLost"))
    assert (0, 0) == (report.rows, snapshots(platform))
    with threads() as workers:
        assert (None, len(ORDERS)) == ((report := in_slices(plugin, workers)).error, report.rows)
    assert IDS == [row["id"] for row in content(platform)[1]]


def test_a_task_that_is_done_twice_counts_once(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
    with Executing(lambda work, task: (work(task), work(task))[1]) as workers:
        report = in_slices(plugin, workers)
    assert (None, IDS) == (report.error, [row["id"] for row in content(platform)[1]])


@pytest.mark.parametrize("is_lost", [True, False], ids=["lost-future", "slow-worker"])
def test_the_run_does_not_wait_longer_than_its_deadline(platform: Platform, is_lost: bool) -> None:  # noqa: FBT001 - a parameter
    """Slices that are staged by then are kept."""
    platform.clock, end = WallClock(), Event()

    class Losing(Executing):
        def submit(self, work: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
            return Future() if is_lost and args[0].part.number == 2 else super().submit(work, *args)

    def slow(work: Work, task: SliceTask) -> Any:
        if task.part.number == 2:
            end.wait(30)
        return work(task)

    shop = source(platform, "sqlite", retry_config={"max_retries": 3, "deadline_seconds": 5})
    plugin, began = platform.a_plugin(sources=[shop]), time.monotonic()
    with Losing(slow) as losing:
        report = in_slices(plugin, losing)
        end.set()
    assert "[TRANSIENT] WorkerLost: a worker gave no answer: deadline_seconds" in str(report.error)
    assert (0, 0) == (snapshots(platform), report.retries)
    assert time.monotonic() - began < 15
    with threads() as workers:
        assert (None, len(ORDERS)) == ((report := in_slices(plugin, workers)).error, report.rows)
    assert IDS == [row["id"] for row in content(platform)[1]]


def test_a_worker_with_another_version_of_the_package_reads_nothing() -> None:
    worker = SliceWorker("0.0.1", dict, "shop", "bronze.shop", {}, "", "", None, ignore_milestone)
    refused = worker(SliceTask("load", part=None))  # type: ignore[arg-type]  # it is not looked at
    assert "and this process has 0.0.1" in refused.failure().message
