"""The folder that a run works in: one run has it at a time, whoever else comes."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.errors import ErrorCategory, IngestionError, PipelineConfigurationError
from tests.platforms import Platform, Row

Pages = Iterator[list[Row]]


class AtFirstPage:
    """A source that does *act* when its first page is read and the rest is still to come."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self.found: list[Any] = []

    def pages(self) -> Pages:
        yield [{"id": 1}]
        self.found.append(self._act())
        yield [{"id": 2}]


def in_a_thread(act: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def loaded(platform: Platform, pipeline: Any, rows: Iterator[list[Row]]) -> IngestionResult:
    return platform.plugin.run(pipeline, source=dlt.resource(rows, name="orders"))


def test_a_run_during_a_run_of_the_same_pipeline_is_told_who_has_the_folder(platform: Platform) -> None:
    source = AtFirstPage(lambda: in_a_thread(lambda: platform.load([{"id": 3}])))
    first = loaded(platform, platform.pipeline(), source.pages())
    (second,) = source.found
    assert (True, 2) == (first.success, first.rows_loaded)
    assert [] == [error for error in second.errors if f"process {os.getpid()} on " not in error]
    assert second.errors[0].startswith("[TRANSIENT] FolderInUse: the working folder ")
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


def test_a_pipeline_that_two_threads_share_runs_for_one_of_them_at_a_time(platform: Platform) -> None:
    pipeline = platform.pipeline()
    source = AtFirstPage(lambda: in_a_thread(lambda: loaded(platform, pipeline, iter([[{"id": 3}]]))))
    first = loaded(platform, pipeline, source.pages())
    assert (True, 2, False) == (first.success, first.rows_loaded, source.found[0].success)
    assert 1 == loaded(platform, pipeline, iter([[{"id": 3}]])).rows_loaded
    assert [1, 2, 3] == [row["id"] for row in platform.rows("id")]


def test_a_pipeline_that_is_created_during_a_run_leaves_its_folder_as_it_is(platform: Platform) -> None:
    def contents() -> dict[str, bytes]:
        found = (path for path in (platform.folder / "pipelines").rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in found if path.suffix != ".lock"}

    def create() -> bool:
        before = contents()
        platform.pipeline()
        return before == contents()

    source = AtFirstPage(lambda: in_a_thread(create))
    result = loaded(platform, platform.pipeline(), source.pages())
    assert ([True], 2) == (source.found, result.rows_loaded)


def test_a_pipeline_made_before_another_process_left_rows_pending_loads_them(platform: Platform) -> None:
    """The folder is looked into when the run begins, not when the pipeline was made."""
    platform.load([{"id": 1}])
    early = platform.pipeline()
    failing = platform.pipeline()
    failing.activate()
    failing.extract(
        dlt.resource([{"id": 2}], name="orders"), table_name="orders", loader_file_format="parquet"
    )
    assert 1 == platform.plugin.run(early, source=dlt.resource([], name="orders")).rows_loaded
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


def test_pipelines_of_different_tables_run_in_threads_of_one_process(platform: Platform) -> None:
    tables = [f"bronze.t{number}" for number in range(4)]
    begin = threading.Barrier(len(tables))

    def load(number: int, table: str) -> list[IngestionResult]:
        def pages() -> Pages:
            begin.wait(60)
            for page in range(5):
                yield [{"id": page, "of": number, "lines": [{"line": page}]}]

        pipeline = platform.pipeline(table)
        return [
            platform.plugin.run(pipeline, source=dlt.resource(pages, name=table.rpartition(".")[2]))
            for _ in "ab"
        ]

    with ThreadPoolExecutor(len(tables)) as pool:
        results = [result for both in pool.map(load, range(4), tables) for result in both]
    assert [] == [error for result in results for error in result.errors]
    assert [5] * 8 == [result.rows_loaded for result in results]
    for number, table in enumerate(tables):
        assert [number] * 10 == [row["of"] for row in platform.rows("of", table=table)]
        assert 10 == len(platform.rows(table=f"{table}__lines"))


class TestFolderThatCannotBeUsed:
    @pytest.mark.parametrize("below", ["", "deep/er"])
    def test_because_a_file_has_its_name_is_a_setting_to_change(self, platform: Platform, below: str) -> None:
        (platform.folder / "a file").write_text("I am not a folder")
        platform.plugin = platform.a_plugin(pipelines_dir=str(platform.folder / "a file" / below))
        with pytest.raises(PipelineConfigurationError, match="pipelines_dir") as refused:
            platform.pipeline()
        assert ErrorCategory.CONFIGURATION is refused.value.category
        assert "a file" in str(refused.value)

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root cannot write")
    def test_because_it_cannot_be_written_is_a_setting_to_change(self, platform: Platform) -> None:
        platform.plugin = platform.a_plugin(pipelines_dir="/proc/pipelines")
        with pytest.raises(
            PipelineConfigurationError, match="Set pipelines_dir to a folder that this process can"
        ):
            platform.pipeline()

    def test_by_the_time_of_a_run_ends_it_before_anything_is_read(self, platform: Platform) -> None:
        read: list[int] = []
        pipeline = platform.pipeline()
        platform.forget_local_state()
        (platform.folder / "pipelines").write_text("I was a folder")
        result = platform.plugin.run(pipeline, source=dlt.resource(map(read.append, [1]), name="orders"))
        assert (False, []) == (result.success, read)
        assert "[CONFIGURATION] Invalid: pipelines_dir" in result.errors[0]

    def test_because_its_disk_fills_up_on_the_way_is_no_fault_of_the_source(self, platform: Platform) -> None:
        def pages() -> Pages:
            yield [{"id": 1}]
            raise OSError(errno.ENOSPC, "No space left on device")

        result = loaded(platform, platform.pipeline(), pages())
        assert "[CONFIGURATION] Invalid: pipelines_dir" in result.errors[0]
        assert "a disk with free space (No space left on device)" in result.errors[0]


def damage(pipeline: Any, names: str) -> None:
    """What a power cut does to files that were just written."""
    damaged = list(Path(pipeline.working_dir).glob(names))
    assert damaged
    for path in damaged:
        path.write_text("")


class TestDamagedFolder:
    @pytest.mark.parametrize("names", ["state.json", "schemas/*.json", "*/.version"])
    def test_without_pending_rows_is_made_anew(self, platform: Platform, names: str) -> None:
        platform.load([{"id": 1}])
        damage(platform.pipeline(), names)
        assert ([], 1) == ((result := platform.load([{"id": 2}])).errors, result.rows_loaded)
        assert [1, 2] == [row["id"] for row in platform.rows("id")]

    def test_that_a_run_uses_is_not_touched_by_who_creates_a_pipeline(self, platform: Platform) -> None:
        def create() -> str:
            damage(pipeline, "state.json")
            with pytest.raises(IngestionError) as refused:
                platform.pipeline()
            return str(refused.value)

        pipeline = platform.pipeline()
        source = AtFirstPage(lambda: in_a_thread(create))
        loaded(platform, pipeline, source.pages())
        assert source.found[0].startswith("[TRANSIENT] FolderInUse")

    def test_with_pending_rows_is_left_as_it_is_and_named(self, platform: Platform) -> None:
        pipeline = platform.pipeline()
        pipeline.activate()
        rows = dlt.resource([{"id": 1}], name="orders")
        pipeline.extract(rows, table_name="orders", loader_file_format="parquet")
        damage(pipeline, "state.json")
        result = platform.plugin.run(pipeline, source=dlt.resource([{"id": 2}], name="orders"))
        assert result.errors[0].startswith("[PERMANENT] FolderDamaged: the working folder ")
        assert pipeline.working_dir in result.errors[0]
        assert [] != list(Path(pipeline.working_dir).rglob("orders.*"))
