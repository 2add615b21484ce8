"""What a source reports while it is read, beside its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from floe_ingestion_dlt.ports.telemetry import Attribute

# The name of an event, and its attributes.
Report: TypeAlias = Callable[[str, Mapping[str, Attribute]], None]


def unreported(_event: str, _attributes: Mapping[str, Attribute]) -> None:
    """Nobody listens."""
