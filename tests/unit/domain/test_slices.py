from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.slices import (
    FileGroup,
    KeyRange,
    are_of_one_source,
    file_groups,
    key_ranges,
    ranges_between,
)

counts = st.integers(1, 20)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**63), 2**63),
    "decimal": st.decimals(-(10**30), 10**30, allow_nan=False, places=6),
    "date": st.dates(),
    "timestamp": st.datetimes(),
    "timestamp with a zone": st.datetimes(timezones=st.just(UTC)),
}
keys = st.sampled_from(list(KINDS)).flatmap(lambda kind: st.lists(KINDS[kind], min_size=1, max_size=30))
sizes = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 1000), max_size=30)


def holds(rows: KeyRange, key: Any) -> bool:
    """Whether a row with this key is read, as a database decides it."""
    if key is None:
        return rows.start is None
    return (rows.start is None or rows.start <= key) and (rows.end is None or key < rows.end)


class TestKeyRanges:
    @given(keys, counts)
    def test_each_row_is_in_exactly_one(self, found: list[Any], count: int) -> None:
        """Rows without a key are in one range, too."""
        ranges = key_ranges("id", min(found), max(found), count)
        for key in (*found, None):
            assert 1 == sum(holds(rows, key) for rows in ranges)

    @given(keys, keys, counts)
    def test_a_row_that_came_later_is_in_exactly_one(
        self, found: list[Any], later: list[Any], count: int
    ) -> None:
        """A key below the lowest or above the highest belongs to the first or to the last range."""
        ranges = key_ranges("id", min(found), max(found), count)
        for key in later:
            if type(key) is type(found[0]) and getattr(key, "tzinfo", None) is getattr(
                found[0], "tzinfo", None
            ):
                assert 1 == sum(holds(rows, key) for rows in ranges)

    @given(keys, counts)
    def test_there_are_not_more_than_were_asked_for(self, found: list[Any], count: int) -> None:
        assert 1 <= len(key_ranges("id", min(found), max(found), count)) <= count

    @given(st.integers(-1000, 1000), st.integers(1, 1000), counts)
    def test_whole_numbers_are_divided_evenly(self, low: int, width: int, count: int) -> None:
        ranges = key_ranges("id", low, low + width - 1, count)
        rows = [sum(holds(part, key) for key in range(low, low + width)) for part in ranges]
        assert max(rows) - min(rows) <= 1 or width < count

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
        assert (KeyRange("id"),) == key_ranges("id", low, high, 8)

    def test_equal_bounds_are_one(self) -> None:
        assert (KeyRange("id", None, 3), KeyRange("id", 3, None)) == ranges_between("id", [3, 3])


def groups_of(files: dict[str, int], count: int) -> tuple[FileGroup, ...]:
    """Groups of files whose versions are their sizes."""
    return file_groups(files, {path: str(size) for path, size in files.items()}, count)


class TestFileGroups:
    @given(sizes, counts)
    def test_each_file_is_in_exactly_one(self, files: dict[str, int], count: int) -> None:
        groups = groups_of(files, count)
        found = [each for group in groups for each in zip(group.paths, group.versions, strict=True)]
        assert sorted((path, str(size)) for path, size in files.items()) == sorted(found)
        assert len(groups) == min(count, len(files))

    @given(sizes, counts)
    def test_no_group_is_much_larger_than_the_average(self, files: dict[str, int], count: int) -> None:
        """The largest group is at most twice as large as the best possible one could be."""
        if groups := groups_of(files, count):
            best = max(*files.values(), math.ceil(sum(files.values()) / len(groups)))
            assert max(sum(map(files.__getitem__, group.paths)) for group in groups) <= best * 2

    def test_the_largest_files_are_apart(self) -> None:
        groups = groups_of({"a": 10, "b": 10, "c": 1, "d": 1}, 2)
        assert [("a", "c"), ("b", "d")] == [group.paths for group in groups]


class TestAreOfOneSource:
    def test_other_groups_of_the_same_files_are(self) -> None:
        files = {"a": 1, "b": 2, "c": 3}
        assert are_of_one_source(groups_of(files, 2), groups_of(files, 3))

    @pytest.mark.parametrize(
        "now", [{"a": 1}, {"a": 1, "b": 3}, {"a": 2, "b": 1}, {"a": 1, "b": 2, "c": 3}], ids=str
    )
    def test_other_files_and_other_versions_are_not(self, now: dict[str, int]) -> None:
        assert not are_of_one_source(groups_of({"a": 1, "b": 2}, 2), groups_of(now, 2))

    def test_other_ranges_of_the_same_key_are(self) -> None:
        assert are_of_one_source(key_ranges("id", 1, 10, 2), key_ranges("id", 1, 99, 3))

    def test_ranges_of_another_key_are_not(self) -> None:
        assert not are_of_one_source(key_ranges("id", 1, 10, 2), key_ranges("at", 1, 10, 2))
