"""How large the files are that loads write, and which of them a merge writes again."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest

from tests.platforms import TABLE, Platform

KB: Final = 1000
MB: Final = 1000 * KB
# Row groups are closed at 64 MB, and files of merges at 32 MB.
ROWS: Final = 21_000
FILES: Final = 4
MERGES: Final[dict[str, Any]] = {"write_mode": "merge", "source_config": {"primary_key": "id"}}


def send(platform: Platform, first: int, count: int) -> dict[int, str]:
    """Load rows of 10 kB, which are half as large when they are compressed."""
    texts = random.Random(first)
    rows = {first + number: texts.randbytes(5 * KB).hex() for number in range(count)}
    load(platform, rows)
    return rows


def load(platform: Platform, rows: dict[int, str]) -> None:
    platform.csv("rows.csv", "id,text\n" + "".join(f"{key},{text}\n" for key, text in rows.items()))
    result = platform.load(**MERGES)
    assert result.success, result.errors


def files_of(platform: Platform) -> set[str]:
    return {task.file.file_path for task in platform.catalog.load_table(TABLE).scan().plan_files()}


def test_a_merge_writes_only_the_files_again_that_have_its_keys(platform: Platform) -> None:
    rows = send(platform, 0, ROWS)
    before = files_of(platform)
    assert len(before) == FILES
    changes = {ROWS - 1: "changed", ROWS: "new"}
    load(platform, changes)
    assert len(before & files_of(platform)) == FILES - 1
    load(platform, {0: "first"})
    assert len(before & files_of(platform)) == FILES - 2
    found = {row["id"]: row["text"] for row in platform.rows("id", "text")}
    assert rows | changes | {0: "first"} == found


@pytest.mark.parametrize(("size", "files"), [(None, 1), (20 * MB, 2)])
def test_what_a_table_says_of_its_files_holds_in_merges_too(
    platform: Platform, size: int | None, files: int
) -> None:
    send(platform, 0, 1)
    if size is not None:
        sizes = {"write.target-file-size-bytes": size, "write.parquet.row-group-size-bytes": 8 * MB}
        with platform.catalog.load_table(TABLE).transaction() as change:
            change.set_properties({name: str(value) for name, value in sizes.items()})
    send(platform, 0, 6000)
    load(platform, {0: "x", 5999: "x"})
    assert len(files_of(platform)) == files + 1
