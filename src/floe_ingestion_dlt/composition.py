"""The adapters of a plugin, put together; to import this is to import dlt and pyiceberg."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.verifying import cursor_in
from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
from floe_ingestion_dlt.adapters.iceberg.iceberg_destination import IcebergDestination
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
from floe_ingestion_dlt.adapters.telemetry.progress import progress_for
from floe_ingestion_dlt.destination import iceberg
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.secret import Settings
from floe_ingestion_dlt.ports.checkpoints import OnCheckpoint
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.engine import Engine
from floe_ingestion_dlt.ports.stopping import Stop
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.ports.verification import CursorIn

__all__ = ["Adapters"]


@final
@dataclass(frozen=True, slots=True)
class Adapters:
    """Makes the adapters of one plugin, which share these services; texts that leave go through *redact*."""

    telemetry: Telemetry
    clock: Clock
    stop: Stop
    on_checkpoint: OnCheckpoint
    redact: Callable[[str], str]

    @property
    def cursor_in(self) -> CursorIn:
        """How a cursor is found in the state that a table has."""
        return cursor_in

    def iceberg_destination(self, properties: Settings) -> Destination:
        """The catalog that pyiceberg loads for *properties*, opened when it is first needed."""
        return IcebergDestination.from_properties(properties, self.on_checkpoint)

    def dlt_engine(self, folder: str | None, progress: ProgressSetting) -> Engine[Any]:
        """The engine that runs dlt's pipelines, which keep what is pending in *folder*; None is dlt's own."""
        shown = progress_for(progress, self.telemetry, self.clock)
        services = EngineServices(self.telemetry, self.on_checkpoint, shown, self.stop)
        return DltEngine(self._dlt_destination, RegisteredSources(), services, folder)

    def _dlt_destination(self, plan: LoadPlan, port: Destination) -> iceberg:
        binding = Binding(
            port, self.telemetry, self.clock, on_checkpoint=self.on_checkpoint, redact=self.redact
        )
        return iceberg(binding=binding.for_runs_of(plan))
