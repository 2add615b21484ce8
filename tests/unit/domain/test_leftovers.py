from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.leftovers import FoundFile, Place, is_of_load, is_ours, removable

NOW = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = Place(("lake/b/orders/data",), NOW)
OURS = "floe-load1-1.parquet"
OTHERS = (
    "00000-0-5c0c7d8c-00001.parquet",
    "version-hint.text",
    "notes.puffin",
    "floe-notes.txt",
    "5c0c7d8c-9c3f-4c0e-8d9e-1d3e7f9a0b1c-m0.avro",
    "snap-1-0-5c0c7d8c-9c3f-4c0e-8d9e-1d3e7f9a0b1c.avro",
    "00001-5c0c7d8c-9c3f-4c0e-8d9e-1d3e7f9a0b1c.metadata.json",
    ".floe-load1-1.parquet.crc",
    "floe-",
    "",
)
MANIFESTS = (
    "666c6f65-1234-8abc-9def-0123456789ab-m0.avro",
    "snap-42-0-666c6f65-1234-8abc-9def-0123456789ab.avro",
)


def file(name: str, days_old: float = 10) -> FoundFile:
    return FoundFile(f"lake/b/orders/data/{name}", 1, NOW - days_old * DAY)


class TestIsOurs:
    @pytest.mark.parametrize("name", [OURS, f"0110-{OURS}", *MANIFESTS, "floe-state-load1.txt"])
    def test_files_that_loads_write_are(self, name: str) -> None:
        assert is_ours(name)

    @pytest.mark.parametrize("name", OTHERS)
    def test_files_of_other_programs_are_not(self, name: str) -> None:
        assert not is_ours(name)

    @given(st.uuids(version=4))
    def test_manifests_with_random_names_are_not(self, other: uuid.UUID) -> None:
        assert not is_ours(f"{other}-m0.avro")


class TestRemovable:
    def test_a_file_of_ours_that_nothing_names_is(self) -> None:
        assert (file(OURS),) == removable([file(OURS)], (), [PLACE], DAY)

    def test_a_named_file_is_not(self) -> None:
        assert () == removable([file(OURS)], {OURS}, [PLACE], DAY)

    @given(st.floats(0, 30), st.floats(0.05, 30))
    def test_age_counts_from_the_newest_snapshot(self, days_old: float, wanted: float) -> None:
        found = removable([file(OURS, days_old)], (), [PLACE], wanted * DAY)
        assert bool(found) == (days_old * DAY > wanted * DAY)

    @given(st.lists(st.none() | st.integers(0, 20), min_size=1, max_size=4))
    def test_the_table_that_has_waited_longest_for_a_snapshot_decides(self, ages: list[int | None]) -> None:
        places = [Place(("lake/b",), None if age is None else NOW - age * DAY) for age in ages]
        oldest = None if None in ages else max(age for age in ages if age is not None)
        found = removable([file(OURS, 10)], (), places, DAY)
        assert bool(found) == (oldest is not None and oldest + 1 < 10)

    def test_a_manifest_that_is_newer_than_the_snapshot_keeps_data_files(self) -> None:
        open_commit = file(f"{uuid.uuid4()}-m0.avro", days_old=-1)
        assert () == removable([file(OURS), open_commit], (), [PLACE], DAY)
        assert (file(OURS),) == removable([file(OURS), open_commit], {open_commit.name}, [PLACE], DAY)


class TestPlace:
    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            ("lake/b/orders/data", True),
            ("lake/b/orders/data/", True),
            ("lake/b/orders", True),
            ("lake/b/orders/data/deeper", True),
            ("lake/b/orders2/data", False),
            ("lake/b/order", False),
            ("lake/b/orders/database", False),
            ("other/b/orders/data", False),
        ],
    )
    def test_meets_what_lies_within_or_around_it(self, other: str, expected: bool) -> None:  # noqa: FBT001
        assert expected is PLACE.overlaps(Place((other,), NOW))
        assert expected is Place((other,), NOW).overlaps(PLACE)


class TestIsOfLoad:
    @pytest.mark.parametrize("folder", ["", "day=2024-01-01/", "0110/1001/", "0110/1001/00101110-"])
    def test_a_file_that_the_load_wrote_below_its_table(self, folder: str) -> None:
        path = f"s3://lake/b/orders/data/{folder}floe-17.5-{uuid.uuid4()}.parquet"
        assert is_of_load(path, "17.5", ["s3://lake/b/orders/"])

    @pytest.mark.parametrize(
        "path",
        [
            "file:///etc/passwd",
            "s3://lake/b/orders/data/floe-17.50-x.parquet",
            "s3://lake/b/orders/data/00000-0-x.parquet",
            "s3://lake/b/orders/data/x-floe-17.5-x.parquet",
            "s3://lake/b/orders/data/0110-floe-17.50-x.parquet",
            "s3://lake/b/orders/data/floe-17.5-x.avro",
            "s3://lake/b/orders2/data/floe-17.5-x.parquet",
            "s3://lake/b/orders/../customers/data/floe-17.5-x.parquet",
            "s3://other/b/orders/data/floe-17.5-x.parquet",
            "",
        ],
    )
    def test_any_other_is_not(self, path: str) -> None:
        assert not is_of_load(path, "17.5", ["s3://lake/b/orders"])
