"""Loading the units of declared sources, several at once if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import final

from pydantic import ValidationError
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.boundary.validation import all_invalid
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.window_bounds import Bound
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.plugin import DltIngestionPlugin
from floe_ingestion_dlt.running.planning import Unit


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one table of a *source*: the *report* of its run, or the *refusal* for which there was none."""

    source: str
    table: str
    report: LoadReport | None = None
    refusal: str | None = None
    category: Category | None = None

    @property
    def success(self) -> bool:
        return self.report is not None and self.report.success

    @property
    def error(self) -> str | None:
        return self.refusal or (self.report.error if self.report else None)

    @property
    def may_pass(self) -> bool:
        """Whether the same run may succeed later."""
        fault = self.report.fault if self.report else None
        return (fault.category if fault else self.category) is Category.TRANSIENT


@final
@dataclass(frozen=True, slots=True)
class Loading:
    """How units are loaded: so many *jobs* at once; with *fail_fast*, none begins after a failure.

    With *refresh*, all rows are replaced; with the ends of a *window*, the rows whose cursor lies between them.
    """

    jobs: int = 1
    fail_fast: bool = False
    refresh: bool = False
    window: tuple[Bound, Bound] | None = None

    def of(self, plugin: DltIngestionPlugin, sources: Sequence[str]) -> Iterator[Outcome]:
        """The outcomes of all units of the *sources*, as they end."""
        units, refused = units_of(plugin, sources)
        yield from refused
        if refused and self.fail_fast:
            return
        loads = [self._load(plugin, unit) for unit in units]
        yield from self._side_by_side(loads) if self.jobs > 1 else self._in_turn(loads)

    def _in_turn(self, loads: Sequence[Callable[[], Outcome]]) -> Iterator[Outcome]:
        for load in loads:
            yield (outcome := load())
            if self.fail_fast and not outcome.success:
                return

    def _side_by_side(self, loads: Sequence[Callable[[], Outcome]]) -> Iterator[Outcome]:
        with ThreadPoolExecutor(self.jobs, "load") as pool:
            running: list[Future[Outcome]] = [pool.submit(load) for load in loads]
            for ended in as_completed(running):
                if ended.cancelled():
                    continue
                yield (outcome := ended.result())
                if self.fail_fast and not outcome.success:
                    for other in running:
                        other.cancel()

    def _load(self, plugin: DltIngestionPlugin, unit: Unit) -> Callable[[], Outcome]:
        def load() -> Outcome:
            options = self._options(unit)
            if isinstance(options, Failure):
                return Outcome(unit.source, unit.table, None, options.failure(), Category.CONFIGURATION)
            try:
                report = plugin.load(plugin.create_pipeline(unit.config), **options.unwrap())
            except (IngestionError, ValidationError) as refused:
                return refused_outcome(unit.source, unit.table, refused)
            return Outcome(unit.source, unit.table, report)

        return load

    def _options(self, unit: Unit) -> Result[dict[str, object], str]:
        """The options of `plugin.load` for a unit."""
        options: dict[str, object] = {"refresh": True} if self.refresh else {}
        if self.window is None:
            return Success(options)
        if unit.cursor is None:
            return Failure(
                "a window needs a cursor_field, by whose values its rows are found. Set cursor_field."
            )
        try:
            return Success({**options, "window": Window(unit.cursor, *self.window)})
        except ValueError as refused:
            return Failure(f"--window: {refused}")


def units_of(plugin: DltIngestionPlugin, sources: Sequence[str]) -> tuple[list[Unit], list[Outcome]]:
    """The units of the sources, and the sources that have none because of an error."""
    units, refused = list[Unit](), list[Outcome]()
    for name in sources:
        try:
            units += plugin.units(name)
        except (IngestionError, ValidationError) as error:
            refused.append(refused_outcome(name, "", error))
    return units, refused


def refused_outcome(source: str, table: str, error: IngestionError | ValidationError) -> Outcome:
    """The outcome of a source or table for which no pipeline could be created."""
    if isinstance(error, ValidationError):
        return Outcome(source, table, refusal=all_invalid(error), category=Category.CONFIGURATION)
    return Outcome(source, table, refusal=str(error), category=error.category)
