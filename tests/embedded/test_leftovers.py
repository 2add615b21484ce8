"""What a host left when it died is found and removed through the plugin."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from floe_ingestion_dlt.errors import DestinationWriteError, PipelineConfigurationError
from tests.embedded.test_two_hosts import DyingHost
from tests.platforms import Platform

DAY = timedelta(days=1)


@pytest.fixture
def left(platform: Platform) -> Path:
    """A data file that no load will ever name, a week old; the table has the rows 1 and 2."""
    platform.csv("1.csv", "id\n1\n")
    platform.load(cursor="id")
    known = data_files(platform)
    platform.csv("2.csv", "id\n2\n")
    DyingHost(platform).load()
    (file,) = data_files(platform) - known
    platform.forget_local_state()
    platform.load(cursor="id")
    week_ago = file.stat().st_mtime - 7 * DAY.total_seconds()
    os.utime(file, (week_ago, week_ago))
    return file


def data_files(platform: Platform) -> set[Path]:
    return set((platform.folder / "warehouse" / "bronze" / "orders" / "data").iterdir())


def test_what_a_dead_host_left_is_told_and_removed_and_no_row_with_it(platform: Platform, left: Path) -> None:
    told = platform.plugin.remove_leftovers("bronze", older_than=DAY, dry_run=True)
    assert [(left.as_uri(), left.stat().st_size)] == [(file.path, file.bytes) for file in told]
    assert told == platform.plugin.remove_leftovers("bronze", older_than=DAY)
    assert not left.exists()
    assert [{"id": 1}, {"id": 2}] == platform.rows("id")
    assert () == platform.plugin.remove_leftovers("bronze", older_than=DAY)


def test_what_is_younger_stays(platform: Platform, left: Path) -> None:
    assert () == platform.plugin.remove_leftovers("bronze", older_than=8 * DAY)
    assert left.exists()


def test_what_a_running_load_may_just_have_staged_is_not_asked_for(platform: Platform) -> None:
    with pytest.raises(PipelineConfigurationError, match=r"older_than: '0:59:00'.*at least 1:00:00"):
        platform.plugin.remove_leftovers("bronze", older_than=timedelta(minutes=59))


def test_a_namespace_that_is_not_there_is_named(platform: Platform) -> None:
    with pytest.raises(PipelineConfigurationError, match=r"namespace: 'silver' cannot be used"):
        platform.plugin.remove_leftovers("silver")


def test_a_storage_that_fails_is_told(platform: Platform, left: Path) -> None:
    for metadata in (left.parent.parent / "metadata").glob("*.avro"):
        metadata.unlink()
    with pytest.raises(DestinationWriteError, match="bronze"):
        platform.plugin.remove_leftovers("bronze", older_than=DAY)
    assert left.exists()
