from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest

from floe_ingestion_dlt.adapters.system.locks import FileLock


def lock_and_die(path: Path) -> None:
    assert FileLock(path).acquire("who is dead")
    os.kill(os.getpid(), signal.SIGKILL)


def lock_fork_and_die(path: Path) -> None:
    lock = FileLock(path)
    assert lock.acquire("who is dead")
    lives = path.with_suffix(".child")
    if os.fork() == 0:
        lives.with_suffix(".new").write_text(str(os.getpid()))
        lives.with_suffix(".new").rename(lives)
        time.sleep(60)
        os._exit(0)
    while not lives.exists():  # a child that has not run yet still holds what its parent held
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


def try_to_lock(path: Path) -> None:
    raise SystemExit(int(FileLock(path).acquire()))


def in_a_process(path: Path, act: object) -> int | None:
    process = get_context("spawn").Process(target=act, args=(path,))  # type: ignore[arg-type]  # it can be called
    process.start()
    # join would wait for the children of the process, too
    deadline = time.monotonic() + 60
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process.exitcode


def test_another_process_does_not_get_a_lock_that_is_held(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    assert lock.acquire()
    assert 0 == in_a_process(tmp_path / "a.lock", try_to_lock)
    lock.release()
    assert 1 == in_a_process(tmp_path / "a.lock", try_to_lock)


def test_another_thread_does_not_get_a_lock_that_is_held(tmp_path: Path) -> None:
    assert FileLock(tmp_path / "a.lock").acquire("the first")
    found: list[object] = []
    other = FileLock(tmp_path / "a.lock")
    thread = Thread(target=lambda: found.extend((other.acquire("the second"), other.holder())))
    thread.start()
    thread.join()
    assert [False, "the first"] == found


def test_what_a_dead_process_held_is_free(tmp_path: Path) -> None:
    assert -signal.SIGKILL == in_a_process(tmp_path / "a.lock", lock_and_die)
    lock = FileLock(tmp_path / "a.lock")
    assert "who is dead" == lock.holder()
    assert lock.acquire("who lives")
    assert "who lives" == lock.holder()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_dead_process_held_is_free_although_its_child_lives(tmp_path: Path) -> None:
    """The workers of a forked process pool outlive a run that is killed."""
    assert -signal.SIGKILL == in_a_process(tmp_path / "a.lock", lock_fork_and_die)
    child = int((tmp_path / "a.child").read_text())
    try:
        assert FileLock(tmp_path / "a.lock").acquire()
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_was_forked_meanwhile_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    assert lock.acquire()
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.read(reader, 1)
        os._exit(0)
    lock.release()
    assert FileLock(tmp_path / "a.lock").acquire()
    os.write(writer, b".")
    os.waitpid(child, 0)


def test_what_a_holder_wrote_is_one_line_of_bounded_length(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    path.write_bytes(b"process 1\n[ERROR] forged\x1b[2J\xff" + b"x" * 10_000)
    text = FileLock(path).holder()
    assert (1, True) == (len(text.splitlines()), text.isprintable())
    assert len(text) <= 400


def test_a_holder_with_a_long_name_gets_the_lock(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    assert lock.acquire("ü" * 10_000)
    assert lock.holder().startswith("ü")
