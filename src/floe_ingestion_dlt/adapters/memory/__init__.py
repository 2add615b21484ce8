"""The ports in memory, for tests. They keep the same laws as the real adapters."""

from floe_ingestion_dlt.adapters.memory.clock import ManualClock
from floe_ingestion_dlt.adapters.memory.destination import MemoryDestination
from floe_ingestion_dlt.adapters.memory.engine import MemoryEngine, MemoryPipeline
from floe_ingestion_dlt.adapters.memory.scripted_answers import Answer, Request
from floe_ingestion_dlt.adapters.memory.source import MemorySource
from floe_ingestion_dlt.adapters.memory.telemetry import (
    MemoryTelemetry,
    RecordedEvent,
    RecordedOperation,
)

__all__ = [
    "Answer",
    "ManualClock",
    "MemoryDestination",
    "MemoryEngine",
    "MemoryPipeline",
    "MemorySource",
    "MemoryTelemetry",
    "RecordedEvent",
    "RecordedOperation",
    "Request",
]
