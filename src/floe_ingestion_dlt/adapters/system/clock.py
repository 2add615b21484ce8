"""The machine's clock and random numbers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import final


@final
class WallClock:
    """The real clock. *sleep* ends early if the process is asked to end."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)

    def chance(self) -> float:
        return random.random()  # noqa: S311  # nosec B311 - it parts writers, and keeps no secret
