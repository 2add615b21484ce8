"""Rows of a database cursor in blocks: all of them in their order, and no more at once than memory has room for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.sql_database.fetched_rows import Fetch, next_columns

MEBIBYTE = 1 << 20


Row: TypeAlias = "tuple[object, ...]"


def cursor_of(rows: Sequence[Row], asked: list[int] | None = None) -> Fetch:
    left = iter(rows)

    def fetch(size: int) -> Sequence[Sequence[object]]:
        if asked is not None:
            asked.append(size)
        return list(zip(*islice(left, size), strict=True))

    return fetch


def blocks_of(fetch: Fetch, most_rows: int, most_bytes: int) -> list[list[Row]]:
    blocks, is_last = list[list[Row]](), False
    while not is_last:
        columns, is_last = next_columns(fetch, most_rows, most_bytes)
        blocks.append(list(zip(*columns, strict=True)))
    return blocks


@given(st.lists(st.integers(0, 400), max_size=900), st.integers(1, 700), st.integers(1, 20_000))
def test_all_rows_are_in_their_order_in_blocks(sizes: list[int], most_rows: int, most_bytes: int) -> None:
    rows = [(number, "x" * size, None) for number, size in enumerate(sizes)]
    blocks = blocks_of(cursor_of(rows), most_rows, most_bytes)
    assert rows == [row for block in blocks for row in block]
    assert all(0 < len(block) <= most_rows for block in blocks[:-1])


@pytest.mark.parametrize(("count", "size"), [(20_000, 10_000), (400, MEBIBYTE)])
@pytest.mark.parametrize("text", ["x", b"x"])
def test_rows_of_one_size_fill_blocks_without_much_more(count: int, size: int, text: str | bytes) -> None:
    value = text * size
    blocks = blocks_of(cursor_of([(1, value)] * count), 100_000, 32 * MEBIBYTE)
    largest = max(map(len, blocks)) * size
    # The first hundred rows are fetched before their size is known.
    assert largest <= max(33 * MEBIBYTE, 100 * size)


def test_rows_that_become_larger_are_fetched_in_smaller_numbers() -> None:
    rows = [(1, "x" * (10 if number < 5_000 else MEBIBYTE // 10)) for number in range(6_000)]
    asked = list[int]()
    blocks = blocks_of(cursor_of(rows, asked), 5_000, 4 * MEBIBYTE)
    assert 5_000 == len(blocks[0])
    assert all(len(block) <= 100 for block in blocks[1:])
    assert max(asked) <= 5_000


def test_few_fetches_bring_small_rows() -> None:
    asked = list[int]()
    blocks = blocks_of(cursor_of([(1,)] * 100_000, asked), 100_000, 32 * MEBIBYTE)
    assert [100_000, 0] == list(map(len, blocks))
    assert len(asked) <= 16


def test_short_values_count_as_what_they_take_in_memory() -> None:
    blocks = blocks_of(cursor_of([tuple(range(200))] * 3_000), 100_000, 200 * 48 * 1_000)
    assert all(900 <= len(block) <= 1_100 for block in blocks[:-1])
    assert 3_000 == sum(map(len, blocks))
