"""A load that one host left pending when it died meets what happened to the table since."""

from __future__ import annotations

from typing import Any

import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform


class HostDied(BaseException):
    """Nothing of ours catches this."""


class DyingHost:
    """Dies when the files of a load are staged, or at another moment."""

    def __init__(self, platform: Platform, moment: Milestone = Milestone.STAGED) -> None:
        self._platform = platform
        self._last = moment

    def __call__(self, moment: Milestone, of: str) -> None:
        if moment is self._last:
            raise HostDied(of)

    def load(
        self, cursor: str | None = "id", source_config: dict[str, Any] | None = None, **options: str
    ) -> None:
        plugin = DltIngestionPlugin(clock=ManualClock(), milestones=self)
        pipelines = str(self._platform.folder / "pipelines")
        plugin.configure(DltIngestionConfig(catalog_config=self._platform.settings, pipelines_dir=pipelines))
        plugin.startup()
        alive, self._platform.plugin = self._platform.plugin, plugin
        config = {"cursor_field": cursor, **(source_config or {})}
        with pytest.raises(HostDied):
            plugin.run(self._platform.pipeline(source_config=config), **options)
        self._platform.plugin = alive


def ids(platform: Platform) -> list[int]:
    return sorted(row["id"] for row in platform.rows("id"))


def test_what_another_host_has_loaded_meanwhile_is_not_loaded_again(platform: Platform) -> None:
    platform.csv("1.csv", "id\n1\n")
    platform.load(cursor="id")
    platform.csv("2.csv", "id\n2\n")
    DyingHost(platform).load()
    platform.csv("3.csv", "id\n3\n")
    platform.plugin = platform.a_plugin(pipelines_dir=str(platform.folder / "another host"))
    assert 2 == platform.load(cursor="id").rows_loaded
    platform.plugin = platform.a_plugin()
    result = platform.load(cursor="id")
    assert (True, 0) == (result.success, result.rows_loaded)
    assert [1, 2, 3] == ids(platform)


def test_rows_between_a_rollback_and_a_pending_load_are_not_lost(platform: Platform) -> None:
    for day in (1, 2):
        platform.csv(f"{day}.csv", f"id\n{day}\n")
        platform.load(cursor="id")
    platform.csv("3.csv", "id\n3\n")
    DyingHost(platform).load()
    platform.roll_back()
    assert 2 == platform.load(cursor="id").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_a_pending_load_that_nobody_overtook_lands_without_reading_its_rows_again(platform: Platform) -> None:
    platform.csv("1.csv", "id\n1\n")
    platform.load(cursor="id")
    platform.csv("2.csv", "id\n2\n")
    DyingHost(platform).load()
    (platform.data / "2.csv").unlink()
    assert 1 == platform.load(cursor="id").rows_loaded
    assert [1, 2] == ids(platform)


def test_rows_that_move_no_cursor_are_loaded_by_one_host(platform: Platform) -> None:
    platform.csv("1.csv", "id,name\n5,ann\n")
    platform.load(cursor="id")
    platform.csv("2.csv", "id,name\n5,bob\n")
    DyingHost(platform).load()
    platform.plugin = platform.a_plugin(pipelines_dir=str(platform.folder / "another host"))
    assert 1 == platform.load(cursor="id").rows_loaded
    platform.plugin = platform.a_plugin()
    result = platform.load(cursor="id")
    assert (True, 0) == (result.success, result.rows_loaded)
    assert ["ann", "bob"] == sorted(row["name"] for row in platform.rows("name"))
