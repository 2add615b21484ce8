from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from pathlib import Path

import pytest

from floe_ingestion_dlt.worker_processes import MOST_TRIES, WorkerProcesses


class NeedsTwoError(Exception):
    """Cannot be unpickled, because its arguments are not those of its constructor."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def killed_the_first_time(mark: Path) -> int:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def killed_each_time(marks: Path) -> None:
    (marks / str(os.getpid())).touch()
    os.kill(os.getpid(), signal.SIGKILL)


def written_after(seconds: float, mark: Path) -> int:
    with mark.open("a") as file:
        file.write("begun\n")
    time.sleep(seconds)
    return os.getpid()


def failing(error: type[Exception], *texts: str) -> None:
    raise error(*texts)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def workers() -> Iterator[WorkerProcesses]:
    with WorkerProcesses(2) as started:
        yield started


def test_calls_are_made_in_other_processes_at_the_same_time(workers: WorkerProcesses, tmp_path: Path) -> None:
    """Each of the two calls waits for the other one's process."""
    marks = [tmp_path / "1", tmp_path / "2"]
    calls = [workers.submit(met, mine, other) for mine, other in (marks, marks[::-1])]
    first, second = [call.result(60) for call in calls]
    assert len({first, second, os.getpid()}) == 3


def met(mine: Path, other: Path) -> int:
    mine.touch()
    while not other.exists():
        time.sleep(0.01)
    return os.getpid()


def test_only_the_call_of_a_killed_process_is_made_again(workers: WorkerProcesses, tmp_path: Path) -> None:
    other = workers.submit(written_after, 1.0, tmp_path / "other")
    killed = workers.submit(killed_the_first_time, tmp_path / "killed")
    assert killed.result(60) != other.result(60)
    assert (tmp_path / "other").read_text() == "begun\n"


def test_a_call_that_ends_each_process_is_given_up(workers: WorkerProcesses, tmp_path: Path) -> None:
    with pytest.raises(BrokenExecutor, match="3 processes"):
        workers.submit(killed_each_time, tmp_path).result(60)
    assert len(list(tmp_path.iterdir())) == MOST_TRIES
    assert workers.submit(abs, -1).result(60) == 1


@pytest.mark.parametrize(
    ("error", "raised", "text"),
    [
        ((ValueError, "no"), ValueError, "^no$"),
        ((NeedsTwoError, "a", "b"), RuntimeError, "^NeedsTwoError: a and b$"),
    ],
)
def test_what_a_call_raises_is_raised(
    workers: WorkerProcesses, error: tuple[type[Exception], str], raised: type[Exception], text: str
) -> None:
    with pytest.raises(raised, match=text):
        workers.submit(failing, *error).result(60)


def test_a_call_that_cannot_be_sent_fails_alone(workers: WorkerProcesses) -> None:
    with pytest.raises(Exception, match="pickle"):
        workers.submit(lambda: 1).result(60)
    assert workers.submit(abs, -1).result(60) == 1


def test_leaving_the_block_kills_what_runs_and_cancels_what_waits(tmp_path: Path) -> None:
    with WorkerProcesses(1) as workers:
        process = workers.submit(os.getpid).result(60)
        running = workers.submit(written_after, 600, tmp_path / "mark")
        waiting = workers.submit(abs, -1)
        while not (tmp_path / "mark").exists():
            time.sleep(0.01)
    assert not is_running(process)
    assert isinstance(running.exception(60), BrokenExecutor)
    with pytest.raises(CancelledError):
        waiting.result(0)


def test_a_program_that_does_not_shut_down_ends() -> None:
    program = """
from floe_ingestion_dlt.worker_processes import WorkerProcesses
if __name__ == "__main__":
    print(WorkerProcesses(1).submit(abs, -7).result(60))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "7\n"


def test_at_least_one_process_is_needed() -> None:
    with pytest.raises(ValueError, match="count: 0; use at least 1"):
        WorkerProcesses(0)
