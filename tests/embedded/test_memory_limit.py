"""A load holds as many rows in memory as the limit allows."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.domain.memory import MIB
from tests.parquet_pages import page_sizes
from tests.platforms import Platform

ROWS, TEXT = 800, 100_000
SMALL, USUAL = 256 * MIB // 12, 64 * MIB


@pytest.fixture
def texts(platform: Platform) -> list[str]:
    """80 MB of texts in a file, whose column has another name in the table."""
    chosen = random.Random(1)
    texts = [chosen.randbytes(TEXT // 2).hex() for _ in range(ROWS)]
    rows = pa.table({"id": range(ROWS), "text": texts})
    pq.write_table(rows, platform.data / "a.parquet", row_group_size=50, write_batch_size=10)
    return texts


@pytest.mark.parametrize("mode", ["append", "merge"])
@pytest.mark.parametrize(
    ("settings", "largest"),
    [
        ({"memory_limit": "512MiB"}, SMALL),
        ({}, USUAL),
        ({"memory_limit": "1GiB", "parallel_sources": 3}, SMALL),
    ],
    ids=["little", "default", "three-at-once"],
)
def test_row_groups_are_as_large_as_the_memory_allows(
    platform: Platform,
    texts: list[str],
    settings: dict[str, Any],
    mode: str,
    largest: int,
) -> None:
    platform.plugin = platform.a_plugin(**settings)
    source = {"format": "parquet", "primary_key": "id", "columns": {"text": {"name": "body"}}}
    result = platform.load(source_config=source, write_mode=mode)
    assert result.success, result.errors
    sizes = [size for file in files_of(platform) for size in group_sizes(file)]
    assert max(sizes) <= largest + 2 * TEXT
    assert max(sizes) >= largest / 2
    assert max(size for file in files_of(platform) for size in page_sizes(file, "body")) <= 2 * MIB
    assert texts == [row["body"] for row in sorted(platform.rows("id", "body"), key=lambda row: row["id"])]


def files_of(platform: Platform) -> list[Path]:
    tasks = platform.catalog.load_table("bronze.orders").scan().plan_files()
    return [Path(task.file.file_path.removeprefix("file://")) for task in tasks]


def group_sizes(file: Path) -> list[int]:
    footer = pq.read_metadata(file)
    return [footer.row_group(number).total_byte_size for number in range(footer.num_row_groups)]
