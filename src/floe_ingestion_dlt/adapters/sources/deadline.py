"""A time limit for calls of libraries that have none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed

ValueT = TypeVar("ValueT")


def within(seconds: float, act: Callable[[], Result[ValueT, Fault]], whom: str) -> Result[ValueT, Fault]:
    """The result of *act*, or a fault if it takes too long; its daemon thread is then left running."""
    answers: SimpleQueue[Result[ValueT, Fault]] = SimpleQueue()
    threading.Thread(target=lambda: answers.put(act()), name="floe-probe", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return Failure(
            SourceFailed(
                f"{whom} did not answer within {seconds:g} seconds",
                Category.TRANSIENT,
                "Check that it is up and reachable from here, then run again.",
            )
        )
