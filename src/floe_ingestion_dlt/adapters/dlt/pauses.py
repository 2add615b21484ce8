"""How long a commit that lost a race waits before it is built anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from floe_ingestion_dlt.ports.clock import Clock

FIRST_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 2.0


def pauses(clock: Clock) -> Callable[[int], None]:
    """Sleep before the attempt after number *attempt*: longer each time, and by chance, so that writers part."""

    def pause(attempt: int) -> None:
        longest = min(FIRST_SECONDS * 2.0 ** min(attempt, 10), LONGEST_SECONDS)
        clock.sleep(clock.chance() * longest)

    return pause
