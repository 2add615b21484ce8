from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.dlt.engine.working_folder import WorkingFolder, unusable
from floe_ingestion_dlt.adapters.dlt.raised_faults import TransientFault
from floe_ingestion_dlt.domain.faults import Category, FolderInUse


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (errno.ENOSPC, "a disk with free space"),
        (errno.EDQUOT, "a disk with free space"),
        (errno.EROFS, "this process can write"),
        (errno.EACCES, "this process can write"),
        (errno.ENOTDIR, "this process can write"),
        (errno.ENOLCK, "a file system that can lock files"),
        (errno.EOPNOTSUPP, "a file system that can lock files"),
    ],
    ids=errno.errorcode.get,
)
def test_what_keeps_a_folder_from_use_says_what_to_set(number: int, wanted: str) -> None:
    fault = unusable(Path("/dlt"), OSError(number, os.strerror(number)))
    assert (Category.CONFIGURATION, "pipelines_dir", "/dlt") == (fault.category, fault.field, fault.given)
    assert wanted in fault.next_step
    assert os.strerror(number) in fault.next_step


def test_the_run_that_has_the_folder_is_named_to_the_next(tmp_path: Path) -> None:
    release = WorkingFolder(tmp_path, "orders").claim().unwrap()
    refused = WorkingFolder(tmp_path, "orders").claim().failure()
    assert isinstance(refused, FolderInUse)
    assert (str(tmp_path / "orders"), True) == (refused.folder, f"process {os.getpid()} on" in refused.holder)
    release()
    assert isinstance(WorkingFolder(tmp_path, "orders").claim(), Success)


def test_runs_of_other_pipelines_do_not_meet(tmp_path: Path) -> None:
    assert isinstance(WorkingFolder(tmp_path, "orders").claim(), Success)
    assert isinstance(WorkingFolder(tmp_path, "order").claim(), Success)


def test_a_folder_can_be_set_up_while_a_run_has_it(tmp_path: Path) -> None:
    held = WorkingFolder(tmp_path, "orders").claim()
    with WorkingFolder(tmp_path, "orders").being_set_up():
        assert isinstance(held, Success)


def test_who_waits_too_long_for_a_folder_to_be_set_up_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("floe_ingestion_dlt.adapters.dlt.engine.working_folder.SETUP_SECONDS", 0.0)
    with (
        WorkingFolder(tmp_path, "orders").being_set_up(),
        pytest.raises(TransientFault) as told,
        WorkingFolder(tmp_path, "orders").being_set_up(),
    ):
        pass
    assert isinstance(told.value.fault, FolderInUse)


def test_preparing_leaves_nothing_but_the_folder_that_others_share(tmp_path: Path) -> None:
    assert Success(None) == WorkingFolder(tmp_path / "a" / "b", "orders").prepare()
    assert [] == list((tmp_path / "a" / "b").iterdir())


def test_a_file_in_place_of_the_folder_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert isinstance(WorkingFolder(tmp_path / "a", "orders").prepare(), Failure)
