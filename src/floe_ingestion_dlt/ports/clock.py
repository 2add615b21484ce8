"""Time and chance, as far as rules depend on them."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds that only grow."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def chance(self) -> float:
        """A number from 0 to 1 that nobody foresees."""
        ...
