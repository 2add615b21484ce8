"""Jobs of a package are found while dlt moves them: a row file that is missed is not compared with the table."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dlt.common.storages import FileStorage
from dlt.common.storages.load_package import PackageStorage

from floe_ingestion_dlt.adapters.dlt.loader.load_package import JOB_STATES, LoadPackage

LOAD = "1795737484.191732"
JOB = "orders.85c52053d4.0.parquet"
STARTED = "started_jobs"
# The ways of a job: done at once, given up, and tried again.
WAYS: tuple[tuple[str, ...], ...] = (
    ("new_jobs", STARTED, "completed_jobs"),
    ("new_jobs", STARTED, "failed_jobs"),
    (STARTED, "new_jobs", STARTED),
)


class Moving(FileStorage):
    """A folder in which the job takes its next step just before *listed* is listed, or just after it."""

    def __init__(self, path: Path, steps: Sequence[tuple[str, str]], listed: str, *, after: bool) -> None:
        super().__init__(str(path), makedirs=True)
        self.steps, self.listed, self.after = list(steps), listed, after

    def list_folder_files(self, relative_path: str, to_root: bool = True) -> list[str]:  # noqa: FBT001, FBT002 - dlt's signature
        is_it = Path(relative_path).name == self.listed
        if is_it and not self.after:
            self.step(Path(relative_path).parent)
        found = super().list_folder_files(relative_path, to_root)
        if is_it and self.after:
            self.step(Path(relative_path).parent)
        return found

    def step(self, package: Path) -> None:
        if self.steps:
            left, reached = self.steps.pop(0)
            folder = Path(self.make_full_path(str(package)))
            shutil.move(folder / left / JOB, folder / reached / JOB)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("listed", JOB_STATES)
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_job_that_moves_while_jobs_are_listed_is_found(
    tmp_path: Path,
    way: tuple[str, ...],
    listed: str,
    after: bool,  # noqa: FBT001 - pytest's
) -> None:
    for state in JOB_STATES:
        (tmp_path / LOAD / state).mkdir(parents=True)
    (tmp_path / LOAD / way[0] / JOB).write_bytes(b"PAR1")
    storage = PackageStorage(Moving(tmp_path, list(pairwise(way)), listed, after=after), "normalized")
    context: Any = SimpleNamespace(storage=storage, load_id=LOAD, state={})
    with ExitStack() as opened:
        assert ["orders.85c52053d4.parquet"] == list(LoadPackage(context).open_files("orders", opened))
