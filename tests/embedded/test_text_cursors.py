"""Cursors whose values are texts or nan: no row is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from tests.conformance.source_labs import RestLab
from tests.embedded.rows_of_each_kind import run
from tests.platforms import TABLE, Platform


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


def rows(*values: object) -> list[dict[str, Any]]:
    return [{"id": number, "u": value} for number, value in enumerate(values, 1)]


def read(platform: Platform, kind: str, *values: object) -> Any:
    if kind == "python":
        return platform.load(rows(*values), cursor="u")
    return run(platform, kind, rows(*values), source_config={"cursor_field": "u"})


TEXT_KINDS = pytest.mark.parametrize("kind", ["jsonl", "parquet", "sqlite", "python"])


@TEXT_KINDS
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("9", "10"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01T00:00:00+02:00", "2024-01-01T00:30:00+01:00"),
        ("2024-01-01T00:00:00Z", ""),
    ],
)
def test_texts_that_are_not_ordered_as_their_values_are_refused(
    platform: Platform, kind: str, before: str, after: str
) -> None:
    assert read(platform, kind, before).success
    refused = read(platform, kind, before, after)
    if kind == "python" and refused.success:  # its times became times in the table
        assert [1, 2] == ids(platform)
        return
    assert not refused.success
    assert "the cursor u" in refused.errors[0]
    assert [1] == ids(platform)


@TEXT_KINDS
def test_texts_of_one_form_go_on(platform: Platform, kind: str) -> None:
    texts = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-02-01T00:00:00Z"]
    for number in (1, 2, 3):
        assert read(platform, kind, *texts[:number]).success
    assert [1, 2, 3] == ids(platform)


@pytest.mark.parametrize("kind", ["parquet", "python"])
def test_nan_is_refused_as_null_is(platform: Platform, kind: str) -> None:
    assert read(platform, kind, 1.0, 2.0).success
    refused = read(platform, kind, 1.0, 2.0, float("nan"), 3.0)
    assert not refused.success
    assert "nan" in refused.errors[0]
    assert [1, 2] == ids(platform)


def loaded_from_api(platform: Platform, api: RestLab, *values: str, **fields: Any) -> list[Any]:
    """The results of loads, each after the API has one row more."""
    source = {"url": api.url, **fields}
    config = IngestionConfig(source_type="rest_api", source_config=source, destination_table=TABLE)
    results = []
    for row in rows(*values):
        api.put([row])
        results.append(platform.plugin.run(platform.plugin.create_pipeline(config)))
    return results


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path)
    yield made
    made.close()


TIMES = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.5Z",
    "2024-01-01T01:00:01+01:00",
    "2024-01-01T00:00:02+00:00",
]


def test_times_of_an_api_are_compared_as_times(platform: Platform, api: RestLab) -> None:
    results = loaded_from_api(platform, api, *TIMES, cursor_field="u")
    assert [1, 1, 1, 1] == [result.rows_loaded for result in results]
    assert [1, 2, 3, 4] == ids(platform)


@pytest.mark.parametrize("texts", [("9", "10"), ("2024-01-01T00:00:00Z", "n/a")])
def test_other_texts_of_an_api_are_refused_if_they_have_no_order(
    platform: Platform, api: RestLab, texts: tuple[str, str]
) -> None:
    first, second = loaded_from_api(platform, api, *texts, cursor_field="u")
    assert first.success
    assert "the cursor u" in second.errors[0]
    assert [1] == ids(platform)


def test_times_of_a_cursor_that_a_resource_declares_are_compared_as_times(
    platform: Platform, api: RestLab
) -> None:
    endpoint = {"path": "", "incremental": {"cursor_path": "u"}, "data_selector": "$"}
    resources = [{"name": "orders", "endpoint": endpoint}]
    client = {"base_url": api.url}
    config = IngestionConfig(
        source_type="rest_api",
        source_config={"client": client, "resources": resources},
        destination_table=TABLE,
    )
    for row in rows(*TIMES):
        api.put([row])
        result = platform.plugin.run(platform.plugin.create_pipeline(config))
        assert result.success, result.errors
    assert [1, 2, 3, 4] == ids(platform)
