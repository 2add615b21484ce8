"""No row stays in the working folder that is not pending."""

from __future__ import annotations

import errno
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.catalogs import sqlite_catalog
from tests.crashes.child import Cell, load
from tests.platforms import Platform

# What rows have in them, and nothing else: Parquet files of dlt's own tables do not count.
MARK = "Zoë Ångström"


def rows_on_disk(folder: Path) -> list[str]:
    """The files of user tables, and any file that has the mark in it."""
    found = [path for path in (folder / "pipelines").rglob("*") if path.is_file()]
    return sorted(
        path.name
        for path in found
        if path.suffix in {".parquet", ".jsonl", ".csv"}
        or ".typed-jsonl" in path.name
        or MARK.encode() in path.read_bytes()
    )


def marked(*ids: int, **more: object) -> list[dict[str, Any]]:
    return [{"id": number, "name": MARK, "lines": [{"line": MARK}], **more} for number in ids]


def failing_source() -> Iterator[list[dict[str, Any]]]:
    yield marked(1)
    raise ValueError("no more pages")


def test_after_a_load_its_rows_are_in_the_table_only(platform: Platform) -> None:
    assert 2 == platform.load(marked(1, 2)).rows_loaded
    assert [] == rows_on_disk(platform.folder)


def test_after_a_load_that_brings_nothing_there_are_none(platform: Platform) -> None:
    platform.load(marked(1))
    assert 0 == platform.load([]).rows_loaded
    assert [] == rows_on_disk(platform.folder)


def test_a_refused_load_leaves_none(platform: Platform) -> None:
    platform.load(marked(1))
    assert not platform.load(marked(2, zip="1"), schema_contract="freeze").success
    assert [] == rows_on_disk(platform.folder)


def test_a_source_that_failed_leaves_none(platform: Platform) -> None:
    result = platform.plugin.run(platform.pipeline(), source=dlt.resource(failing_source(), name="orders"))
    assert (False, []) == (result.success, rows_on_disk(platform.folder))


@pytest.mark.parametrize(
    "moment",
    [Milestone.EXTRACTED, Milestone.NORMALIZING, Milestone.STAGED, Milestone.ROWS_IN],
    ids=lambda m: m.name,
)
def test_rows_that_a_killed_run_left_go_with_the_next(tmp_path: Path, moment: Milestone) -> None:
    settings = sqlite_catalog(tmp_path)
    cell = Cell(moment, "append", fresh_host=False)
    load(tmp_path, settings, cell, step=1, ends=(moment, signal.SIGKILL))
    assert [] != rows_on_disk(tmp_path)
    assert 0 == load(tmp_path, settings, cell, step=1)
    assert [] == rows_on_disk(tmp_path)


def test_rows_that_are_pending_stay(platform: Platform) -> None:
    """A load that could not be committed is committed by the next run."""
    pipeline = platform.pipeline()
    pipeline.activate()
    pipeline.extract(
        dlt.resource(marked(1), name="orders"), table_name="orders", loader_file_format="parquet"
    )
    with pytest.raises(KeyError):
        _claimed_and_left(platform.plugin, pipeline)
    assert [] != rows_on_disk(platform.folder)
    assert 1 == platform.load([]).rows_loaded
    assert [] == rows_on_disk(platform.folder)


def _claimed_and_left(plugin: DltIngestionPlugin, pipeline: Any) -> None:
    with plugin._connections.engine.claim(pipeline, pipeline.plan).unwrap():
        raise KeyError


def test_what_dlt_tells_of_a_load_can_still_be_asked_for(platform: Platform) -> None:
    pipeline = platform.pipeline()
    platform.plugin.run(pipeline, source=dlt.resource(marked(1), name="orders"))
    (load_id,) = pipeline.list_completed_load_packages()
    assert "loaded" == pipeline.get_load_package_info(load_id).state


def test_a_process_that_died_when_a_package_was_normalized_does_not_normalize_it_twice(
    platform: Platform,
) -> None:
    """dlt moves the normalized package to its place, and deletes the extracted one after that."""
    pipeline = platform.pipeline()
    pipeline.activate()
    pipeline.extract(
        dlt.resource(marked(1), name="orders"), table_name="orders", loader_file_format="parquet"
    )
    extracted = Path(pipeline.working_dir, "normalize", "extracted")
    shutil.copytree(extracted, platform.folder / "copy")
    pipeline.normalize()
    shutil.copytree(platform.folder / "copy", extracted, dirs_exist_ok=True)
    result = platform.load([])
    assert ([], 1) == (result.errors, result.rows_loaded)
    assert [1] == [row["id"] for row in platform.rows("id")]


def test_a_disk_without_room_to_normalize_costs_no_pending_rows(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("dlt.common.storages.load_storage.LoadStorage.commit_new_load_package", no_room)
        full = platform.load(marked(1))
    assert "[CONFIGURATION] Invalid: pipelines_dir" in full.errors[0]
    assert 1 == platform.load([]).rows_loaded
