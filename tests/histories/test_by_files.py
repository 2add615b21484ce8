"""Random histories of a folder whose files are loaded once each come to what the pages say, whatever their format is."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.domain.faults import NotSliceable
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.histories.source import stored, write
from tests.histories.steps import MOMENTS, dying_at
from tests.platforms import TABLE, Platform

# A test plays many histories.
pytestmark = pytest.mark.timeout(7200)
EXAMPLES: Final = 501 if os.environ.get("FULL_SUITE") else 24
FORMATS: Final = ("csv", "jsonl", "parquet")
Values = tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """The values that the table has, each with its file, and the contents of each file that it knows."""

    values: tuple[tuple[str, str], ...] = ()
    files: dict[str, Values] = field(default_factory=dict)

    def after(self, folder: dict[str, Values], *, reloads: bool) -> Loaded:
        """After a run: files that are new, or were written again, are added as a whole; files that are gone stay known.

        A load that *reloads* removes the rows that the table has of a file that was written again.
        """
        new = {name: values for name, values in folder.items() if self.files.get(name) != values}
        kept = [(name, value) for name, value in self.values if not (reloads and name in new)]
        added = ((name, value) for name, values in new.items() for value in values)
        return Loaded((*kept, *added), self.files | new)


class Folder:
    """A folder, the table that its files are loaded into, and what that must have after each snapshot."""

    def __init__(self, place: Path, format_: str, *, reloads: bool) -> None:
        self.platform = Platform(place)
        self.format, self.content, self.reloads = format_, dict[str, Values](), reloads
        self.snapshots: list[Loaded | None] = []
        self._written = 0

    def write(self, name: str, rows: int) -> None:
        """Write a file, which may be there. A file of no bytes would not be read, so one of JSON lines has a row."""
        self._written += 1
        rows = max(rows, 1) if self.format == "jsonl" else rows
        self.content[name] = tuple(f"file {self._written} row {number}" for number in range(rows))
        rows_of_file = [{"id": number, "v": value} for number, value in enumerate(self.content[name])]
        write(self.platform, self.format, name, rows_of_file)

    def remove(self, name: str) -> None:
        if self.content.pop(name, None) is not None:
            (self.platform.data / f"{name}.{self.format}").unlink()

    def roll_back(self) -> None:
        if len(self.snapshots) > 1 and self.snapshots[-2] is not None:
            self.platform.roll_back()
            self.snapshots.pop()

    def move(self) -> None:
        """Go on from another host."""
        if (self.platform.folder / "pipelines").exists():
            self.platform.forget_local_state()

    def load(self, dies: Milestone | None = None, *, refresh: bool = False, in_slices: bool = False) -> None:
        before = (self.snapshots[-1] if self.snapshots else None) or Loaded()
        after = replace(before, values=(), files={}) if refresh else before
        after = after.after(self.content, reloads=self.reloads)
        if dies is not None:
            with dying_at(self.platform, dies) as mortal:
                self._run(mortal, refresh=refresh)
        if in_slices:
            self._run_in_slices()
        result = self._run(self.platform.plugin, refresh=refresh)
        assert result.success, result.errors
        found = self.platform.lineage() if self.snapshots or after.values else 0
        if found > len(self.snapshots):
            self.snapshots += [None] * (found - len(self.snapshots) - 1) + [after]
        values = (value for _, value in after.values)
        assert sorted(values) == sorted(value for _, value, _ in stored(self.platform))

    def load_in_slices(self) -> None:
        self.load(in_slices=True)

    def _run_in_slices(self) -> None:
        """Load in two slices; refused if files are reloaded, because that needs a load without slices."""
        plugin = self.platform.plugin
        with ThreadPoolExecutor(2) as workers:
            report = plugin.load_in_slices(self._pipeline(plugin), 2, workers)
        is_reloaded = isinstance(report.fault, NotSliceable) and self.reloads
        assert report.fault is None or is_reloaded, report.fault

    def _run(self, plugin: DltIngestionPlugin, **options: Any) -> IngestionResult:
        return plugin.run(self._pipeline(plugin), **options)

    def _pipeline(self, plugin: DltIngestionPlugin) -> object:
        source = {
            "path": str(self.platform.data),
            "format": self.format,
            "on_no_files": "ok",
            "provenance": ["file"],
            "on_changed_file": "reload" if self.reloads else "append",
        }
        return plugin.create_pipeline(IngestionConfig("filesystem", source, TABLE))


NAMES = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, tuple[Any, ...]]]:
    changes = st.one_of(
        st.tuples(st.just("write"), st.tuples(NAMES, st.integers(1, 3))),
        st.tuples(st.just("write"), st.tuples(NAMES, st.integers(0, 3))),
        st.tuples(st.just("remove"), st.tuples(NAMES)),
        st.tuples(st.just("roll_back"), st.just(())),
        st.tuples(st.just("move"), st.just(())),
    )
    loads = st.one_of(
        st.just(("load", ())),
        st.just(("load", ())),
        st.just(("load_in_slices", ())),
        st.tuples(st.just("load"), st.tuples(st.sampled_from(MOMENTS))),
    )
    parts = draw(st.lists(st.tuples(st.lists(changes, max_size=3), loads), min_size=2, max_size=5))
    return [step for before, load in parts for step in (*before, load)]


@pytest.mark.parametrize("format_", FORMATS)
@settings(
    max_examples=EXAMPLES // len(FORMATS),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(history=steps(), refreshed=st.booleans(), reloads=st.booleans())
def test_each_file_is_loaded_once(
    tmp_path_factory: pytest.TempPathFactory,
    format_: str,
    history: list[tuple[str, tuple[Any, ...]]],
    *,
    refreshed: bool,
    reloads: bool,
) -> None:
    folder = Folder(tmp_path_factory.mktemp("history"), format_, reloads=reloads)
    try:
        folder.write("first", 1)
        for what, values in history:
            getattr(folder, what)(*values)
        folder.load(refresh=refreshed)
        folder.load()
    finally:
        folder.platform.plugin.shutdown()
