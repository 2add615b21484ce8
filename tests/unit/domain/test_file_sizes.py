"""How large files of merges are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.file_sizes import (
    MOST_SMALL_FILES,
    SMALLEST_MERGED_BYTES,
    merged_file_bytes,
)

SIZES = st.integers(0, 10**15)


@given(SIZES, st.integers(SMALLEST_MERGED_BYTES, 10**12))
def test_files_are_neither_too_small_nor_too_large(table: int, largest: int) -> None:
    assert SMALLEST_MERGED_BYTES <= merged_file_bytes(table, largest) <= largest


@given(SIZES, SIZES)
def test_a_larger_table_has_no_smaller_files(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert merged_file_bytes(small, 512_000_000) <= merged_file_bytes(large, 512_000_000)


@given(st.integers(1, 32_000_000_000))
def test_a_table_is_not_written_again_as_a_whole_because_of_one_row(table: int) -> None:
    files = table / merged_file_bytes(table, 512_000_000)
    assert files >= min(MOST_SMALL_FILES, table / SMALLEST_MERGED_BYTES)
