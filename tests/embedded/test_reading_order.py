"""Of several rows with one key in a load, the last one that was read wins, in however many files the rows are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.domain.merge import STRATEGIES
from tests.embedded.test_dlt_users import Shop
from tests.platforms import TABLE, Platform

FILES = 12
ALL = [strategy.name for strategy in STRATEGIES]


@pytest.fixture(autouse=True)
def many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dlt begin a new file after two rows; it does so with larger ones at 256 MB, or if a row has a new column."""
    monkeypatch.setenv("DATA_WRITER__FILE_MAX_ITEMS", "2")


def columns(number: int) -> dict[str, int]:
    """A row; every third one has a column that no row before it has."""
    return {"id": 1, "v": number} | ({f"w{number}": 1} if number % 3 == 0 else {})


def csv(folder: Path, number: int) -> None:
    (folder / f"{number:02}.csv").write_text(f"id,v\n1,-1\n2,{number}\n1,{number}\n")


def jsonl(folder: Path, number: int) -> None:
    rows = [{"id": 1, "v": -1}, {"id": 2, "v": number}, columns(number)]
    (folder / f"{number:02}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def parquet(folder: Path, number: int) -> None:
    rows = [{"id": 1, "v": -1}, {"id": 2, "v": number}, columns(number)]
    names = sorted({name for row in rows for name in row})
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    pq.write_table(table, folder / f"{number:02}.parquet", row_group_size=2)


def merge_options(strategy: str = "delete-insert") -> dict[str, str]:
    return {"primary_key": "id", "merge_strategy": strategy}


@pytest.mark.parametrize("write", [csv, jsonl, parquet])
@pytest.mark.parametrize("strategy", ALL)
def test_the_last_row_of_the_last_file_wins(
    platform: Platform, strategy: str, write: Callable[[Path, int], None]
) -> None:
    for number in range(FILES):
        write(platform.data, number)
    source = merge_options(strategy) | {"format": write.__name__}
    # With a cursor, scd2 keeps one version for each key.
    assert platform.load(write_mode="merge", source_config=source, cursor="v").success
    assert [{"id": 1, "v": FILES - 1}, {"id": 2, "v": FILES - 1}] == platform.rows("id", "v")


@pytest.mark.parametrize("workers", ["1", "3"])
def test_the_last_of_rows_wins_with_its_nested_rows(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("NORMALIZE__WORKERS", workers)
    rows = [columns(number) | {"tags": [{"t": number}, {"t": -number}]} for number in range(30)]
    assert platform.load(rows, write_mode="merge", source_config=merge_options()).success
    assert [{"v": 29}] == platform.rows("v")
    assert [{"t": -29}, {"t": 29}] == platform.rows("t", table=f"{TABLE}__tags")


def test_of_rows_with_equal_values_to_sort_by_the_last_one_wins(platform: Platform) -> None:
    rows = [{"id": 1, "at": number // 20, "v": number} for number in range(40)]
    source = merge_options() | {"dedup_sort": {"at": "asc"}}
    assert platform.load(rows, write_mode="merge", source_config=source).success
    assert [{"at": 0, "v": 19}] == platform.rows("at", "v")


def test_rows_win_in_order_in_pipelines_of_dlt_too(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.merge([{"id": 1, "n": number} for number in range(40)], primary_key="id")
    assert [39] == shop.rows
    shop.pipeline.deactivate()
