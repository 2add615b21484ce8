"""A run that is told its idempotency key is made once, on whatever host, although nothing in its rows says what is new."""

from __future__ import annotations

import pytest
from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.embedded.test_two_hosts import DyingHost, ids
from tests.platforms import Platform


@pytest.fixture
def shop(platform: Platform) -> Platform:
    platform.csv("orders.csv", "id\n1\n2\n")
    platform.source = {"incremental": "all"}
    return platform


def run(platform: Platform, key: str) -> IngestionResult:
    return platform.plugin.run(platform.pipeline(), idempotency_key=key)


@pytest.mark.parametrize("key", ["monday", "run 7 / orders, partition 2026-01-01 " + "x" * 500, "ü"])
def test_a_second_run_under_the_same_key_brings_nothing_and_tells_what_is_there(
    shop: Platform, key: str
) -> None:
    first, second = run(shop, key), run(shop, key)
    assert (True, 2) == (first.success, first.rows_loaded)
    assert (True, 2, first.bytes_written) == (second.success, second.rows_loaded, second.bytes_written)
    assert [1, 2] == ids(shop)
    assert 1 == shop.snapshots()


def test_each_key_is_a_load_of_its_own(shop: Platform) -> None:
    for key in ("monday", "tuesday"):
        assert 2 == run(shop, key).rows_loaded
    assert [1, 1, 2, 2] == ids(shop)


def test_a_run_without_a_key_is_always_another(shop: Platform) -> None:
    run(shop, "monday")
    assert 2 == shop.load().rows_loaded
    assert [1, 1, 2, 2] == ids(shop)


@pytest.mark.parametrize("moment", [Milestone.STAGED, Milestone.COMMITTED, Milestone.ROWS_IN])
def test_a_fresh_host_finds_what_a_dead_one_has_brought(shop: Platform, moment: Milestone) -> None:
    DyingHost(shop, moment).load(cursor=None, idempotency_key="monday")
    shop.forget_local_state()
    assert 2 == run(shop, "monday").rows_loaded
    assert [1, 2] == ids(shop)


@pytest.mark.parametrize("moment", [Milestone.STAGED, Milestone.COMMITTED])
def test_what_is_pending_lands_under_the_key_that_it_was_made_with(shop: Platform, moment: Milestone) -> None:
    DyingHost(shop, moment).load(cursor=None, idempotency_key="monday")
    assert 4 == run(shop, "tuesday").rows_loaded
    assert [1, 1, 2, 2] == ids(shop)
    run(shop, "monday")
    assert [1, 1, 2, 2] == ids(shop)


def test_what_was_pending_under_the_same_key_is_counted_once(shop: Platform) -> None:
    DyingHost(shop).load(cursor=None, idempotency_key="monday")
    assert 2 == run(shop, "monday").rows_loaded
    assert [1, 2] == ids(shop)


def test_a_run_that_was_rolled_back_is_made_again(shop: Platform) -> None:
    run(shop, "monday")
    run(shop, "tuesday")
    shop.roll_back()
    assert 2 == run(shop, "tuesday").rows_loaded
    assert [1, 1, 2, 2] == ids(shop)


def test_an_empty_key_is_refused_with_what_to_give(shop: Platform) -> None:
    result = run(shop, " ")
    assert not result.success
    assert "idempotency_key: ' ' cannot be used" in result.errors[0]
    assert "the orchestrator's run" in result.errors[0]
