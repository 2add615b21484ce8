"""Temporary folders of loads that run at once do not meet: each is deleted by its own, and none fails another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from floe_ingestion_dlt.adapters.system.locks import FileLock
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder

WORKERS, ROUNDS = 8, 60


def used(within: Path) -> None:
    for _ in range(ROUNDS):
        with scratch_folder("books", within) as folder:
            (folder / "rows.parquet").write_bytes(b"x")


def test_folders_that_come_and_go_at_once_are_all_deleted(tmp_path: Path) -> None:
    with ThreadPoolExecutor(WORKERS) as workers:
        for done in [workers.submit(used, tmp_path) for _ in range(WORKERS)]:
            done.result()
    assert [] == list(tmp_path.iterdir())


def test_a_lock_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "lock").acquire(creates=False)
    assert [] == list(tmp_path.iterdir())


def test_a_lock_that_is_there_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    first = FileLock(path)
    assert first.acquire(creates=False)
    assert not FileLock(path).acquire(creates=False)
    first.release()
