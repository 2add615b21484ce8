from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.key_ranges import ranges_between
from floe_ingestion_dlt.domain.slices import FileGroup, are_of_one_source, file_groups

counts = st.integers(1, 20)
sizes = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 1000), max_size=30)


def groups_of(files: dict[str, int], count: int) -> tuple[FileGroup, ...]:
    """Groups of files whose versions are their sizes."""
    return file_groups(files, {path: str(size) for path, size in files.items()}, count)


class TestFileGroups:
    @given(sizes, counts)
    def test_each_file_is_in_exactly_one(self, files: dict[str, int], count: int) -> None:
        groups = groups_of(files, count)
        found = [each for group in groups for each in zip(group.paths, group.versions, strict=True)]
        assert sorted((path, str(size)) for path, size in files.items()) == sorted(found)
        assert len(groups) <= min(count, len(files))

    @given(sizes, counts)
    def test_no_group_is_much_larger_than_the_average(self, files: dict[str, int], count: int) -> None:
        """It is larger by one file at most."""
        for group in groups_of(files, count):
            size = sum(map(files.__getitem__, group.paths))
            assert size <= sum(files.values()) / count + max(files.values())

    @given(sizes, counts)
    def test_they_are_in_order_of_the_paths(self, files: dict[str, int], count: int) -> None:
        """So columns are added in the order of a load at once."""
        assert sorted(files) == [path for group in groups_of(files, count) for path in group.paths]

    def test_files_of_one_size_are_divided_evenly(self) -> None:
        groups = groups_of(dict.fromkeys("abcdefgh", 7), 4)
        assert [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")] == [group.paths for group in groups]


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
        assert are_of_one_source(ranges_between("id", [5]), ranges_between("id", [33, 66]))

    def test_ranges_of_another_key_are_not(self) -> None:
        assert not are_of_one_source(ranges_between("id", [5]), ranges_between("at", [5]))
