"""Telemetry that remembers what it was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.ports.telemetry import Attribute, Telemetry


@final
@dataclass
class Told:
    """An operation or an event, with everything that was said of it."""

    name: str
    context: Context
    attributes: dict[str, Attribute] = field(default_factory=dict)
    fault: Fault | None = None
    error: bool = False

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self.attributes.update(attributes)

    def fail(self, fault: Fault) -> None:
        self.fault = fault


@final
class MemoryTelemetry:
    """Keeps all it is told; *trace_id* is the id of every trace."""

    def __init__(self, trace_id: str | None = None) -> None:
        self.operations: list[Told] = []
        self.events: list[Told] = []
        self._trace_id = trace_id

    @contextmanager
    def operation(self, name: str, context: Context, attributes: Mapping[str, Attribute]) -> Iterator[Told]:
        told = Told(name, context, dict(attributes))
        self.operations.append(told)
        yield told

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        self.events.append(Told(name, context, dict(attributes), error=error))

    def carried(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return self._trace_id
