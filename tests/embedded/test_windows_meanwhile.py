"""Other loads change a table while a window of it is read: no row that they have added is lost, and none is doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import dlt
import pytest

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.domain.events import SourceReadAgain
from floe_ingestion_dlt.domain.faults import Category, WindowChanged
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform, Row

MARCH: Final = Window("at", 20, 30)


class Meanwhile:
    """Does something when rows are read, so many times."""

    def __init__(self, act: Callable[[], object], times: int) -> None:
        self._act = act
        self._left = times

    def __call__(self, milestone: Milestone, _of: str) -> None:
        if milestone is Milestone.EXTRACTED and self._left:
            self._left -= 1
            self._act()


def names(platform: Platform) -> list[str]:
    return sorted(row["name"] for row in platform.rows("name"))


def interrupted(platform: Platform, act: Callable[[], object], times: int = 1) -> Any:
    """A pipeline of the folder's files; *act* is called while it loads."""
    platform.load([{"at": 10, "name": "before"}])
    plugin = platform.a_plugin(milestones=Meanwhile(act, times))
    platform.plugin, other = plugin, platform.plugin
    pipeline = platform.pipeline()
    platform.plugin = other
    return plugin, pipeline


def readings_again(platform: Platform) -> list[SourceReadAgain]:
    events = (recorded.event for recorded in platform.telemetry.events)
    return [event for event in events if isinstance(event, SourceReadAgain)]


def load(platform: Platform, rows: list[Row], window: Window | None) -> None:
    data = dlt.resource(rows, name="orders")
    report = platform.plugin.load(platform.pipeline(), source=data, window=window)
    assert report.success, report.error


def test_a_newer_load_of_the_window_is_not_overwritten_by_older_rows(platform: Platform) -> None:
    def newer() -> None:
        platform.csv("a.csv", "at,name\n20,new\n21,later\n")
        load(platform, [{"at": 20, "name": "new"}, {"at": 21, "name": "later"}], MARCH)

    platform.csv("a.csv", "at,name\n20,old\n")
    plugin, pipeline = interrupted(platform, newer)
    report = plugin.load(pipeline, window=MARCH)
    assert (None, 2) == (report.error, report.rows)
    assert ["before", "later", "new"] == names(platform)
    (again,) = readings_again(platform)
    assert isinstance(again.fault, WindowChanged)


def test_rows_that_are_appended_to_the_window_while_it_is_read_are_read_again(platform: Platform) -> None:
    def appended() -> None:
        platform.csv("b.csv", "at,name\n22,appended\n")
        load(platform, [{"at": 22, "name": "appended"}], None)

    platform.csv("a.csv", "at,name\n20,a\n")
    plugin, pipeline = interrupted(platform, appended)
    assert plugin.load(pipeline, window=MARCH).success
    assert ["a", "appended", "before"] == names(platform)


def test_another_window_is_no_reason_to_read_again(platform: Platform) -> None:
    platform.csv("a.csv", "at,name\n20,a\n")
    plugin, pipeline = interrupted(
        platform, lambda: load(platform, [{"at": 30, "name": "april"}], Window("at", 30, 40))
    )
    assert plugin.load(pipeline, window=MARCH).success
    assert ["a", "april", "before"] == names(platform)
    assert [] == readings_again(platform)


def test_a_table_that_never_rests_fails_the_load_as_transient(platform: Platform) -> None:
    platform.csv("a.csv", "at,name\n20,a\n")
    plugin, pipeline = interrupted(platform, lambda: load(platform, [{"at": 9, "name": "x"}], None), times=9)
    report = plugin.load(pipeline, window=MARCH)
    assert isinstance(report.fault, WindowChanged)
    assert Category.TRANSIENT is report.fault.category
    assert ["before", "x", "x", "x"] == names(platform)
    assert plugin.load(pipeline, window=MARCH).error is not None


def test_rows_that_cannot_be_read_again_fail_the_load_as_transient(platform: Platform) -> None:
    plugin, pipeline = interrupted(platform, lambda: load(platform, [{"at": 25, "name": "newer"}], MARCH))
    data = dlt.resource([{"at": 25, "name": "older"}], name="orders")
    report = plugin.load(pipeline, source=data, window=MARCH)
    assert isinstance(report.fault, WindowChanged)
    assert ["before", "newer"] == names(platform)


class TestCursors:
    """A cursor loads the rows after its position, so a window must not load them before it."""

    def by_cursor(self, platform: Platform) -> Any:
        platform.csv("a.csv", "at,name\n10,a\n20,b\n")
        pipeline = platform.pipeline(source_config={"cursor_field": "at"})
        assert platform.plugin.load(pipeline).success
        return pipeline

    def test_a_window_up_to_the_cursor_is_loaded(self, platform: Platform) -> None:
        pipeline = self.by_cursor(platform)
        platform.csv("a.csv", "at,name\n10,changed\n20,b\n30,c\n")
        assert 1 == platform.plugin.load(pipeline, window=Window("at", 0, 20)).rows
        assert 1 == platform.plugin.load(pipeline).rows
        assert ["b", "c", "changed"] == names(platform)

    @pytest.mark.parametrize("window", [Window("at", 0, 21), Window("name", "a", "b")], ids=str)
    def test_any_other_window_is_refused(self, platform: Platform, window: Window) -> None:
        pipeline = self.by_cursor(platform)
        report = platform.plugin.load(pipeline, window=window)
        assert "Set window to a window of at that ends at 20 or before" in str(report.error)
        assert ["a", "b"] == names(platform)

    def test_a_merge_may_load_rows_beyond_the_cursor(self, platform: Platform) -> None:
        platform.csv("a.csv", "id,at,name\n1,10,a\n")
        options: dict[str, Any] = {"cursor_field": "at", "primary_key": "id"}
        pipeline = platform.pipeline(source_config=options, write_mode="merge")
        assert platform.plugin.load(pipeline).success
        platform.csv("a.csv", "id,at,name\n1,10,a\n2,20,b\n")
        assert 1 == platform.plugin.load(pipeline, window=Window("at", 15, 30)).rows
        platform.csv("a.csv", "id,at,name\n1,10,a\n2,20,changed\n")
        assert platform.plugin.load(pipeline).success
        assert ["a", "changed"] == names(platform)


class TestOddRows:
    """Rows of which it is not known whether they are in the window are refused, and the table keeps its rows."""

    @pytest.mark.parametrize(
        ("rows", "wanted"),
        [
            ([{"day": 21, "name": "x"}], "none of the 1 rows that were read has a value in at"),
            ([{"at": None, "name": "x"}] * 2, "none of the 2 rows that were read has a value in at"),
            (
                [{"at": 21, "name": "x"}, {"at": "soon", "name": "y"}],
                "1 rows have a value in at__v_text and none in at",
            ),
        ],
    )
    @pytest.mark.parametrize("contract", ["evolve", "discard_value"])
    def test_refused(self, platform: Platform, rows: list[Row], wanted: str, contract: str) -> None:
        platform.load([{"at": 10, "name": "before"}, {"at": 20, "name": "in"}])
        data = dlt.resource(rows, name="orders")
        report = platform.plugin.load(
            platform.pipeline(), source=data, window=MARCH, schema_contract=contract
        )
        assert wanted in str(report.error)
        assert ["before", "in"] == names(platform)

    def test_rows_without_a_value_are_left_out_if_others_have_one(self, platform: Platform) -> None:
        platform.load([{"at": 10, "name": "before"}, {"at": 20, "name": "in"}])
        load(platform, [{"name": "none"}, {"at": 40, "name": "after"}], MARCH)
        assert ["before"] == names(platform)

    def test_a_field_of_an_object_is_a_column(self, platform: Platform) -> None:
        rows: list[Row] = [{"meta": {"at": n}, "name": f"{n}"} for n in (19, 20, 30)]
        for _ in range(2):
            load(platform, rows, Window("meta__at", 20, 30))
        assert ["20"] == names(platform)

    def test_a_field_with_almost_the_same_name_is_another_column(self, platform: Platform) -> None:
        rows: list[Row] = [{"meta": {"at": n}, "meta_at": 99, "name": f"{n}"} for n in (19, 20, 30)]
        for _ in range(2):
            load(platform, rows, Window("meta__at", 20, 30))
        assert ["20"] == names(platform)

    def test_the_name_of_the_source_and_that_of_the_table_name_one_column(self, platform: Platform) -> None:
        rows: list[Row] = [{"createdAt": n, "name": f"{n}"} for n in (19, 20, 30)]
        for column in ("createdAt", "created_at"):
            load(platform, rows, Window(column, 20, 30))
        assert ["20"] == names(platform)

    def test_a_merge_leaves_out_rows_near_the_window(self, platform: Platform) -> None:
        rows: list[Row] = [{"id": n, "at": n, "name": f"{n}", "tags": [{"t": n}]} for n in range(17, 33)]
        pipeline = platform.pipeline(write_mode="merge", source_config={"primary_key": "id"})
        report = platform.plugin.load(pipeline, source=dlt.resource(rows, name="orders"), window=MARCH)
        assert (None, 10) == (report.error, report.rows)
        tags = platform.rows("t", table="bronze.orders__tags")
        assert [*range(20, 30)] == [row["t"] for row in tags]

    @pytest.mark.parametrize(
        ("window", "wanted"),
        [
            (Window("att", 1, 3), "one of the table's columns: at, name"),
            (Window("name", 1, 3), "bounds that can be compared with name"),
        ],
    )
    def test_no_table_is_made_for_a_window_that_it_cannot_have(
        self, platform: Platform, window: Window, wanted: str
    ) -> None:
        data = dlt.resource([{"at": 1, "name": "a"}], name="orders")
        report = platform.plugin.load(platform.pipeline(), source=data, window=window)
        assert wanted in str(report.error)
        assert not platform.catalog.table_exists("bronze.orders")

    def test_moments_with_fewer_digits_than_the_bounds_are_compared_as_they_are(
        self, platform: Platform
    ) -> None:
        platform.csv("a.csv", "at,name\n2026-03-01T10:00:00Z,a\n2026-03-01T10:00:01Z,b\n")
        window = Window(
            "at",
            datetime(2026, 3, 1, 10, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 3, 1, 10, 0, 1, 1, tzinfo=UTC),
        )
        assert 1 == platform.plugin.load(platform.pipeline(), window=window).rows
        assert ["b"] == names(platform)
