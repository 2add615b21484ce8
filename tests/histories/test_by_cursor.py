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
from tests.histories.source import CURSORS, KINDS, Row, Source, stored, written
from tests.histories.steps import (
    AddColumn,
    Delete,
    Insert,
    Load,
    MoveToAnotherHost,
    RollBack,
    Step,
    Update,
    another_host_at,
    dying_at,
    histories,
)
from tests.platforms import Platform

# A test plays many histories.
pytestmark = pytest.mark.timeout(7200)
# Of each mode.
EXAMPLES: Final = 500 if os.environ.get("FULL_SUITE") else 12
# Cursors whose values can be the bounds of a window, whatever the source is.
NUMBERS: Final = ("int", "float", "decimal")
WINDOWED: Final = (*NUMBERS, "date")
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "append": {},
    "merge": {"write_mode": "merge", "source_config": {"primary_key": "id"}},
    "delete_missing": {
        "write_mode": "merge",
        "source_config": {"primary_key": "id", "delete_missing": "keys", "max_deletes": "100%"},
    },
}
# Where only some kinds of source have the mode.
KINDS_OF: Final = {"delete_missing": ("sqlite",)}


class Story:
    """A history that is played, and what the table must have."""

    def __init__(self, folder: Path, kind: str, cursor: str, mode: str, on_null: str) -> None:
        self.platform = Platform(folder)
        self.kind, self.cursor, self.mode, self.on_null = kind, cursor, mode, on_null
        self.source = Source(self.platform, kind)
        self.rows: list[Row] = [Row(0, 5, "first")]
        self.history = History()
        self._changes, self._has_extra = 0, False

    def play(self, step: Step) -> None:
        match step:
            case Insert(after):
                for places in after:
                    extra = self._name("extra") if self._has_extra else None
                    place = None if places is None else max(0, self._last + places)
                    self.rows.append(Row(self._next_id(), place, self._name("new"), extra))
            case Update(number, after) if number < len(self.rows):
                self.rows[number] = self._updated(self.rows[number], after)
            case Delete(number) if number < len(self.rows) and self._places(but=number):
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

    def _updated(self, row: Row, after: int | None) -> Row:
        place = None if after is None else max(row.place or 0, self._last + after)
        return row.at(row.place if after is None else place, self._name("changed"))

    def _places(self, but: int) -> list[int]:
        """The places of all rows but one."""
        rows = (row for number, row in enumerate(self.rows) if number != but)
        return [row.place for row in rows if row.place is not None]

    def _load(self, step: Load) -> None:
        before, window = self.history.now, self._window(step)
        after = self._expected(before, step, window)
        of_window: dict[str, Any] = {"window": self._bounds(window)} if window else {}
        options = of_window if step.beside is None else {}
        if step.dies is not None:
            with dying_at(self.platform, step.dies) as mortal:
                self._run(mortal, options)
        if step.beside is not None:
            with another_host_at(
                self.platform, step.beside, lambda other: self._lands(other, of_window)
            ) as plugin:
                result = self._run(plugin, options)
                # rows that were given to the run cannot be read again by itself
                assert result.success or "Run again" in result.errors[0], result.errors
        self._lands(self.platform.plugin, options | {"refresh": step.refresh})
        self.history.became(after, self.platform.lineage() if self.history.tables or after.rows else 0)
        assert sorted(row.stored for row in after.rows) == sorted(stored(self.platform))

    def _window(self, step: Load) -> tuple[int, int] | None:
        """The window of the step, up to where the cursor has come; None if it is empty, or if the column has other values than the window."""
        last = self.history.now.last
        has_days = self.kind not in {"jsonl", "rest_api"}
        has_windows = self.kind != "python" and (self.cursor in NUMBERS or has_days)
        if step.window is None or last is None or not has_windows or self.cursor not in WINDOWED:
            return None
        start, end = step.window[0], min(step.window[1], last)
        return (start, end) if start < end else None

    def _expected(self, before: Table, step: Load, window: tuple[int, int] | None) -> Table:
        rows = [row for row in self.rows if row.place is not None or self.on_null == "include"]
        if window is not None:
            before = before.windowed(rows, window, merges=self.mode != "append")
            if step.beside is None:
                return before
        if step.refresh:
            return before.replaced(rows)
        if self.mode == "append":
            return before.appended(rows)
        merged = before.merged(rows)
        return merged.without_missing(self.rows) if self.mode == "delete_missing" else merged

    def _lands(self, plugin: DltIngestionPlugin, options: dict[str, Any]) -> None:
        result = self._run(plugin, options)
        assert result.success, result.errors

    def _bounds(self, window: tuple[int, int]) -> Window:
        start, end = map(CURSORS[self.cursor], window)
        return Window("u", *(Decimal(value) if isinstance(value, float) else value for value in (start, end)))

    def _run(self, plugin: DltIngestionPlugin, options: dict[str, Any]) -> IngestionResult:
        config = {
            key: dict(value) if isinstance(value, dict) else value
            for key, value in OPTIONS[self.mode].items()
        }
        cursor = {"column": "u", "on_null": self.on_null}
        config["source_config"] = config.get("source_config", {}) | {"cursor": cursor}
        rows = [written(row, self.cursor, has_extra=self._has_extra) for row in self.rows]
        wanted, given_rows = self.source.config(rows, **config)
        return plugin.run(plugin.create_pipeline(wanted), source=given_rows, **options)

    @property
    def _last(self) -> int:
        return max(self._places(but=-1))

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
    kind = data.draw(st.sampled_from(KINDS_OF.get(mode, KINDS)), "kind")
    cursor = data.draw(st.sampled_from(sorted(CURSORS)), "cursor")
    on_null = data.draw(st.sampled_from(("include", "exclude")), "on_null")
    story = Story(tmp_path_factory.mktemp("history"), kind, cursor, mode, on_null)
    try:
        for step in data.draw(histories(), "steps"):
            story.play(step)
        story.play(Load())
    finally:
        story.source.close()
        story.platform.plugin.shutdown()
