from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.numbered_pages import (
    MOST_EMPTY,
    Ending,
    Limits,
    NumberedPages,
    OffsetPages,
    Said,
)

DEFAULT = Limits()


def read_by_offset(
    rows: Sequence[int], limit: int, cap: int, said: Said, first: int = 0
) -> tuple[list[int], Ending]:
    """Read an API that sends at most *cap* rows of each page."""
    walk, came = OffsetPages.starting_at(first, limit), list[int]()
    while True:
        page = rows[walk.offset : walk.offset + min(limit, cap)]
        came += page
        walk = walk.after(len(page))
        ending = walk.ending(said, DEFAULT)
        if ending is not Ending.GOES_ON:
            return came, ending


@given(st.integers(0, 40), st.integers(1, 7), st.integers(1, 7), st.integers(0, 3), st.booleans())
def test_every_row_comes_once_whatever_the_server_caps(
    rows: int, limit: int, cap: int, first: int, knows_total: object
) -> None:
    said = Said(rows) if knows_total else Said()
    came, ending = read_by_offset(range(rows), limit, cap, said, first)
    assert (list(range(first, rows)), Ending.ENDS) == (came, ending)


@given(st.integers(1, 40), st.integers(1, 7))
def test_an_api_whose_first_row_is_row_1_is_read_to_the_end(rows: int, limit: int) -> None:
    came, ending = read_by_offset([-1, *range(rows)], limit, limit, Said(rows), first=1)
    assert (list(range(rows)), Ending.ENDS) == (came, ending)


class TestOffsets:
    def test_an_empty_page_in_the_middle_of_a_known_total_goes_on(self) -> None:
        walk = OffsetPages.starting_at(0, 2).after(2).after(0)
        assert Ending.GOES_ON is walk.ending(Said(6), DEFAULT)
        assert 4 == walk.offset

    def test_rows_after_an_empty_page_end_at_the_total(self) -> None:
        walk = OffsetPages.starting_at(0, 2).after(2).after(0).after(2)
        assert Ending.GOES_ON is walk.ending(Said(6), DEFAULT)
        assert Ending.ENDS is walk.after(0).ending(Said(6), DEFAULT)
        assert 2 == walk.missing(6)

    def test_pages_that_stay_empty_before_the_total_are_incomplete(self) -> None:
        walk = OffsetPages.starting_at(0, 2).after(2).after(0).after(0).after(0)
        assert Ending.IS_INCOMPLETE is walk.ending(Said(6), DEFAULT)

    def test_only_so_many_empty_pages_are_requested(self) -> None:
        walk = OffsetPages.starting_at(0, 1).after(1)
        for _ in range(MOST_EMPTY):
            assert Ending.GOES_ON is walk.ending(Said(10**9), DEFAULT)
            walk = walk.after(0)
        assert Ending.IS_INCOMPLETE is walk.ending(Said(10**9), DEFAULT)

    def test_a_flag_that_contradicts_the_total_is_incomplete(self) -> None:
        walk = OffsetPages.starting_at(0, 2).after(2)
        assert Ending.IS_INCOMPLETE is walk.ending(Said(6, has_more=False), DEFAULT)

    def test_a_flag_goes_on_over_an_empty_page(self) -> None:
        walk = OffsetPages.starting_at(0, 2).after(0)
        assert Ending.GOES_ON is walk.ending(Said(has_more=True), DEFAULT)
        assert Ending.ENDS is walk.ending(Said(), DEFAULT)

    def test_a_maximum_limits_short_pages_by_their_rows(self) -> None:
        walk = OffsetPages.starting_at(0, 3).after(2).after(2)
        limits = Limits(maximum=6)
        assert Ending.GOES_ON is walk.ending(Said(), limits)
        assert Ending.IS_LIMITED is walk.after(2).ending(Said(100), limits)

    def test_an_unknown_number_of_rows_moves_by_the_limit(self) -> None:
        assert 3 == OffsetPages.starting_at(0, 3).after(None).offset


class TestNumbers:
    def test_an_empty_page_before_the_last_one_goes_on(self) -> None:
        walk = NumberedPages.starting_at(1, 1, counts_pages=True).after(2).after(0)
        assert Ending.GOES_ON is walk.ending(Said(3), DEFAULT)
        assert Ending.ENDS is walk.after(2).ending(Said(3), DEFAULT)

    def test_a_total_of_rows_ends_at_an_empty_page_when_all_of_them_came(self) -> None:
        walk = NumberedPages.starting_at(0, 0, counts_pages=False).after(4).after(3)
        assert Ending.GOES_ON is walk.ending(Said(7), DEFAULT)
        assert Ending.ENDS is walk.after(0).ending(Said(7), DEFAULT)

    def test_a_first_page_1_without_a_base_is_the_first_of_all_pages(self) -> None:
        walk = NumberedPages.starting_at(1, 0, counts_pages=True).after(1).after(1)
        assert Ending.GOES_ON is walk.ending(Said(3), DEFAULT)
        assert Ending.ENDS is walk.after(1).ending(Said(3), DEFAULT)

    def test_only_so_many_empty_pages_are_requested(self) -> None:
        walk = NumberedPages.starting_at(0, 0, counts_pages=True).after(1)
        for _ in range(MOST_EMPTY):
            walk = walk.after(0)
        assert Ending.IS_INCOMPLETE is walk.ending(Said(10**9), DEFAULT)


@given(
    st.integers(0, 60),
    st.integers(1, 7),
    st.integers(0, 3),
    st.integers(1, 5),
    st.none() | st.integers(0, 70),
)
def test_the_offsets_that_follow_are_those_that_are_read_next(
    rows: int, limit: int, first: int, most: int, maximum: int | None
) -> None:
    limits, walk, expected = Limits(maximum), OffsetPages.starting_at(first, limit), list[int]()
    while True:
        came = min(limit, max(rows - walk.offset, 0))
        if expected:
            assert walk.offset == expected.pop(0)
        walk = walk.after(came)
        if walk.ending(Said(rows), limits) is not Ending.GOES_ON:
            break
        following = walk.following(Said(rows), limits, most)
        assert len(following) <= most
        # an API whose first row is row 1 may have one more row than its total says
        assert following or not came or first == 1
        expected = [*following] if came else []
    assert not expected


@given(st.integers(0, 60), st.integers(1, 7), st.integers(0, 1), st.integers(1, 5), st.booleans())
def test_the_pages_that_follow_are_those_that_are_read_next(
    rows: int,
    limit: int,
    base: int,
    most: int,
    counts_pages: bool,  # noqa: FBT001
) -> None:
    total, expected = -(-rows // limit) if counts_pages else rows, list[int]()
    walk = NumberedPages.starting_at(base, base, counts_pages=counts_pages)
    while True:
        came = min(limit, max(rows - (walk.page - base) * limit, 0))
        if expected:
            assert walk.page == expected.pop(0)
        walk = walk.after(came)
        if walk.ending(Said(total), DEFAULT) is not Ending.GOES_ON:
            break
        following = walk.following(Said(total), DEFAULT, most, came)
        assert len(following) <= most
        expected = [*following] if came == limit else []
    assert not expected


def test_nothing_follows_if_the_total_is_not_known_or_no_row_has_come() -> None:
    assert not OffsetPages.starting_at(0, 5).after(5).following(Said(), DEFAULT, 4)
    assert not OffsetPages.starting_at(0, 5).following(Said(50), DEFAULT, 4)
    assert not NumberedPages.starting_at(0, 0, counts_pages=True).after(5).following(Said(), DEFAULT, 4, 5)
    assert not NumberedPages.starting_at(0, 0, counts_pages=False).after(0).following(Said(50), DEFAULT, 4, 0)
