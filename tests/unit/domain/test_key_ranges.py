from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.key_ranges import Extremes, ranges_between, ranges_of
from floe_ingestion_dlt.domain.slices import KeyRange

counts = st.integers(1, 20)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**63), 2**63),
    "decimal": st.decimals(-(10**37), 10**37, allow_nan=False, places=6),
    "date": st.dates(),
    "timestamp": st.datetimes(),
    "timestamp with a zone": st.datetimes(timezones=st.just(UTC)),
}
keys = st.sampled_from(list(KINDS)).flatmap(lambda kind: st.lists(KINDS[kind], min_size=1, max_size=30))


def holds(rows: KeyRange, key: Any) -> bool:
    """Whether a row with this key is read, as a database decides it."""
    if key is None:
        return rows.start is None
    return (rows.start is None or rows.start <= key) and (rows.end is None or key < rows.end)


def extremes_of(found: Sequence[Any]) -> Extremes:
    """What a database answers that has these keys in order."""

    def extremes(rows: KeyRange) -> tuple[object, object]:
        inside = [key for key in found if holds(rows, key)]
        return (min(inside), max(inside)) if inside else (None, None)

    return extremes


def ranges(found: Sequence[Any], count: int) -> tuple[KeyRange, ...]:
    return ranges_of("id", extremes_of(found), count)


def rows_in(found: Sequence[Any], count: int) -> list[int]:
    return [sum(holds(part, key) for key in found) for part in ranges(found, count)]


class TestRangesOf:
    @given(keys, counts)
    def test_each_row_is_in_exactly_one(self, found: list[Any], count: int) -> None:
        """Rows without a key are in one range, too."""
        parts = ranges(found, count)
        for key in (*found, None):
            assert 1 == sum(holds(rows, key) for rows in parts)

    @given(keys, keys, counts)
    def test_a_row_that_came_later_is_in_exactly_one(
        self, found: list[Any], later: list[Any], count: int
    ) -> None:
        """A key in a gap, below the lowest or above the highest belongs to one of them."""
        parts = ranges(found, count)
        for key in later:
            if type(key) is type(found[0]) and getattr(key, "tzinfo", None) is getattr(
                found[0], "tzinfo", None
            ):
                assert 1 == sum(holds(rows, key) for rows in parts)

    @given(keys, counts)
    def test_there_are_not_more_than_were_asked_for(self, found: list[Any], count: int) -> None:
        assert 1 <= len(ranges(found, count)) <= count

    @given(st.integers(-1000, 1000), st.integers(1, 1000), counts)
    def test_whole_numbers_are_divided_evenly(self, low: int, width: int, count: int) -> None:
        rows = rows_in(range(low, low + width), count)
        assert max(rows) - min(rows) <= 1 or width < count

    @pytest.mark.parametrize(
        "kind", [int, Decimal, datetime.fromtimestamp], ids=["int", "decimal", "timestamp"]
    )
    @pytest.mark.parametrize("far", [[10**10], [-(10**9), 10**10], [10**9 + i for i in range(300)]])
    def test_gaps_do_not_count(self, kind: Any, far: list[int]) -> None:
        """Keys that are far away do not put all others into one range."""
        rows = rows_in([kind(key) for key in (*range(1000), *far)], 8)
        assert max(rows) <= 2 * (1000 + len(far)) / 8

    @pytest.mark.parametrize(
        ("low", "high"),
        [
            (None, None),
            ("a", "b"),
            (1, "b"),
            (1.0, 2.0),
            (True, True),
            (Decimal(1), Decimal("NaN")),
            (date(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC)),
        ],
        ids=str,
    )
    def test_keys_without_an_order_are_one_range(self, low: object, high: object) -> None:
        assert (KeyRange("id"),) == ranges_of("id", lambda _: (low, high), 8)

    def test_rows_that_are_deleted_meanwhile_are_no_gap(self) -> None:
        """The database may answer anything while ranges are looked for."""
        answers = iter([(1, 10**6), *[(None, None)] * 100])
        assert 4 == len(ranges_of("id", lambda _: next(answers), 4))

    def test_few_questions_are_asked(self) -> None:
        """Each is answered by an index."""
        asked: list[KeyRange] = []
        answer = extremes_of([2**i for i in range(60)])

        def extremes(rows: KeyRange) -> tuple[object, object]:
            asked.append(rows)
            return answer(rows)

        ranges_of("id", extremes, 1000)
        assert len(asked) < 1000


def test_equal_bounds_are_one() -> None:
    assert (KeyRange("id", None, 3), KeyRange("id", 3, None)) == ranges_between("id", [3, 3])
