"""What a memory telemetry has recorded, under the public names of docs/observability.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry, RecordedEvent, RecordedOperation
from floe_ingestion_dlt.adapters.telemetry.names import (
    Attribute,
    Level,
    detail_attributes,
    event_entry,
    operation_entry,
)
from floe_ingestion_dlt.domain.faults import Context, Fault


@final
@dataclass
class Published:
    """An operation or an event, with everything that is published of it."""

    name: str
    context: Context
    attributes: dict[str, Attribute] = field(default_factory=dict)
    fault: Fault | None = None
    error: bool = False


def published_events(telemetry: MemoryTelemetry) -> list[Published]:
    return [_event(recorded) for recorded in telemetry.events]


def published_operations(telemetry: MemoryTelemetry) -> list[Published]:
    return [_operation(recorded) for recorded in telemetry.operations]


def _event(recorded: RecordedEvent) -> Published:
    entry = event_entry(recorded.event)
    is_error = entry.level is Level.ERROR
    return Published(entry.name, recorded.context, dict(entry.attributes), error=is_error)


def _operation(recorded: RecordedOperation) -> Published:
    entry = operation_entry(recorded.operation)
    attributes = dict(entry.attributes)
    for detail in recorded.details:
        attributes.update(detail_attributes(detail))
    return Published(entry.name, recorded.context, attributes, recorded.fault)
