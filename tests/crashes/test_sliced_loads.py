"""A worker or the process itself is killed during a load in slices; then a run loads each row once."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.domain.events import SliceStaged
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.crashes.sliced import KEY, ROWS, SLICES, Death, OneWorkerDies, fill, ids, killed, plugin_in

pytestmark = pytest.mark.timeout(120)

IN_A_WORKER = [Milestone.EXTRACTING, Milestone.EXTRACTED, Milestone.NORMALIZING, Milestone.STAGING]
IN_THE_COMMIT = [Milestone.STAGED, Milestone.COMMITTED, Milestone.ROWS_IN, Milestone.BOOKS_KEPT]
DEATHS = [
    Death(moment=Milestone.EXTRACTING),
    *(Death(staged=number) for number in range(1, SLICES + 1)),
    *(Death(kept=number) for number in range(1, SLICES + 1)),
    *(Death(moment=moment) for moment in IN_THE_COMMIT),
]


@pytest.mark.one_of("killed workers of slices")
@pytest.mark.parametrize("moment", IN_A_WORKER, ids=lambda moment: moment.name.lower())
def test_a_killed_worker_costs_only_its_slices(tmp_path: Path, moment: Milestone) -> None:
    """The run is TRANSIENT, keeps what other workers have staged, and the next run reads only the rest."""
    fill(tmp_path)
    telemetry = MemoryTelemetry()
    plugin = plugin_in(tmp_path, OneWorkerDies(moment, tmp_path, os.getpid()), telemetry)
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.crashes.sliced"])
    reports = []
    for _run in range(2):
        with ProcessPoolExecutor(1, context) as workers:
            pipeline = plugin.create_pipeline(plugin.ingestion_config("shop"))
            reports.append(plugin.load_in_slices(pipeline, SLICES, workers, idempotency_key=KEY))
    assert "[TRANSIENT] WorkerLost" in str(reports[0].error)
    assert (None, ROWS) == (reports[1].error, reports[1].rows)
    assert [*range(ROWS)] == ids(tmp_path)
    staged = [each.event.number for each in telemetry.events if isinstance(each.event, SliceStaged)]
    assert [*range(1, SLICES + 1)] == sorted(staged)


@pytest.mark.one_of("killed loads in slices")
@pytest.mark.parametrize("is_sliced", [True, False], ids=["sliced", "at-once"])
@pytest.mark.parametrize("death", DEATHS, ids=str)
def test_a_killed_process_loses_and_doubles_nothing(tmp_path: Path, death: Death, is_sliced: bool) -> None:  # noqa: FBT001 - a parameter
    """The next run may be in slices or not."""
    fill(tmp_path)
    assert -signal.SIGKILL == killed(tmp_path, death)
    telemetry = MemoryTelemetry()
    plugin = plugin_in(tmp_path, telemetry=telemetry)
    pipeline = plugin.create_pipeline(plugin.ingestion_config("shop"))
    with ThreadPoolExecutor(1) as workers:
        report = (
            plugin.load_in_slices(pipeline, SLICES, workers, idempotency_key=KEY)
            if is_sliced
            else plugin.load(pipeline, idempotency_key=KEY)
        )
    assert (None, ROWS) == (report.error, report.rows)
    assert [*range(ROWS)] == ids(tmp_path)
    assert plugin.verify("bronze.orders").is_sound
    staged = [each for each in telemetry.events if isinstance(each.event, SliceStaged)]
    if is_sliced:
        assert _least_read_again(death) <= len(staged) <= _most_read_again(death)
    plugin.remove_leftovers("bronze", older_than=timedelta(hours=1))
    assert [*range(ROWS)] == ids(tmp_path)


def _most_read_again(death: Death) -> int:
    """The most slices that the next run reads; the answer before the last one may not be kept yet."""
    if death.staged is not None:
        return min(SLICES - death.staged + 2, SLICES)
    return _least_read_again(death)


def _least_read_again(death: Death) -> int:
    if death.moment is not None:
        return SLICES if death.moment is Milestone.EXTRACTING else 0
    return SLICES - death.kept if death.kept is not None else SLICES - (death.staged or 1) + 1
