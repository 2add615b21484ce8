"""The options of a cursor for an API, whose times are texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.conformance.source_labs import RestLab
from tests.platforms import TABLE, Platform


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path)
    yield made
    made.close()


def run(platform: Platform, api: RestLab, *, column: str = "at", **options: Any) -> IngestionResult:
    config = {"url": api.url, "cursor": {"column": column, **options}}
    made = IngestionConfig(
        source_type="rest_api",
        source_config=config | platform.source,
        destination_table=TABLE,
        write_mode="merge" if "primary_key" in platform.source else "append",
    )
    return platform.plugin.run(platform.plugin.create_pipeline(made))


def loaded(platform: Platform, api: RestLab, **options: Any) -> list[int]:
    """The ids of the table's rows after a load."""
    result = run(platform, api, **options)
    assert result.success, result.errors
    return [row["id"] for row in platform.rows("id")]


def rows(*times: object, start: int = 1) -> list[dict[str, Any]]:
    return [{"id": id_, "at": at} for id_, at in enumerate(times, start)]


@pytest.mark.parametrize("first", [date(2024, 1, 2), "2024-01-02T01:00:00+01:00", "2024-01-02"])
def test_times_begin_at_a_day_or_a_time(platform: Platform, api: RestLab, first: object) -> None:
    api.put(rows("2024-01-01T23:59:59Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00.5Z"))
    assert [2, 3] == loaded(platform, api, initial_value=first)
    assert [2, 3] == loaded(platform, api, initial_value=first)


@pytest.mark.parametrize("first", [date(2024, 1, 2), "2024-01-02"])
def test_days_begin_at_a_day(platform: Platform, api: RestLab, first: object) -> None:
    api.put(rows("2024-01-01", "2024-01-02", "2024-01-03"))
    assert [2, 3] == loaded(platform, api, initial_value=first)


def test_rows_from_the_end_value_on_are_read_once_it_is_later(platform: Platform, api: RestLab) -> None:
    api.put(rows(1, 10, 20))
    assert [1] == loaded(platform, api, end_value=10)
    assert [1, 2] == loaded(platform, api, end_value=20)
    assert [1, 2, 3] == loaded(platform, api)


@pytest.mark.parametrize("key", [(), ("id",)], ids=["append", "merge"])
@pytest.mark.parametrize(
    "times",
    [
        (3, 10, 8, 6),
        ("2h", "2024-01-01T00:30:00Z", "2023-12-31T22:30:00Z", "2023-12-31T22:29:59Z"),
        ("2h", "2024-01-01T00:30:00.25+01:00", "2024-01-01T00:00:00.5+01:00", "2023-12-31T22:30:00+01:00"),
        ("1d", "2024-03-01", "2024-02-29", "2024-02-28"),
    ],
)
def test_a_late_row_of_the_look_back_arrives_once(
    platform: Platform,
    api: RestLab,
    key: tuple[str, ...],
    times: tuple[object, ...],
) -> None:
    lag, known, late, early = times
    platform.source = {"primary_key": key} if key else {}
    api.put(rows(known))
    assert [1] == loaded(platform, api, lag=lag)
    api.put(rows(late, early, start=2))
    for _ in range(2):
        assert [1, 2] == loaded(platform, api, lag=lag)
    platform.forget_local_state()
    assert [1, 2] == loaded(platform, api, lag=lag)
    api.put(rows(late, start=4))
    assert [1, 2, 4] == loaded(platform, api, lag=lag)


@pytest.mark.parametrize("lag", [None, 3])
def test_rows_without_a_value_are_left_out_or_loaded_once(
    platform: Platform, api: RestLab, lag: int | None
) -> None:
    api.put([{"id": 1, "at": 5}, {"id": 2, "at": None}, {"id": 3}])
    assert "at" in str(run(platform, api, lag=lag).errors)
    assert [1] == loaded(platform, api, lag=lag, on_null="exclude")
    for _ in range(2):
        assert [1, 2, 3] == loaded(platform, api, lag=lag, on_null="include")


def test_a_path_has_no_options(platform: Platform, api: RestLab) -> None:
    api.put([{"id": 1, "of": {"at": 5}}])
    result = run(platform, api, column="of.at", initial_value=3)
    assert "cursor.column: 'of.at' cannot be used" in result.errors[0]
