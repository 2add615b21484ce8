"""Rows as MySQL's protocol has them: each value after its length."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.sql_database.mysql_packets import (
    Sent,
    UnreadableRowError,
    next_columns,
)

VALUES = st.none() | st.binary(max_size=12) | st.sampled_from([b"x" * 250, b"x" * 251, b"\xfb" * 70_000])
WIDTHS = st.integers(1, 5)
TABLES = WIDTHS.flatmap(lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=9))


def packet(row: list[bytes | None]) -> bytes:
    return b"".join(b"\xfb" if value is None else _length(len(value)) + value for value in row)


def _length(length: int) -> bytes:
    """The length in the fewest bytes, as the server writes it."""
    if length < 251:
        return bytes([length])
    mark, size = (0xFC, 2) if length < 1 << 16 else (0xFD, 3) if length < 1 << 24 else (0xFE, 8)
    return bytes([mark]) + length.to_bytes(size, "little")


def columns_of(
    rows: list[bytes], width: int, most_rows: int, most_bytes: int
) -> tuple[list[Sent], list[int]]:
    """All values of the rows by column, and the number of rows of each block."""
    packets, is_last = iter(rows), False
    columns: list[Sent]
    columns, sizes = [[] for _ in range(width)], list[int]()
    while not is_last:
        block, is_last = next_columns(packets, width, most_rows, most_bytes)
        sizes.append(len(block[0]))
        for column, values in zip(columns, block, strict=True):
            column.extend(values)
    return columns, sizes


@given(TABLES, st.integers(1, 4), st.sampled_from([1, 300, 1 << 20]))
def test_all_values_of_all_rows_are_in_their_columns(
    rows: list[list[bytes | None]], most_rows: int, most_bytes: int
) -> None:
    width = len(rows[0]) if rows else 1
    columns, sizes = columns_of(list(map(packet, rows)), width, most_rows, most_bytes)
    assert [list(row) for row in zip(*columns, strict=True)] == rows
    assert all(size <= most_rows for size in sizes)


def test_a_row_of_16_megabytes_has_eight_bytes_of_length() -> None:
    value = b"x" * (1 << 24)
    assert [[value], [b"y"]] == columns_of([packet([value, b"y"])], 2, 9, 1)[0]


def test_a_block_ends_when_it_has_enough_bytes() -> None:
    rows = [packet([b"x" * size]) for size in (40, 10, 60, 1, 200)]
    # A value takes 48 bytes besides its text, and one byte has the length.
    assert [3, 2, 0] == columns_of(rows, 1, 100, 250)[1]


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
@example([b"ab"], None)
def test_a_row_that_is_cut_off_is_refused(row: list[bytes | None], data: st.DataObject | None) -> None:
    sent = packet(row)
    size = 2 if data is None else data.draw(st.integers(0, len(sent) - 1))
    with pytest.raises(UnreadableRowError):
        next_columns(iter([sent[:size]]), len(row), 9, 9)


@given(st.lists(VALUES, min_size=2, max_size=4))
def test_a_row_with_other_columns_than_the_result_is_refused(row: list[bytes | None]) -> None:
    with pytest.raises(UnreadableRowError):
        next_columns(iter([packet(row)]), len(row) - 1, 9, 9)
    with pytest.raises(UnreadableRowError):
        next_columns(iter([packet(row)]), len(row) + 1, 9, 9)


def test_a_length_that_the_protocol_does_not_have_is_refused() -> None:
    with pytest.raises(UnreadableRowError):
        next_columns(iter([b"\xff\x00"]), 1, 9, 9)


def test_short_values_count_as_what_they_take_in_memory() -> None:
    rows = [packet([b"1"] * 200)] * 100
    assert [10] * 10 == columns_of(rows, 200, 1_000, 10 * 200 * (48 + 2))[1][:10]
