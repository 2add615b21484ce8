"""The working folder is one user's: others cannot read the rows in it, and what they could have written is not used."""

from __future__ import annotations

import json
import os
import pickle
import stat
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform

OTHER_USER = 12345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")


@pytest.fixture(params=[0o022, 0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


class Died(BaseException):
    """The end of a process."""


class Watched:
    """A run's working folder: what others could read in it at each milestone; at the *last* one the run ends."""

    def __init__(self, folder: Path, last: Milestone | None = None) -> None:
        self.folder = folder
        self.last = last
        self.open: list[str] = []

    def __call__(self, milestone: Milestone, _name: str) -> None:
        if milestone in {Milestone.EXTRACTED, Milestone.NORMALIZING, Milestone.STAGED}:
            self.open += [f"{milestone.name}: {found}" for found in open_to_others(self.folder)]
        if milestone is self.last:
            raise Died


def open_to_others(folder: Path) -> list[str]:
    """The files that other users can reach and read, or write."""
    found: list[str] = []
    for path in [folder, *(folder.iterdir() if folder.is_dir() else ())]:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            found.append(f"{path.name} {mode:04o}")
    return found


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def folders_of(platform: Platform) -> tuple[Path, Path, Path]:
    """The folder that was configured, the catalog's, and the pipeline's."""
    working = Path(platform.pipeline().working_dir)
    return working.parent.parent, working.parent, working


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_it_during_a_load_and_after_it(platform: Platform) -> None:
    watched = Watched(platform.folder / "pipelines")
    platform.plugin = platform.a_plugin(milestones=watched)
    assert platform.load([{"id": 1}]).success
    assert [] == watched.open
    modes = {mode_of(path) for path in (platform.folder / "pipelines").rglob("*") if path.is_file()}
    assert {0o600} == modes
    assert {0o700} == {mode_of(p) for p in (platform.folder / "pipelines").rglob("*") if p.is_dir()}


def test_one_of_an_earlier_version_is_closed_to_others(platform: Platform) -> None:
    platform.load([{"id": 1}])
    _, catalog, working = folders_of(platform)
    for path in (catalog, working, working / "state.json"):
        path.chmod(0o755)
    assert 1 == platform.load([{"id": 2}]).rows_loaded
    assert (0o700, 0o700, 0o600) == tuple(map(mode_of, (catalog, working, working / "state.json")))


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o1777], ids=oct)
@pytest.mark.parametrize("which", [0, 1, 2], ids=["pipelines_dir", "catalog", "pipeline"])
def test_one_that_others_can_write_to_is_refused(platform: Platform, which: int, mode: int) -> None:
    platform.load([{"id": 1}])
    folder = folders_of(platform)[which]
    folder.chmod(mode)
    with pytest.raises(IngestionError) as refused:
        platform.pipeline()
    assert f"[CONFIGURATION] FolderShared: the working folder {folder} " in str(refused.value)
    assert f"(mode {mode:04o})" in str(refused.value)
    assert mode == mode_of(folder)


def test_one_that_others_can_write_to_by_the_time_of_a_run_is_refused(platform: Platform) -> None:
    pipeline = platform.pipeline()
    Path(pipeline.working_dir).chmod(0o777)
    result = platform.plugin.run(pipeline, source=dlt.resource([{"id": 1}], name="orders"))
    assert result.errors[0].startswith("[CONFIGURATION] FolderShared")


@as_root
@pytest.mark.parametrize("which", [0, 1, 2], ids=["pipelines_dir", "catalog", "pipeline"])
def test_one_of_another_user_is_refused(platform: Platform, which: int) -> None:
    platform.load([{"id": 1}])
    folder = folders_of(platform)[which]
    os.chown(folder, OTHER_USER, -1)
    with pytest.raises(IngestionError, match=f"FolderShared.*it belongs to the user {OTHER_USER}"):
        platform.pipeline()


@pytest.mark.parametrize("which", [1, 2], ids=["catalog", "pipeline"])
def test_a_link_in_its_place_is_refused(platform: Platform, which: int) -> None:
    platform.load([{"id": 1}])
    folder = folders_of(platform)[which]
    folder.rename(platform.folder / "elsewhere")
    folder.symlink_to(platform.folder / "elsewhere")
    with pytest.raises(IngestionError, match=r"FolderShared.*it is a link"):
        platform.pipeline()


def test_the_configured_folder_may_be_a_link(platform: Platform) -> None:
    (platform.folder / "disk").mkdir(mode=0o755)
    (platform.folder / "pipelines").symlink_to(platform.folder / "disk")
    assert 1 == platform.load([{"id": 1}]).rows_loaded


class Evil:
    """What a pickle of somebody else does."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.mark),))


def test_no_pickle_is_written_and_none_is_read(platform: Platform) -> None:
    platform.load([{"id": 1}])
    working = folders_of(platform)[2]
    assert [] == list(working.parent.rglob("*.pickle"))
    mark = platform.folder / "ran"
    (working / "trace.pickle").write_bytes(pickle.dumps(Evil(mark)))
    pipeline = platform.pipeline()
    assert pipeline.last_trace is None
    platform.plugin.run(pipeline, source=dlt.resource([{"id": 2}], name="orders"))
    assert pipeline.last_trace is None
    assert [] == list(working.parent.rglob("*.pickle"))
    assert not mark.exists()


@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_files_that_a_pending_package_names_are_its_own_or_are_not_touched(
    platform: Platform, mode: str
) -> None:
    other = platform.load([{"id": 7}], table="bronze.customers")
    assert other.success
    (theirs,) = (platform.folder / "warehouse").rglob("customers/data/*.parquet")
    options: dict[str, Any] = {"write_mode": mode, "source_config": {"primary_key": "id"}}
    pipelines = platform.folder / "pipelines"
    platform.plugin = platform.a_plugin(milestones=Watched(pipelines, Milestone.STAGED))
    with pytest.raises(Died):
        platform.load([{"id": 1}], **deepcopy(options))
    name_in_packages(pipelines, theirs.as_uri())
    before = theirs.read_bytes()
    platform.plugin = platform.a_plugin()
    refused = platform.load([{"id": 2}], **deepcopy(options)).errors[0]
    assert f"{theirs.as_uri()} is no file that load " in refused
    assert refused.endswith("Run again: its rows are read from the source again.")
    assert platform.load([{"id": 2}], **deepcopy(options)).success
    assert {row["id"] for row in platform.rows("id")} <= {1, 2}
    assert before == theirs.read_bytes()
    assert [{"id": 7}] == platform.rows("id", table="bronze.customers")


def name_in_packages(working: Path, path: str) -> None:
    """Let each staged file be *path*."""
    changed = 0
    for file in working.rglob("load_package_state.json"):
        state = json.loads(file.read_text())
        for staged in state.get("destination_state", {}).get("floe_staged", {}).values():
            for entry in staged:
                entry["path"] = path
                changed += 1
        file.write_text(json.dumps(state))
    assert changed


def test_the_plugin_makes_its_folder_with_all_missing_ones_above(platform: Platform, tmp_path: Path) -> None:
    platform.plugin = platform.a_plugin(pipelines_dir=str(tmp_path / "a" / "b"))
    platform.pipeline()
    assert [0o700, 0o700] == [mode_of(tmp_path / "a"), mode_of(tmp_path / "a" / "b")]
