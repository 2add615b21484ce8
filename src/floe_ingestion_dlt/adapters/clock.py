"""The time of this machine, and its chance."""

from __future__ import annotations

import random
import time
from typing import final


@final
class WallClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def chance(self) -> float:
        return random.random()  # noqa: S311  # nosec B311 - it parts writers, and keeps no secret
