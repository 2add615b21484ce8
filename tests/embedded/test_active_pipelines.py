"""The pipeline that dlt holds for active, from which it takes names and settings, is the caller's before and after a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import active_pipeline
from tests.platforms import Platform


@pytest.fixture(autouse=True)
def no_pipeline_of_others() -> Iterator[None]:
    _deactivate()
    yield
    _deactivate()


def _deactivate() -> None:
    active = active_pipeline()
    if isinstance(active, dlt.Pipeline):
        active.deactivate()


@pytest.fixture
def orders(platform: Platform) -> Platform:
    platform.csv("orders-1.csv", "id\n1\n2\n")
    return platform


def test_a_pipeline_that_was_only_created_is_not_active(orders: Platform) -> None:
    orders.pipeline()
    assert active_pipeline() is None


def test_no_pipeline_is_active_after_a_run(orders: Platform) -> None:
    assert orders.load().success
    assert active_pipeline() is None


def test_no_pipeline_is_active_after_a_run_that_failed(platform: Platform) -> None:
    platform.csv("orders-1.csv", 'id\n"1\n')
    assert not platform.load().success
    assert active_pipeline() is None


def test_the_callers_own_pipeline_is_active_again_after_a_run(orders: Platform, tmp_path: Path) -> None:
    own = dlt.pipeline("own", pipelines_dir=str(tmp_path / "own"))
    assert orders.load().success
    assert active_pipeline() is own


def test_the_callers_own_pipeline_is_active_again_after_a_window(orders: Platform, tmp_path: Path) -> None:
    own = dlt.pipeline("own", pipelines_dir=str(tmp_path / "own"))
    pipeline = orders.pipeline(source_config={"cursor_field": "id"})
    assert orders.plugin.load(pipeline, window=Window("id", 1, 2)).success
    assert active_pipeline() is own
