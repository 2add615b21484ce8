"""A table that is loaded in slices goes back like others, and slices of before are not committed wrongly."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from floe_ingestion_dlt import DltIngestionPlugin, ToSnapshot
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.embedded.sliced import ORDERS, WithoutSlice, content, in_slices, source, threads
from tests.embedded.test_two_hosts import HostDied
from tests.platforms import Platform

TABLE = "bronze.shop"
IDS: list[Any] = [row["id"] for row in ORDERS]


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in content(platform)[1]]


def load(plugin: DltIngestionPlugin) -> int:
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert report.error is None
    return report.rows


def test_a_load_in_slices_is_undone_and_read_again(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=[source(platform, "sqlite", write_mode="append")])
    assert len(ORDERS) == load(plugin) == load(plugin)
    report = plugin.reset(TABLE, to=ToSnapshot(plugin.state(TABLE).loads[1].snapshot_id))
    assert (1, len(ORDERS), IDS) == (report.loads, report.rows, ids(platform))
    assert len(ORDERS) == load(plugin)


def test_slices_that_were_staged_before_are_committed_once(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
    load(plugin)
    first = plugin.state(TABLE).loads[0].snapshot_id
    load(plugin)
    with WithoutSlice(4) as workers:
        assert in_slices(plugin, workers).error is not None
    plugin.reset(TABLE, to=ToSnapshot(first))
    assert IDS == ids(platform)
    load(plugin)
    assert sorted([*IDS, *IDS]) == sorted(ids(platform))


def test_a_load_in_slices_that_was_committed_and_is_still_pending_stays_undone(platform: Platform) -> None:
    def die(moment: Milestone, of: str) -> None:
        if moment is Milestone.COMMITTED:
            raise HostDied(of)

    sources = [source(platform, "sqlite")]
    plugin = platform.a_plugin(sources=sources)
    load(plugin)
    first = plugin.state(TABLE).loads[0].snapshot_id
    with suppress(HostDied):
        load(platform.a_plugin(sources=sources, milestones=die))
    assert 2 * len(ORDERS) == len(ids(platform))
    plugin.reset(TABLE, to=ToSnapshot(first))
    assert len(ORDERS) == load(plugin)
    assert sorted([*IDS, *IDS]) == sorted(ids(platform))
    assert 1 == plugin.reset(TABLE, to=ToSnapshot(first)).loads
