"""What a source reports while it is read, beside its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from floe_ingestion_dlt.domain.events import Event

Report: TypeAlias = Callable[[Event], None]


def unreported(_event: Event) -> None:
    """Ignore the event."""
