"""A log line every ten seconds of a step; a quick step has none."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final, final

from floe_ingestion_dlt.domain.events import StepContinues
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.telemetry import Telemetry

SECONDS_BETWEEN_LINES: Final = 10.0


@final
@dataclass
class _Step:
    name: str
    last_line: float
    done: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)

    def counted(self) -> str:
        """All counts in a line, such as `orders 120000, Files 3 of 10`."""
        parts = (
            f"{what} {done} of {self.expected[what]}" if self.expected.get(what) else f"{what} {done}"
            for what, done in self.done.items()
        )
        return ", ".join(parts)


@final
class LineProgress:
    """Records an event every ten seconds while a step runs."""

    def __init__(self, telemetry: Telemetry, clock: Clock) -> None:
        self._telemetry, self._clock = telemetry, clock
        self._lock = Lock()
        self._steps: dict[str, _Step] = {}

    def begin(self, context: Context, step: str) -> None:
        with self._lock:
            self._steps[context.pipeline_name] = _Step(step, self._clock.now())

    def count(self, context: Context, what: str, more: int, expected: int) -> None:
        with self._lock:
            step = self._steps.get(context.pipeline_name)
            if step is None:
                return
            step.done[what] = step.done.get(what, 0) + more
            step.expected[what] = step.expected.get(what, 0) + expected
            now = self._clock.now()
            if now - step.last_line < SECONDS_BETWEEN_LINES:
                return
            step.last_line = now
            event = StepContinues(step.name, step.counted())
        self._telemetry.record(event, context)

    def end(self, context: Context) -> None:
        with self._lock:
            self._steps.pop(context.pipeline_name, None)
