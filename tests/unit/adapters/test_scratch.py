from __future__ import annotations

import os
import signal
import tempfile
from multiprocessing import get_context
from pathlib import Path

import pytest

from floe_ingestion_dlt.adapters.system.scratch import scratch_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def die_with_rows_in_a_folder(temporary: Path) -> None:
    tempfile.tempdir = str(temporary)
    with scratch_folder("merge") as folder:
        (folder / "rows").write_text("left")
        os.kill(os.getpid(), signal.SIGKILL)


def names(temporary: Path) -> list[str]:
    return sorted(path.name.rsplit("-", 1)[0] for path in temporary.iterdir())


def test_a_folder_goes_with_its_block(temporary: Path) -> None:
    with scratch_folder("merge") as folder:
        (folder / "rows").touch()
        assert ["floe-merge"] == names(temporary)
    assert [] == names(temporary)


def test_what_a_dead_process_left_goes_with_the_next_folder(temporary: Path) -> None:
    process = get_context("spawn").Process(target=die_with_rows_in_a_folder, args=(temporary,))
    process.start()
    process.join(60)
    assert ["floe-merge"] == names(temporary)
    with scratch_folder("merge") as folder:
        assert [folder] == list(temporary.iterdir())


def test_folders_that_are_in_use_stay(temporary: Path) -> None:
    with scratch_folder("merge") as first, scratch_folder("merge") as second:
        assert {first, second} == set(temporary.iterdir())


def test_what_was_not_made_here_stays(temporary: Path) -> None:
    (temporary / "floe-merge-without-a-lock").mkdir()
    (temporary / "floe-merge-file").touch()
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / ".lock").touch()
    (temporary / "floe-merge-link").symlink_to(temporary / "elsewhere")
    with scratch_folder("merge"):
        pass
    assert ["elsewhere", "floe-merge", "floe-merge", "floe-merge-without-a"] == names(temporary)
