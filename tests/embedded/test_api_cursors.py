"""An API that is read by a cursor, into a table that is appended to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from floe_ingestion_dlt import Window
from tests.conformance.source_labs import RestLab
from tests.platforms import TABLE, Platform


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path)
    yield made
    made.close()


def load(platform: Platform, api: RestLab, window: Window | None = None) -> IngestionResult:
    config = {"url": api.url, "cursor_field": "at"}
    pipeline = platform.plugin.create_pipeline(
        IngestionConfig(source_type="rest_api", source_config=config, destination_table=TABLE)
    )
    return platform.plugin.run(pipeline, window=window)


def test_rows_at_the_cursor_are_loaded_once_and_those_that_came_late_as_well(
    platform: Platform, api: RestLab
) -> None:
    api.put([{"id": 1, "at": 1}, {"id": 2, "at": 2}])
    assert 2 == load(platform, api).rows_loaded
    api.put([{"id": 3, "at": 2}, {"id": 4, "at": 3}])
    assert 2 == load(platform, api).rows_loaded
    platform.forget_local_state()
    assert 0 == load(platform, api).rows_loaded
    assert [1, 2, 3, 4] == [row["id"] for row in platform.rows("id")]


def test_a_window_of_an_api_whose_times_are_texts(platform: Platform, api: RestLab) -> None:
    times = ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T23:30:00-01:00", None]
    api.put([{"id": number, "at": at, "tags": [{"of": number}]} for number, at in enumerate(times)])
    window = Window("at", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    for _ in range(2):
        assert 1 == load(platform, api, window).rows_loaded
    api.put([{"id": 9, "at": "2026-03-01T12:00:00+00:00", "tags": [{"of": 9}]}])
    assert 2 == load(platform, api, window).rows_loaded
    assert [1, 9] == [row["id"] for row in platform.rows("id")]
    assert [1, 9] == [row["of"] for row in platform.rows("of", table=f"{TABLE}__tags")]
