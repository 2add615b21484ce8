"""Folders with links, pipes and names that are made to harm: what stays inside is read once, and nothing is passed over in silence."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.local_files import LocalFolder
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.source import FilesystemSource
from floe_ingestion_dlt.domain.events import Event, FilesSkipped
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.globs import Glob
from floe_ingestion_dlt.ports.source import NothingToReadError, Reading
from tests.misbehaving.folders import config_map
from tests.platforms import Platform
from tests.published import published_events
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of

# A plain pattern is what links are made for; the usual one looks into hidden folders, too.
GLOBS = pytest.mark.parametrize("glob", ["*.csv", "**/*.csv", "**"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file outside of it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "private.csv").write_text("id\n4242\n")
    (made := tmp_path / "in").mkdir()
    return made


def ids(folder: Path, glob: str = "**/*.csv") -> list[int]:
    return [row["id"] for row in rows_of(plan_of(folder, include_glob=glob))]


def told(folder: Path) -> list[FilesSkipped]:
    source = plan_of(folder).source
    assert isinstance(source, Filesystem)
    heard: list[Event] = []
    with suppress(NothingToReadError):
        list(FilesystemSource(source).read("files", None, Reading(report=heard.append)))
    return [event for event in heard if isinstance(event, FilesSkipped)]


class TestLinks:
    @GLOBS
    def test_a_config_map_is_read_once_in_order_of_its_names(self, folder: Path, glob: str) -> None:
        config_map(folder, "b.csv", "a.csv")
        assert ids(folder, glob) == [1, 0]

    @GLOBS
    def test_two_links_and_the_file_are_read_once(self, folder: Path, glob: str) -> None:
        (folder / "m.csv").write_text("id\n1\n")
        for name in ("a.csv", "z.csv"):
            (folder / name).symlink_to("m.csv")
        assert ids(folder, glob) == [1]

    def test_hard_links_are_files_of_their_own(self, folder: Path) -> None:
        (folder / "a.csv").write_text("id\n1\n")
        (folder / "b.csv").hardlink_to(folder / "a.csv")
        assert ids(folder) == [1, 1]

    def test_a_link_to_a_folder_is_followed(self, folder: Path) -> None:
        (folder / "releases" / "2").mkdir(parents=True)
        (folder / "releases" / "2" / "a.csv").write_text("id\n2\n")
        (folder / "current").symlink_to("releases/2")
        assert ids(folder, "current/*.csv") == [2]

    def test_loops_of_links_end(self, folder: Path) -> None:
        (folder / "a.csv").write_text("id\n1\n")
        for name in "xyz":
            (folder / name).mkdir()
            for other in "xyz":
                (folder / name / f"to_{other}").symlink_to(f"../{other}")
            (folder / name / "up").symlink_to("..")
            (folder / name / f"{name}.csv").write_text("id\n2\n")
        assert sorted(ids(folder)) == [1, 2, 2, 2]

    @pytest.mark.parametrize("target", ["../outside/private.csv", "/dev/zero"])
    def test_a_link_that_leaves_the_folder_is_refused_with_both_names(
        self, folder: Path, target: str
    ) -> None:
        (folder / "a.csv").symlink_to(target)
        (folder / "b.csv").write_text("id\n1\n")
        fault = failure_of(plan_of(folder))
        assert f"{folder}/a.csv is a link that leaves {folder}" in fault.cause
        assert Path(target).name in fault.cause

    def test_a_folder_elsewhere_is_refused_too_unless_nothing_in_it_is_asked_for(self, folder: Path) -> None:
        (folder / "sub").symlink_to("../outside")
        (folder / "b.csv").write_text("id\n1\n")
        assert f"{folder}/sub is a link that leaves" in failure_of(plan_of(folder)).cause
        assert ids(folder, "*.csv") == [1]

    def test_the_path_itself_may_be_a_link(self, folder: Path, tmp_path: Path) -> None:
        (folder / "a.csv").write_text("id\n1\n")
        (tmp_path / "link").symlink_to("in")
        (tmp_path / "file.csv").symlink_to("in/a.csv")
        assert ids(tmp_path / "link") == ids(tmp_path / "file.csv") == [1]

    @pytest.mark.parametrize("place", ["a.csv", "sub/a.csv"])
    def test_a_name_that_becomes_a_link_after_it_was_listed_is_not_opened(
        self, folder: Path, place: str
    ) -> None:
        (folder / "sub").mkdir()
        (folder / place).write_text("id\n1\n")
        (file,) = LocalFolder(str(folder), Glob.parse("**").unwrap()).files()
        first = folder / place.split("/", maxsplit=1)[0]
        first.rename(folder / "moved")
        first.symlink_to("../outside/private.csv" if first.name == "a.csv" else "../outside")
        with pytest.raises(Exception, match="removed or replaced") as caught:
            file.open()
        fault = caught.value.fault  # type: ignore[attr-defined]
        assert isinstance(fault, SourceFailed)
        assert Category.TRANSIENT is fault.category


class TestWhatIsNoFile:
    def test_all_that_is_passed_over_is_counted_by_reason(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe.csv")
        os.mkfifo(folder / "other.csv")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "s.csv"))
        (folder / "dangling.csv").symlink_to("nothing")
        (folder / "itself.csv").symlink_to("itself.csv")
        (folder / "ignored.txt").symlink_to("nothing")
        (folder / "b.csv").write_text("id\n1\n")
        assert {
            "it is a named pipe": 2,
            "it is a socket": 1,
            "it is a link to something that is not there": 1,
            "it is a link that leads to itself": 1,
        } == {event.reason: event.files for event in told(folder)}

    def test_a_run_tells_of_it_and_loads_the_rest(self, tmp_path: Path) -> None:
        platform = Platform(tmp_path)
        platform.csv("b.csv", "id\n1\n")
        os.mkfifo(platform.data / "a\x1b[2J.csv")
        assert platform.load().rows_loaded == 1
        (event,) = [each for each in published_events(platform.telemetry) if each.name == "files_skipped"]
        assert event.attributes == {
            "files": 1,
            "reason": "it is a named pipe",
            "first": f"{platform.data}/a\\x1b[2J.csv",
        }

    def test_a_path_that_is_a_pipe_is_refused(self, folder: Path) -> None:
        os.mkfifo(folder / "a.csv")
        assert "is a named pipe, not a folder or a file" in failure_of(plan_of(folder / "a.csv")).cause


class TestNames:
    @pytest.mark.parametrize(
        "name", ["a\x1b]0;x\x07.csv", "a\n2026-01-01 INFO all is well.csv", "\u202eb.csv"]
    )
    def test_marks_in_a_name_are_escaped_in_what_is_told(self, folder: Path, name: str) -> None:
        (folder / name).write_text("id\n1,2\n")
        fault = failure_of(plan_of(folder))
        assert fault.cause.isprintable()
        assert "row 2: 2 fields instead of 1" in fault.cause

    def test_a_name_that_is_no_text_is_read(self, folder: Path) -> None:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_text("id\n1\n")
        assert ids(folder) == [1]

    @pytest.mark.parametrize("glob", ["../outside/*.csv", "a/../../outside/*"])
    def test_a_pattern_does_not_climb(self, folder: Path, glob: str) -> None:
        with pytest.raises(ValueError, match=r"a pattern without \.\."):
            plan_of(folder, include_glob=glob)
        with pytest.raises(ValueError, match=r"a pattern without \.\."):
            plan_of(f"{folder}/*/../../outside/*.csv")
