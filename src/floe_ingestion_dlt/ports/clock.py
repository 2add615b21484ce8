"""Time and random numbers, for rules that depend on them."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """The seconds of a monotonic clock."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def chance(self) -> float:
        """A random number from 0 to 1."""
        ...
