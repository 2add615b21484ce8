"""What people see of a run that goes on."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.console import Console
from rich.live import Live

from floe_ingestion_dlt.adapters.memory import ManualClock, MemoryTelemetry
from floe_ingestion_dlt.adapters.telemetry.progress import BarProgress, LineProgress, progress_for
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.ports.progress import NoProgress, Progress
from tests.platforms import Platform
from tests.published import published_events

ORDERS = Context("rest_api", "bronze.orders", "bronze-orders")
ITEMS = Context("rest_api", "bronze.items", "bronze-items")


class Lines:
    def __init__(self) -> None:
        self.clock, self.telemetry = ManualClock(), MemoryTelemetry()
        self.shown = LineProgress(self.telemetry, self.clock)

    @property
    def told(self) -> list[object]:
        return [
            event.attributes["done"] for event in published_events(self.telemetry) if event.name == "progress"
        ]


class TestLines:
    def test_a_step_that_is_quick_is_told_by_none(self) -> None:
        lines = Lines()
        lines.shown.begin(ORDERS, "extract")
        for _ in range(100):
            lines.shown.count(ORDERS, "orders", 1000, 0)
        lines.shown.end(ORDERS)
        assert [] == lines.told

    def test_a_step_that_is_long_is_told_every_ten_seconds_with_all_its_counts(self) -> None:
        lines = Lines()
        lines.shown.begin(ORDERS, "extract")
        lines.shown.count(ORDERS, "Resources", 0, 2)
        for _ in range(25):
            lines.clock.sleep(1.0)
            lines.shown.count(ORDERS, "orders", 10, 0)
        assert ["Resources 0 of 2, orders 100", "Resources 0 of 2, orders 200"] == lines.told

    def test_pipelines_that_run_at_once_are_told_apart(self) -> None:
        lines = Lines()
        lines.shown.begin(ORDERS, "extract")
        lines.shown.begin(ITEMS, "extract")
        lines.clock.sleep(10.0)
        lines.shown.count(ORDERS, "orders", 1, 0)
        lines.shown.end(ORDERS)
        lines.shown.count(ORDERS, "orders", 5, 0)
        lines.shown.count(ITEMS, "items", 2, 0)
        told = [(event.context, event.attributes["done"]) for event in published_events(lines.telemetry)]
        assert [(ORDERS, "orders 1"), (ITEMS, "items 2")] == told


class TestBar:
    def screen(self) -> tuple[io.StringIO, BarProgress]:
        written = io.StringIO()
        console = Console(file=written, force_terminal=True, width=100)
        return written, BarProgress(console)

    def test_shows_what_is_counted_of_what_is_expected(self) -> None:
        written, shown = self.screen()
        shown.begin(ORDERS, "load")
        shown.count(ORDERS, "Jobs", 0, 5)
        shown.count(ORDERS, "Jobs", 2, 0)
        shown.count(ORDERS, "Jobs", 1, 0)
        shown.end(ORDERS)
        assert "bronze.orders: load Jobs" in written.getvalue()
        assert "3/5" in written.getvalue()

    def test_threads_may_count_at_once_and_pipelines_share_the_screen(self) -> None:
        written, shown = self.screen()
        for context in (ORDERS, ITEMS):
            shown.begin(context, "extract")
        with ThreadPoolExecutor(4) as pool:
            for number in range(200):
                pool.submit(shown.count, (ORDERS, ITEMS)[number % 2], "rows", 10, 0)
        shown.end(ORDERS)
        shown.count(ITEMS, "rows", 1, 0)
        shown.end(ITEMS)
        assert "bronze.items: extract rows" in written.getvalue()
        assert "1001/?" in written.getvalue()

    def test_leaves_the_screen_to_a_program_that_shows_something_there(self) -> None:
        written = io.StringIO()
        console = Console(file=written, force_terminal=True)
        shown = BarProgress(console)
        with Live("theirs", console=console):
            shown.begin(ORDERS, "extract")
            shown.count(ORDERS, "rows", 1, 0)
            shown.end(ORDERS)
        assert "theirs" in written.getvalue()

    def test_what_is_counted_out_of_a_step_is_passed_over(self) -> None:
        written, shown = self.screen()
        shown.count(ORDERS, "rows", 1, 0)
        shown.end(ORDERS)
        assert "rows" not in written.getvalue()


class TestSetting:
    @pytest.mark.parametrize(
        ("setting", "is_terminal", "expected"),
        [
            ("auto", True, BarProgress),
            ("auto", False, LineProgress),
            ("bar", False, BarProgress),
            ("lines", True, LineProgress),
            ("off", True, NoProgress),
        ],
    )
    def test_says_how_it_is_shown(
        self, monkeypatch: pytest.MonkeyPatch, setting: str, *, is_terminal: bool, expected: type[Progress]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
        shown = progress_for(ProgressSetting(setting), MemoryTelemetry(), ManualClock())
        assert isinstance(shown, expected)


def test_a_run_shows_each_of_its_steps(tmp_path_factory: pytest.TempPathFactory) -> None:
    platform = Platform(tmp_path_factory.mktemp("platform"))
    platform.plugin = platform.a_plugin(progress="lines")
    # a clock on which each look takes ten seconds: every count is told
    platform.clock.now = lambda: platform.clock.slept.append(10.0) or sum(platform.clock.slept)  # type: ignore[attr-defined, method-assign]
    assert platform.load([{"id": 1}, {"id": 2}]).success
    told = {
        event.attributes["step"] for event in published_events(platform.telemetry) if event.name == "progress"
    }
    assert {"extract", "normalize", "load"} == told
