"""A time has a zone in the table if it has one in the source."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from tests.platforms import TABLE, Platform

NAIVE = datetime.fromisoformat("2026-03-29 02:30")
MOMENT = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_given_none(platform: Platform) -> None:
    times = {"id": [1], "Wall Clock": pa.array([NAIVE], pa.timestamp("us")), "moment": [MOMENT]}
    pq.write_table(pa.table(times), platform.data / "times.parquet")
    for _ in range(2):
        result = platform.load(source_config={"format": "parquet"})
        assert result.success, result.errors
    assert [{"id": 1, "wall_clock": NAIVE, "moment": MOMENT}] * 2 == platform.rows()
    schema = platform.catalog.load_table(TABLE).schema()
    types = [str(schema.find_field(name).field_type) for name in ("wall_clock", "moment")]
    assert ["timestamp", "timestamptz"] == types


def test_a_cursor_without_a_zone_finds_what_is_new(platform: Platform) -> None:
    for minute, expected in ((10, 1), (10, 0), (11, 1)):
        later = pa.array([NAIVE.replace(minute=minute)], pa.timestamp("us"))
        pq.write_table(pa.table({"at": later}), platform.data / f"{minute}.parquet")
        platform.forget_local_state() if (platform.folder / "pipelines").exists() else None
        result = platform.load(cursor="at", source_config={"format": "parquet"})
        assert (True, expected) == (result.success, result.rows_loaded)


def test_a_column_of_another_batch_is_given_no_zone_either(platform: Platform) -> None:
    first, second = (
        {"id": [n]} | ({"at": pa.array([NAIVE], pa.timestamp("us"))} if n else {}) for n in (0, 1)
    )
    for number, columns in enumerate((first, second)):
        pq.write_table(pa.table(columns), platform.data / f"{number}.parquet")
    assert platform.load(source_config={"format": "parquet"}).success
    assert [{"id": 0, "at": None}, {"id": 1, "at": NAIVE}] == platform.rows("id", "at")
