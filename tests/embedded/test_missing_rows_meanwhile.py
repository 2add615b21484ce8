"""Hosts die, and tables change, while rows that are gone are deleted: no row goes that another load has added."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.domain.events import SourceReadAgain
from floe_ingestion_dlt.domain.faults import KeysOutdated, StagedFilesGone
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.embedded.test_missing_rows import CURSORS, Shop
from tests.embedded.test_two_hosts import HostDied
from tests.platforms import Platform

MOMENTS = pytest.mark.parametrize("moment", [Milestone.EXTRACTED, Milestone.STAGED, Milestone.COMMITTED])


@pytest.fixture
def shop(platform: Platform, cursor: str | None) -> Shop:
    return Shop(platform, cursor)


def killed(shop: Shop, moment: Milestone) -> None:
    """A load whose host dies at the *moment*."""

    def die(found: Milestone, of: str) -> None:
        if found is moment:
            raise HostDied(of)

    alive, shop.platform.plugin = shop.platform.plugin, shop.platform.a_plugin(milestones=die)
    with pytest.raises(HostDied):
        shop.platform.plugin.run(shop.pipeline())
    shop.platform.plugin = alive


def on_another_host(shop: Shop) -> None:
    here = shop.platform.plugin
    shop.platform.plugin = shop.platform.a_plugin(pipelines_dir=str(shop.platform.folder / "another"))
    shop.load()
    shop.platform.plugin = here


def readings_again(shop: Shop) -> list[SourceReadAgain]:
    events = (recorded.event for recorded in shop.platform.telemetry.events)
    return [event for event in events if isinstance(event, SourceReadAgain)]


@CURSORS
@MOMENTS
class TestDeadHosts:
    def test_a_pending_load_takes_its_deletes_with_it(self, shop: Shop, moment: Milestone) -> None:
        shop.load()
        shop.remove(3)
        shop.add(20)
        killed(shop, moment)
        shop.do("create table hidden as select * from orders")
        report = shop.load()
        assert 1 == report.deleted
        assert [0, 1, 2, *range(4, 10), 20] == shop.ids
        assert [] == readings_again(shop)

    def test_rows_that_another_host_has_added_stay(self, shop: Shop, moment: Milestone) -> None:
        shop.load()
        shop.remove(3)
        killed(shop, moment)
        shop.add(20)
        on_another_host(shop)
        shop.load()
        assert [0, 1, 2, *range(4, 10), 20] == shop.ids


@CURSORS
def test_rows_that_are_added_while_the_source_is_read_are_not_taken_for_gone(shop: Shop) -> None:
    shop.load()
    done: list[Milestone] = []

    def meanwhile(found: Milestone, _of: str) -> None:
        if found is Milestone.EXTRACTED and not done:
            done.append(found)
            shop.add(20)
            on_another_host(shop)

    shop.platform.plugin = shop.platform.a_plugin(milestones=meanwhile)
    shop.remove(3)
    shop.load()
    assert [0, 1, 2, *range(4, 10), 20] == shop.ids
    assert KeysOutdated in {type(event.fault) for event in readings_again(shop)}


def test_keys_that_are_lost_are_read_again(platform: Platform) -> None:
    shop = Shop(platform, "at")
    shop.load()
    shop.remove(3)
    killed(shop, Milestone.EXTRACTED)
    (complete,) = platform.folder.rglob("floe_keys/complete")
    complete.unlink()
    assert 1 == shop.load().deleted
    assert [StagedFilesGone] == [type(event.fault) for event in readings_again(shop)]


def test_keys_are_not_kept_when_the_load_is_done(platform: Platform) -> None:
    shop = Shop(platform, "at")
    shop.load()
    shop.remove(3)
    shop.load()
    assert [] == [*platform.folder.rglob("floe_keys")]


def test_a_pending_load_without_all_keys_deletes_nothing_when_the_setting_comes(platform: Platform) -> None:
    shop = Shop(platform, "at")
    shop.load(delete_missing=None)
    shop.add(20)

    def die(found: Milestone, of: str) -> None:
        if found is Milestone.STAGED:
            raise HostDied(of)

    alive, platform.plugin = platform.plugin, platform.a_plugin(milestones=die)
    with pytest.raises(HostDied):
        platform.plugin.run(shop.pipeline(delete_missing=None))
    platform.plugin = alive
    assert 0 == shop.load(cursor_field=None, max_deletes="100%").deleted
    assert [*range(10), 20] == shop.ids
