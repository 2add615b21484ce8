"""An API that is read by a cursor, into a table that is appended to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.conformance.source_labs import RestLab
from tests.platforms import TABLE, Platform


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path)
    yield made
    made.close()


def load(platform: Platform, api: RestLab) -> IngestionResult:
    config = {"url": api.url, "cursor_field": "at"}
    pipeline = platform.plugin.create_pipeline(
        IngestionConfig(source_type="rest_api", source_config=config, destination_table=TABLE)
    )
    return platform.plugin.run(pipeline)


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
