"""Ranges of pages have every page once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.page_ranges import FEWEST_PAGES, TableSize

PAGES, COUNTS = st.integers(0, 10**9), st.integers(1, 16)


@given(PAGES, PAGES, COUNTS)
def test_every_page_is_in_one_range_also_one_that_is_added_later(pages: int, total: int, count: int) -> None:
    ranges = TableSize(pages, total).in_ranges(count)
    assert 0 == ranges[0].start
    assert all(one.end == two.start for one, two in pairwise(ranges))
    assert ranges[-1].end is None
    assert 1 <= len(ranges) <= count


@given(PAGES, COUNTS)
def test_ranges_are_about_equal_and_not_too_small(pages: int, count: int) -> None:
    ranges = TableSize(pages, pages).in_ranges(count)
    sizes = [(pages if part.end is None else part.end) - part.start for part in ranges]
    assert max(sizes) - min(sizes) <= 1
    assert len(ranges) == 1 or min(sizes) >= FEWEST_PAGES
    assert len(ranges) == count or pages < (len(ranges) + 1) * FEWEST_PAGES


@given(st.integers(16, 100), COUNTS)
def test_few_pages_whose_rows_have_large_values_are_worth_several_connections(pages: int, count: int) -> None:
    assert count == len(TableSize(pages, 16 * FEWEST_PAGES).in_ranges(count))
