"""The pause before a commit that lost a race is built again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from floe_ingestion_dlt.adapters.dlt_api.internals import raise_if_asked_to_stop
from floe_ingestion_dlt.ports.clock import Clock

FIRST_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 2.0


def pauses(clock: Clock) -> Callable[[int], None]:
    """Sleep after attempt number *attempt*: longer each time and for a random time, so that writers do not collide again.

    A process that is asked to stop makes no further attempt: the load stays pending, and the next run looks for it.
    """

    def pause(attempt: int) -> None:
        longest = min(FIRST_SECONDS * 2.0 ** min(attempt, 10), LONGEST_SECONDS)
        clock.sleep(clock.chance() * longest)
        raise_if_asked_to_stop()

    return pause
