"""The time of this machine."""

from __future__ import annotations

import time
from typing import final


@final
class WallClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
