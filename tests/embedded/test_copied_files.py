"""Large Parquet files are loaded as they are, and each load is still all or nothing, and exactly once."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.dlt.engine.copied_files import add_to_packages
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_copies import SMALLEST_BYTES
from floe_ingestion_dlt.ports.retries import NoRetries
from tests.platforms import TABLE, Platform

ROWS = 1_500_000
# How the files are written: numbers at random, which no codec makes smaller.
WRITING: dict[str, Any] = {"use_dictionary": False, "row_group_size": 500_000}


def numbers(first: int = 0, rows: int = ROWS) -> pa.Table:
    seed = os.urandom(8 * rows)
    return pa.table(
        {
            "id": range(first, first + rows),
            "v": pa.Array.from_buffers(pa.int64(), rows, [None, pa.py_buffer(seed)]),
        }
    )


def put(platform: Platform, name: str, table: pa.Table, **writing: Any) -> Path:
    path = platform.data / f"{name}.parquet"
    pq.write_table(table, path, **(WRITING | writing))
    assert path.stat().st_size >= SMALLEST_BYTES
    return path


def pipeline_of(platform: Platform, source: dict[str, Any] | None = None, **options: Any) -> Any:
    own = {"path": str(platform.data), "format": "parquet"}
    return platform.pipeline(source_config=own | (source or {}), **options)


def load(platform: Platform, source: dict[str, Any] | None = None, **options: Any) -> int:
    result = platform.plugin.run(pipeline_of(platform, source, **options))
    assert result.success, result.errors
    return result.rows_loaded


def content(platform: Platform) -> pa.Table:
    return platform.catalog.load_table(TABLE).scan().to_arrow().sort_by("id")


def files(platform: Platform) -> list[Path]:
    paths = platform.catalog.load_table(TABLE).inspect.files()["file_path"].to_pylist()
    return [Path(str(path).removeprefix("file://")) for path in paths]


def is_copy(file: Path, of: Path) -> bool:
    """Whether the file has the bytes of the other one before its footer."""
    data = of.read_bytes()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    return file.read_bytes()[:start] == data[:start]


def waiting(platform: Platform) -> list[Path]:
    """The rows in the working folder."""
    return [path for path in (platform.folder / "pipelines").rglob("*.parquet") if path.is_file()]


@pytest.mark.parametrize("is_nullable", [True, False])
def test_the_bytes_of_a_file_become_a_file_of_the_table(platform: Platform, *, is_nullable: bool) -> None:
    table = numbers()
    schema = pa.schema([field.with_nullable(is_nullable) for field in table.schema])
    source = put(platform, "a", table.cast(schema))
    assert ROWS == load(platform)
    (file,) = files(platform)
    assert is_copy(file, source)
    assert table.equals(content(platform).cast(table.schema))
    assert (True, []) == (platform.plugin.verify(TABLE).is_sound, waiting(platform))
    assert 0 == load(platform)


def test_small_files_are_written_into_one_beside_it(platform: Platform) -> None:
    source = put(platform, "b", numbers())
    for place, name in enumerate(("a", "c", "d")):
        pq.write_table(numbers(ROWS + 10 * place, 10), platform.data / f"{name}.parquet")
    assert ROWS + 30 == load(platform)
    assert list(range(ROWS + 30)) == content(platform)["id"].to_pylist()
    assert 1 == sum(is_copy(file, source) for file in files(platform))
    assert len(files(platform)) <= 3


def test_columns_may_have_another_order_and_be_new_or_missing(platform: Platform) -> None:
    load_first = put(platform, "a", numbers())
    load(platform)
    later = numbers(ROWS)
    put(platform, "b", pa.table({"w": later["v"], "id": later["id"]}))
    assert ROWS == load(platform)
    found = content(platform)
    assert later["v"].to_pylist() == found["w"].to_pylist()[ROWS:]
    assert pq.read_table(load_first)["v"].to_pylist() == found["v"].to_pylist()[:ROWS]
    assert (ROWS, ROWS) == (found["v"].null_count, found["w"].null_count)


def test_a_table_is_replaced(platform: Platform) -> None:
    put(platform, "a", numbers())
    load(platform, write_mode="replace")
    table = numbers(7)
    source = put(platform, "a", table)
    assert ROWS == load(platform, write_mode="replace")
    assert table.equals(content(platform).cast(table.schema))
    assert is_copy(files(platform)[0], source)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ({"cursor_field": "id"}, {}),
        ({"provenance": ["file"]}, {}),
        ({"columns": {"v": {"name": "renamed"}}}, {}),
        ({"primary_key": "id"}, {"write_mode": "merge"}),
        ({"reader_options": {"columns": ["id"]}}, {}),
    ],
    ids=str,
)
def test_rows_that_are_compared_changed_or_merged_are_written_anew(
    platform: Platform, source: dict[str, Any], options: dict[str, Any]
) -> None:
    path = put(platform, "a", numbers())
    assert ROWS == load(platform, source, **options)
    assert list(range(ROWS)) == content(platform)["id"].to_pylist()
    assert not any(is_copy(file, path) for file in files(platform))


def test_columns_in_folders_are_added_to_the_rows(platform: Platform) -> None:
    (platform.data / "day=7").mkdir()
    put(platform, "day=7/a", numbers())
    assert ROWS == load(platform)
    assert {7} == set(content(platform)["day"].unique().to_pylist())


def test_a_column_with_another_name_in_the_table_is_written_anew(platform: Platform) -> None:
    path = put(platform, "a", numbers().rename_columns(["Id", "v"]))
    assert ROWS == load(platform)
    assert list(range(ROWS)) == content(platform)["id"].to_pylist()
    assert not is_copy(files(platform)[0], path)


def test_a_new_column_is_refused_by_a_frozen_table_and_nothing_stays(platform: Platform) -> None:
    put(platform, "a", numbers())
    load(platform)
    later = numbers(ROWS)
    put(platform, "b", later.append_column("w", later["v"]))
    result = platform.plugin.run(pipeline_of(platform, schema_contract="freeze"))
    assert not result.success
    assert "w" in result.errors[0]
    assert (ROWS, []) == (len(content(platform)), waiting(platform))


def test_values_without_a_place_are_counted(platform: Platform) -> None:
    put(platform, "a", numbers())
    load(platform)
    later = numbers(ROWS)
    put(platform, "b", later.append_column("w", later["v"]))
    report = platform.plugin.load(pipeline_of(platform, schema_contract="discard_value"))
    assert report.error is None
    assert {"w": ROWS} == {
        each.column: each.rows for receipt in report.receipts for each in receipt.discarded
    }
    assert 2 * ROWS == len(content(platform))


def test_a_damaged_file_is_refused_before_its_rows_are_in_the_table(platform: Platform) -> None:
    path = put(platform, "a", numbers(), write_page_checksum=True)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    result = platform.plugin.run(pipeline_of(platform))
    assert not result.success
    assert "a.parquet is not a Parquet file, or is damaged" in result.errors[0]
    assert [] == waiting(platform)


def extract_only(_pipeline: LoadPipeline) -> None:
    """End the run when the rows are pending."""


def normalize_too(pipeline: LoadPipeline) -> None:
    pipeline.activate()
    pipeline.normalize()


def add_files_too(pipeline: LoadPipeline) -> None:
    normalize_too(pipeline)
    add_to_packages(pipeline)


def end_after(platform: Platform, steps: Callable[[LoadPipeline], None]) -> None:
    """Run as a process that dies after some steps."""
    engine, pipeline = platform.plugin._connections.engine, pipeline_of(platform)
    with suppress(KeyError), engine.claim(pipeline, pipeline.plan).unwrap() as claimed:
        engine.follow(claimed, pipeline.plan)
        engine.extract(claimed, None, NoRetries()).unwrap()
        steps(claimed)
        raise KeyError


@pytest.mark.parametrize("steps", [extract_only, normalize_too, add_files_too])
def test_a_run_that_dies_is_finished_by_the_next_one(
    platform: Platform, steps: Callable[[LoadPipeline], None]
) -> None:
    table = numbers()
    source = put(platform, "a", table)
    end_after(platform, steps)
    assert 1 == sum(
        is_copy(path, source) for path in waiting(platform) if path.stat().st_size > SMALLEST_BYTES
    )
    source.unlink()
    assert ROWS == load(platform, {"on_no_files": "ok"})
    assert table.equals(content(platform).cast(table.schema))
    assert [] == waiting(platform)


@pytest.mark.parametrize("steps", [extract_only, normalize_too])
def test_a_load_without_its_file_is_not_committed_and_is_read_again(
    platform: Platform, steps: Callable[[LoadPipeline], None]
) -> None:
    put(platform, "a", numbers())
    end_after(platform, steps)
    for path in waiting(platform):
        if path.stat().st_size > SMALLEST_BYTES:
            path.unlink()
    result = platform.plugin.run(pipeline_of(platform))
    assert (False, 0) == (result.success, result.rows_loaded)
    assert "none of it is committed" in result.errors[0]
    assert ROWS == load(platform)
    assert ROWS == len(content(platform))


def test_a_full_disk_is_that_of_the_working_folder(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(platform, "a", numbers())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    result = platform.plugin.run(pipeline_of(platform))
    assert "Set pipelines_dir to a folder on a disk with free space" in result.errors[0]
    monkeypatch.undo()
    assert (ROWS, []) == (load(platform), waiting(platform))
