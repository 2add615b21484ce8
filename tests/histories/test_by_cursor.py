"""Random histories of a source that is loaded by a cursor come to what the pages say, whatever the source and the type of the cursor are."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from floe_core.plugins.ingestion import IngestionResult
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt import DltIngestionPlugin, Window
from tests.histories.model import History, Table
from tests.histories.source import CURSORS, KINDS, Row, pipeline, stored, written
from tests.histories.steps import (
    AddColumn,
    Delete,
    Insert,
    Load,
    MoveToAnotherHost,
    RollBack,
    Step,
    Update,
    dying_at,
    histories,
)
from tests.platforms import Platform

# A test plays many histories.
pytestmark = pytest.mark.timeout(1200)
# Of each mode.
EXAMPLES: Final = 1000 if os.environ.get("FULL_SUITE") else 30
# Cursors whose values can be the bounds of a window, whatever the source is.
WINDOWED: Final = ("int", "float", "date")
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "append": {},
    "merge": {"write_mode": "merge", "source_config": {"primary_key": "id"}},
}


class Story:
    """A history that is played, and what the table must have."""

    def __init__(self, folder: Path, kind: str, cursor: str, mode: str) -> None:
        self.platform = Platform(folder)
        self.kind, self.cursor, self.mode = kind, cursor, mode
        self.rows: list[Row] = [Row(0, 5, "first")]
        self.history = History()
        self._changes, self._has_extra = 0, False

    def play(self, step: Step) -> None:
        match step:
            case Insert(after):
                for places in after:
                    extra = self._name("extra") if self._has_extra else None
                    self.rows.append(
                        Row(self._next_id(), max(0, self._last + places), self._name("new"), extra)
                    )
            case Update(number, after) if number < len(self.rows):
                place = max(self.rows[number].place, self._last + after)
                self.rows[number] = self.rows[number].at(place, self._name("changed"))
            case Delete(number) if number < len(self.rows) > 1:
                del self.rows[number]
            case AddColumn():
                self._has_extra = True
            case RollBack() if self.history.can_roll_back:
                self.platform.roll_back()
                self.history.tables.pop()
            case MoveToAnotherHost() if (self.platform.folder / "pipelines").exists():
                self.platform.forget_local_state()
            case Load():
                self._load(step)
            case _:
                pass

    def _load(self, step: Load) -> None:
        before, window = self.history.now, self._window(step)
        after = self._expected(before, step, window)
        options = {"window": self._bounds(window)} if window else {"refresh": step.refresh}
        if step.dies is not None:
            with dying_at(self.platform, step.dies) as mortal:
                self._run(mortal, options)
        result = self._run(self.platform.plugin, options)
        assert result.success, result.errors
        self.history.became(after, self.platform.snapshots() if self.history.tables or after.rows else 0)
        assert sorted(row.stored for row in after.rows) == sorted(stored(self.platform))

    def _window(self, step: Load) -> tuple[int, int] | None:
        """The window of the step, up to where the cursor has come; None if it is empty, or if the column has other values than the window."""
        last = self.history.now.last
        has_windows = self.kind != "python" and (self.cursor in {"int", "float"} or self.kind != "jsonl")
        if step.window is None or last is None or not has_windows or self.cursor not in WINDOWED:
            return None
        start, end = step.window[0], min(step.window[1], last)
        return (start, end) if start < end else None

    def _expected(self, before: Table, step: Load, window: tuple[int, int] | None) -> Table:
        if window is not None:
            return before.windowed(self.rows, *window)
        if step.refresh:
            return before.replaced(self.rows)
        return before.merged(self.rows) if self.mode == "merge" else before.appended(self.rows)

    def _bounds(self, window: tuple[int, int]) -> Window:
        start, end = map(CURSORS[self.cursor], window)
        return Window("u", *(Decimal(value) if isinstance(value, float) else value for value in (start, end)))

    def _run(self, plugin: DltIngestionPlugin, options: dict[str, Any]) -> IngestionResult:
        config = {
            key: dict(value) if isinstance(value, dict) else value
            for key, value in OPTIONS[self.mode].items()
        }
        config["source_config"] = config.get("source_config", {}) | {"cursor_field": "u"}
        rows = [written(row, self.cursor, has_extra=self._has_extra) for row in self.rows]
        made, given_rows = pipeline(self.platform, self.kind, rows, **config)
        return plugin.run(made, source=given_rows, **options)

    @property
    def _last(self) -> int:
        return max(row.place for row in self.rows)

    def _next_id(self) -> int:
        return max(row.id for row in self.rows) + 1

    def _name(self, what: str) -> str:
        self._changes += 1
        return f"{what} {self._changes}"


@pytest.mark.parametrize("mode", OPTIONS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(data=st.data())
def test_a_table_has_what_its_history_says(
    tmp_path_factory: pytest.TempPathFactory, mode: str, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(KINDS), "kind")
    cursor = data.draw(st.sampled_from(sorted(CURSORS)), "cursor")
    story = Story(tmp_path_factory.mktemp("history"), kind, cursor, mode)
    try:
        for step in data.draw(histories(), "steps"):
            story.play(step)
        story.play(Load())
    finally:
        story.platform.plugin.shutdown()
