"""All that a run needs to be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.adapters.rehearsal.destination import Rehearsal
from floe_ingestion_dlt.adapters.rehearsal.telemetry import RehearsalTelemetry
from floe_ingestion_dlt.ports.engine import AnyEngine
from floe_ingestion_dlt.ports.pipeline_states import PipelineStates

# A source is read up to the batch or page with this row.
SAMPLE_ROWS: Final = 10_000


@final
@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An *engine* that reads `SAMPLE_ROWS` and works in a folder of its own, the *destination* and the *telemetry* of its runs."""

    engine: AnyEngine
    destination: Rehearsal
    telemetry: RehearsalTelemetry
    states: PipelineStates
