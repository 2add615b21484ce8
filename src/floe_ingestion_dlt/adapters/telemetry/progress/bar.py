"""A bar on the terminal for each count of a step, removed when the step ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import final

from rich.console import Console
from rich.errors import LiveError
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from floe_ingestion_dlt.domain.faults import Context


@final
@dataclass
class _Step:
    name: str
    tasks: dict[str, TaskID] = field(default_factory=dict)


@final
class BarProgress:
    """Bars on standard error, or on *console*; pipelines that run at the same time share the screen."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._lock = Lock()
        self._steps: dict[str, _Step] = {}
        self._bars: Bars | None = None

    def begin(self, context: Context, step: str) -> None:
        with self._lock:
            self._steps[context.pipeline_name] = _Step(step)
            if self._bars is None:
                self._bars = self._shown()

    def count(self, context: Context, what: str, more: int, expected: int) -> None:
        with self._lock:
            step = self._steps.get(context.pipeline_name)
            if step is None or self._bars is None:
                return
            if what not in step.tasks:
                step.tasks[what] = self._bars.add_task(
                    f"{context.destination_table}: {step.name} {what}", total=None
                )
            task = step.tasks[what]
            if expected:
                known = self._bars.tasks[self._bars.task_ids.index(task)].total or 0
                self._bars.update(task, total=known + expected)
            self._bars.advance(task, more)

    def end(self, context: Context) -> None:
        with self._lock:
            step = self._steps.pop(context.pipeline_name, None)
            if self._bars is None:
                return
            self._bars.refresh()
            for task in step.tasks.values() if step else ():
                self._bars.remove_task(task)
            if not self._steps:
                self._bars.stop()
                self._bars = None

    def _shown(self) -> Bars | None:
        """Bars on the screen; None if the calling program shows its own."""
        bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            # The program's own output is not changed: it may go to a file.
            redirect_stdout=False,
        )
        try:
            bars.start()
        except LiveError:
            return None
        return bars
