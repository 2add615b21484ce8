"""A time has a zone in the table if it has one in the source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import TABLE, Platform

NAIVE = datetime.fromisoformat("2026-03-29 02:30")
MOMENT = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_given_none(platform: Platform) -> None:
    times = {"id": [1], "Wall Clock": pa.array([NAIVE], pa.timestamp("us")), "moment": [MOMENT]}
    for name in ("one", "other"):
        pq.write_table(pa.table(times), platform.data / f"{name}.parquet")
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
        result = platform.load(cursor="at", source_config={"format": "parquet"})
        assert (True, expected) == (result.success, result.rows_loaded)


def test_a_column_of_another_batch_is_given_no_zone_either(platform: Platform) -> None:
    pq.write_table(pa.table({"id": [0]}), platform.data / "0.parquet")
    pq.write_table(pa.table({"id": [1], "at": naive()}), platform.data / "1.parquet")
    assert platform.load(source_config={"format": "parquet"}).success
    assert [{"id": 0, "at": None}, {"id": 1, "at": NAIVE}] == platform.rows("id", "at")


def naive(minute: int = 30) -> pa.Array[Any]:
    return pa.array([NAIVE.replace(minute=minute)], pa.timestamp("us"))


def aware() -> pa.Array[Any]:
    return pa.array([MOMENT], pa.timestamp("us", "Asia/Tokyo"))


def files(platform: Platform, *columns: pa.Array[Any]) -> None:
    for old in platform.data.iterdir():
        old.unlink()
    for number, column in enumerate(columns):
        pq.write_table(pa.table({"id": [number], "at": column}), platform.data / f"{number}.parquet")


@pytest.mark.parametrize("keeps_dlt_tables", [True, False])
def test_a_zone_that_is_new_is_a_change_whatever_dlt_remembers(
    platform: Platform, *, keeps_dlt_tables: bool
) -> None:
    files(platform, naive())
    assert platform.load(source_config={"format": "parquet"}).success
    files(platform, aware())
    if not keeps_dlt_tables:
        platform.forget_dlt_tables()
    frozen = platform.load(source_config={"format": "parquet"}, schema_contract="freeze")
    assert "column at" in frozen.errors[0]
    assert platform.load(source_config={"format": "parquet"}).success
    moments = [row["at__v_timestamp"] for row in platform.rows()]
    assert [None, MOMENT] == sorted(moments, key=str, reverse=True)


def test_a_cursor_keeps_its_column_when_the_first_files_have_nothing_new(platform: Platform) -> None:
    files(platform, naive(10))
    assert platform.load(cursor="at", source_config={"format": "parquet"}).success
    files(platform, naive(10), naive(11))
    platform.forget_local_state()
    platform.forget_dlt_tables()
    assert 1 == platform.load(cursor="at", source_config={"format": "parquet"}).rows_loaded
    assert [10, 11] == sorted(row["at"].minute for row in platform.rows())


@pytest.mark.parametrize("order", [(naive, aware), (aware, naive)], ids=["naive first", "aware first"])
def test_a_column_that_comes_with_and_without_a_zone_has_moments(
    platform: Platform, order: tuple[Callable[[], pa.Array[Any]], Callable[[], pa.Array[Any]]]
) -> None:
    files(platform, *(column() for column in order))
    result = platform.load(source_config={"format": "parquet"})
    assert result.success, result.errors
    assert [MOMENT, MOMENT] == [row["at"] for row in platform.rows()]


def test_a_column_with_a_zone_takes_times_without_one_as_utc(platform: Platform) -> None:
    for column in (aware(), naive()):
        files(platform, column)
        result = platform.load(source_config={"format": "parquet"}, schema_contract="freeze")
        assert result.success, result.errors
    assert [MOMENT, MOMENT] == [row["at"] for row in platform.rows()]


def test_a_resource_may_yield_lists_of_tables(platform: Platform) -> None:
    tables = [pa.table({"id": [n], "at": naive(n)}) for n in (1, 2)]
    pipeline = platform.pipeline()
    result = platform.plugin.run(pipeline, source=dlt.resource([tables], name="orders"))
    assert (True, 2) == (result.success, result.rows_loaded), result.errors
    assert [NAIVE.replace(minute=n) for n in (1, 2)] == [row["at"] for row in platform.rows()]
