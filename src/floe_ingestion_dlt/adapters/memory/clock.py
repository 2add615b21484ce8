"""A clock that advances only when somebody sleeps, and whose random numbers are fixed."""

from __future__ import annotations

from typing import final


@final
class ManualClock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def chance(self) -> float:
        return 0.0
