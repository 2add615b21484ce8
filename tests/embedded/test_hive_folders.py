"""Values in the names of folders are columns, with the same type whatever file comes first."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.config import DltIngestionConfig
from tests.platforms import TABLE, Platform


def write(folder: Path, kind: str, below: str, ids: list[int], **columns: Any) -> None:
    path = folder / below / f"a.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"id": n, **columns} for n in ids]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "csv":
        path.write_text("\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]))
    else:
        path.write_text("".join(f'{{"id": {n}}}\n' for n in ids))


def loaded(platform: Platform, kind: str, **options: Any) -> list[tuple[Any, ...]]:
    given = {"path": str(platform.data), "format": kind, **options}
    result = platform.plugin.run(platform.pipeline(TABLE, source_config=given))
    assert result.success, result.errors
    return sorted((tuple(row.values()) for row in platform.rows()), key=str)


FORMATS = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])


@FORMATS
def test_folders_become_columns_with_types(platform: Platform, kind: str) -> None:
    write(platform.data, kind, "dt=2026-01-31/n=7/country=DE", [1, 2])
    write(platform.data, kind, "dt=2026-02-01/n=-8/country=a%2Fb", [3])
    write(platform.data, kind, "dt=__HIVE_DEFAULT_PARTITION__/n=0/country=07", [4])
    write(platform.data, kind, ".", [5])
    assert [
        (1, date(2026, 1, 31), 7, "DE"),
        (2, date(2026, 1, 31), 7, "DE"),
        (3, date(2026, 2, 1), -8, "a/b"),
        (4, None, 0, "07"),
        (5, None, None, None),
    ] == loaded(platform, kind)


@FORMATS
def test_they_can_be_left_out(platform: Platform, kind: str) -> None:
    write(platform.data, kind, "dt=2026-01-31", [1])
    assert [(1,)] == loaded(platform, kind, hive_partitioning="off")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_of_the_file_counts_and_not_its_folder(platform: Platform, kind: str) -> None:
    write(platform.data, kind, "n=7", [1], n=8)
    assert [(1, 8)] == loaded(platform, kind)


@FORMATS
def test_a_later_load_keeps_the_type_of_the_table(platform: Platform, kind: str) -> None:
    write(platform.data, kind, "n=x/", [1])
    assert [(1, "x")] == loaded(platform, kind)
    (platform.data / "n=x" / f"a.{kind}").unlink()
    write(platform.data, kind, "n=7", [2])
    assert [(1, "x"), (2, "7")] == loaded(platform, kind)


def test_slices_have_the_types_of_all_files(platform: Platform) -> None:
    for number, name in enumerate(["1", "x", "2026-01-01"]):
        write(platform.data, "csv", f"n={name}", [number])
    source = {
        "name": "orders",
        "source_type": "filesystem",
        "source_config": {"path": str(platform.data), "format": "csv"},
        "destination_table": TABLE,
    }
    plugin = platform.a_plugin(**DltIngestionConfig(sources=[source]).model_dump(include={"sources"}))
    pipeline = plugin.create_pipeline(plugin.ingestion_config("orders"))
    with ThreadPoolExecutor(1) as one:
        report = plugin.load_in_slices(pipeline, 3, one)
    assert (None, 3) == (report.error, report.rows)
    assert ["1", "2026-01-01", "x"] == sorted(row["n"] for row in platform.rows())


def test_a_folder_may_be_the_cursor(platform: Platform) -> None:
    write(platform.data, "csv", "dt=2026-01-31", [1])
    assert platform.load(cursor="dt").success
    write(platform.data, "csv", "dt=2026-02-01", [2])
    assert platform.load(cursor="dt").success
    assert [1, 2] == sorted(row["id"] for row in platform.rows())


def test_rows_without_the_column_have_the_value_of_the_folder_in_every_block(platform: Platform) -> None:
    path = platform.data / "n=7" / "a.jsonl"
    path.parent.mkdir()
    path.write_text('{"id": 1, "n": 8}\n' * 60_000 + '{"id": 2}\n' * 160_000)
    assert {(1, 8): 60_000, (2, 7): 160_000} == Counter(loaded(platform, "jsonl"))
