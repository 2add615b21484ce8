"""Assets have the freshness that a source is given, and the automation condition that a translator gives them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, FreshnessPolicy, evaluate_automation_conditions

from floe_ingestion_dagster import build_ingestion_definitions
from tests.dagster_assets.products import Product
from tests.dagster_assets.test_definitions import with_config

PAGE = Path(__file__).parents[2] / "docs" / "dagster.md"


def test_all_assets_of_a_source_have_its_freshness_and_others_have_none(product: Product) -> None:
    given = with_config(product, sources=[product.files(), product.database()])
    graph = build_ingestion_definitions(given, freshness={"shop": 1.5}).resolve_asset_graph()
    day = FreshnessPolicy.time_window(dt.timedelta(minutes=90))
    assert {
        "ingestion__orders__files": None,
        "ingestion__shop__customers": day,
        "ingestion__shop__items": day,
    } == {key.to_user_string(): graph.get(key).freshness_policy for key in graph.materializable_asset_keys}


@pytest.mark.parametrize("hours", [0, -1, 1e9, float("nan")])
def test_hours_that_are_no_freshness_are_refused(product: Product, hours: float) -> None:
    given = with_config(product, sources=[product.files()])
    with pytest.raises(ValueError, match=r"freshness: 'orders' has .* hours; use hours from a minute"):
        build_ingestion_definitions(given, freshness={"orders": hours})


def test_the_condition_of_a_translator_loads_the_asset_at_its_time(
    product: Product, instance: DagsterInstance
) -> None:
    names: dict[str, Any] = {}
    (block,) = [
        part for part in PAGE.read_text().split("```") if part.startswith("python") and "Mornings" in part
    ]
    exec(block.removeprefix("python"), names)  # noqa: S102 - it is our page
    given = with_config(product, sources=[product.files()])
    definitions = build_ingestion_definitions(given, translator=names["Mornings"]())
    early = dt.datetime(2026, 1, 1, 5, 59, tzinfo=dt.UTC)
    before = evaluate_automation_conditions(definitions, instance, evaluation_time=early)
    late = early + dt.timedelta(minutes=2)
    after = evaluate_automation_conditions(definitions, instance, evaluation_time=late, cursor=before.cursor)
    assert (0, 1) == (before.total_requested, after.total_requested)
