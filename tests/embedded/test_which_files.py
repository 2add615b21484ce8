"""Which files of a folder or bucket are read, and what is reported if none is."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from floe_ingestion_dlt.domain.events import FilesSkipped
from tests.platforms import TABLE, Platform

CSV = b"id\n%d\n"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A folder on a disk, or one of a file system that is not local."""
    if request.param == "folder":
        yield str(tmp_path / "in")
        return
    bucket = f"memory://{uuid4().hex}"
    yield bucket
    fsspec.filesystem("memory").rm(bucket, recursive=True)


def write(place: str, files: dict[str, bytes]) -> None:
    fs, root = fsspec.url_to_fs(place)
    for name, content in files.items():
        fs.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
        with fs.open(f"{root}/{name}", "wb") as file:
            file.write(content)


def loaded(platform: Platform, place: str, kind: str = "csv", **options: Any) -> list[int]:
    source = {"path": place, "format": kind, **options}
    pipeline = platform.pipeline(TABLE, source_config=source)
    result = platform.plugin.run(pipeline)
    assert result.success, result.errors
    return sorted(row["id"] for row in platform.rows()) if platform.catalog.table_exists(TABLE) else []


def skipped(platform: Platform) -> list[FilesSkipped]:
    return [found.event for found in platform.telemetry.events if isinstance(found.event, FilesSkipped)]


def test_the_usual_names_of_a_format_are_read(platform: Platform, place: str) -> None:
    names = ["a.csv", "B.CSV", "deep/c.csv.gz", "d.Csv.GZ"]
    packed = {
        name: gzip.compress(CSV % n) if "z" in name.lower() else CSV % n for n, name in enumerate(names)
    }
    write(place, packed | {"read.me": b"x", "e.csv.bak": CSV % 9, "f.tsv": CSV % 9})
    assert [0, 1, 2, 3] == loaded(platform, place)
    assert [] == skipped(platform)


def test_json_lines_have_several_usual_endings(platform: Platform, place: str) -> None:
    write(
        place,
        {f"a{n}.{end}": b'{"id": %d}\n' % n for n, end in enumerate(["jsonl", "ndjson", "json", "NDJSON"])},
    )
    assert [0, 1, 2, 3] == loaded(platform, place, "jsonl")


def test_hidden_files_are_passed_over_and_reported(platform: Platform, place: str) -> None:
    hidden = ["_temporary/0/a.csv", "_a.csv", "deep/.b.csv"]
    write(
        place, {"a.csv": CSV % 1, "_SUCCESS": b"", "_date=1/b.csv": CSV % 2} | dict.fromkeys(hidden, CSV % 9)
    )
    assert [1, 2] == loaded(platform, place)
    (told,) = skipped(platform)
    assert (3, "names that begin with . or _ are no data, unless include_glob has them") == (
        told.files,
        told.reason,
    )


def test_a_pattern_may_ask_for_hidden_files(platform: Platform, place: str) -> None:
    write(place, {"_a.csv": CSV % 1, "b.csv": CSV % 9, "c.csv": CSV % 9})
    assert [1] == loaded(platform, place, include_glob="_*.csv")


def test_files_of_which_none_matches_are_reported(platform: Platform, place: str) -> None:
    write(place, {"in/a.txt": CSV % 1, "in/b.txt": CSV % 1, "c.dat": CSV % 1})
    assert [] == loaded(platform, place)
    (told,) = skipped(platform)
    assert (3, "they are empty, or do not match **/*.csv") == (told.files, told.reason)
    assert told.first.endswith("/c.dat")


def test_a_pattern_is_taken_as_it_is_written(platform: Platform, place: str) -> None:
    write(place, {"A.CSV": CSV % 1, "a.csv.gz": b"x"})
    assert [] == loaded(platform, place, include_glob="*.csv")
    (told,) = skipped(platform)
    assert (2, "they are empty, or do not match *.csv") == (told.files, told.reason)


@pytest.mark.parametrize(
    ("files", "there"),
    [
        ({"in/a.txt": b"x"}, "has 1 files, such as "),
        ({"empty.csv": b"", "a.txt": b"x"}, "has 2 files, such as "),
    ],
    ids=["others", "empty"],
)
def test_files_may_be_required(platform: Platform, place: str, files: dict[str, bytes], there: str) -> None:
    write(place, files)
    source = {"path": place, "format": "csv", "on_no_files": "error"}
    (error,) = platform.plugin.run(platform.pipeline(TABLE, source_config=source)).errors
    assert error.startswith("[CONFIGURATION]")
    assert there in error
    assert ": they are empty, or do not match **/*.csv" in error
    assert "Set include_glob to a pattern for the files, or on_no_files to ok" in error


def test_an_empty_folder_may_be_refused(platform: Platform) -> None:
    source = {"on_no_files": "error"}
    (error,) = platform.plugin.run(platform.pipeline(TABLE, source_config=source)).errors
    assert f"{platform.data} has no files" in error


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("~/no-such-orders", f"~ is the home folder of the user that runs this, {Path.home()}."),
        ("$HOME/orders", "Write variables as ${NAME}: others are not replaced."),
    ],
)
def test_what_a_shell_would_replace_is_explained(platform: Platform, path: str, step: str) -> None:
    (error,) = platform.plugin.run(platform.pipeline(TABLE, source_config={"path": path})).errors
    assert f"{path} does not exist" in error
    assert step in error
