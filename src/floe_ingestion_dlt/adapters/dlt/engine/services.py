"""The services that the engine uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY, Memory
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.progress import NoProgress, Progress
from floe_ingestion_dlt.ports.stopping import NeverStops, Stop
from floe_ingestion_dlt.ports.telemetry import Telemetry


@final
@dataclass(frozen=True, slots=True)
class EngineServices:
    """Where dlt's steps are recorded and shown; *stop* says whether the process was asked to stop, and *memory* how many rows a step may hold."""

    telemetry: Telemetry
    milestones: Milestones = ignore_milestone
    progress: Progress = NoProgress()  # noqa: RUF009 - it has no state
    stop: Stop = NeverStops()  # noqa: RUF009 - it has no state
    memory: Memory = DEFAULT_MEMORY
