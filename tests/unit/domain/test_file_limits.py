from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.file_limits import FREE_BYTES, FileLimits, larger_block

SIZES = st.integers(0, 1 << 40)


@given(SIZES, SIZES, st.integers(1, 10_000))
def test_a_file_may_grow_by_the_limit_or_to_what_is_always_free(
    stored: int, unpacked: int, most: int
) -> None:
    is_allowed = isinstance(FileLimits(1, most, 1).expansion(stored, unpacked), Success)
    assert is_allowed == (unpacked <= FREE_BYTES or unpacked <= stored * most)


@given(SIZES, st.integers(1, 1 << 30))
def test_a_refusal_names_what_was_found_the_limit_and_the_option(size: int, most: int) -> None:
    limits = FileLimits(most, most, most)
    for option, answer in (("max_columns", limits.columns(size)), ("max_line_bytes", limits.line(size))):
        assert (size <= most) == isinstance(answer, Success)
        if size > most:
            over = answer.failure()
            assert f"{option} is {most:,}" in over.message
            assert f"reader_options.{option}" in over.next_step


@pytest.mark.parametrize(
    ("block", "size", "larger"),
    [
        (1 << 20, 0, 4 << 20),
        (1 << 20, 5 << 20, 16 << 20),
        (64 << 20, 1 << 30, 1 << 30),
        (1 << 30, 1, (1 << 31) - 1),
    ],
)
def test_blocks_grow_until_a_row_fits(block: int, size: int, larger: int) -> None:
    assert larger == larger_block(block, size)
