"""`plugin.files` says whether the files of a source have changed, and reads none of them."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.errors import PipelineConfigurationError, SourceConnectionError
from tests.platforms import Platform


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "files").mkdir()
    (made / "a.csv").write_text("id\n1\n")
    return made


def plugin_for(platform: Platform, place: str, **source: object) -> DltIngestionPlugin:
    config = {"bucket_url": place, "format": "csv"}
    given = {"name": "events", "source_type": "filesystem", "source_config": config} | source
    return platform.a_plugin(sources=[{"destination_table": "bronze.events", **given}])


def test_the_digest_is_that_of_the_files_that_would_be_read(platform: Platform, folder: Path) -> None:
    plugin = plugin_for(platform, str(folder))
    first = plugin.files("events")
    (folder / "empty.csv").touch()
    (folder / "other.txt").write_text("1")
    assert (1, first) == (first.files, plugin.files("events"))


def test_it_differs_if_a_file_is_added_written_again_or_removed(platform: Platform, folder: Path) -> None:
    plugin = plugin_for(platform, str(folder))
    lists = [plugin.files("events")]
    (folder / "b.csv").write_text("id\n2\n")
    lists.append(plugin.files("events"))
    # Of the same size, a nanosecond later.
    (folder / "b.csv").write_text("id\n3\n")
    later = (folder / "b.csv").stat().st_mtime_ns + 1
    os.utime(folder / "b.csv", ns=(later, later))
    lists.append(plugin.files("events"))
    (folder / "b.csv").unlink()
    assert [1, 2, 2] == [found.files for found in lists]
    assert 3 == len({found.digest for found in lists})
    assert lists[0] == plugin.files("events")


def test_files_in_a_bucket_differ_by_what_it_says_of_them(platform: Platform) -> None:
    bucket = fsspec.filesystem("memory")
    bucket.pipe("/bucket/a.csv", b"id\n1\n")
    plugin = plugin_for(platform, "memory://bucket")
    first = plugin.files("events")
    assert first == plugin.files("events")
    bucket.pipe("/bucket/a.csv", b"id\n2\n")
    assert (1, False) == (first.files, first == plugin.files("events"))
    bucket.rm("/bucket", recursive=True)


def test_a_folder_that_is_gone_is_an_error_that_names_it(platform: Platform, tmp_path: Path) -> None:
    with pytest.raises(SourceConnectionError, match="gone does not exist") as raised:
        plugin_for(platform, str(tmp_path / "gone")).files("events")
    assert Category.CONFIGURATION is raised.value.category


def test_a_source_without_files_is_refused(platform: Platform, tmp_path: Path) -> None:
    database = {"connection_string": f"sqlite:///{tmp_path}/shop.db", "table": "orders"}
    plugin = plugin_for(platform, "", source_type="sql_database", source_config=database)
    with pytest.raises(PipelineConfigurationError, match=r"source_type.*sql_database.*a source of files"):
        plugin.files("events")
