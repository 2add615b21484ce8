"""The adapters of a plugin, put together.

They are imported when they are first needed: dlt and pyiceberg take seconds, and who only configures does without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import requires
from typing import Any, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MissingPackage
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.secret import Settings
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.engine import Engine
from floe_ingestion_dlt.ports.milestones import Milestones
from floe_ingestion_dlt.ports.stopping import Stop
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.ports.verification import CursorIn

__all__ = ["Adapters", "ask_to_stop", "check_packages"]


@final
@dataclass(frozen=True, slots=True)
class Adapters:
    """Makes the adapters of one plugin, which share these services; texts that leave go through *redact*."""

    telemetry: Telemetry
    clock: Clock
    stop: Stop
    milestones: Milestones
    redact: Callable[[str], str]

    @property
    def cursor_in(self) -> CursorIn:
        """How a cursor is found in the state that a table has."""
        from floe_ingestion_dlt.adapters.dlt.engine.verifying import cursor_in

        return cursor_in

    def iceberg_destination(self, properties: Settings) -> Destination:
        """The catalog that pyiceberg loads for *properties*, opened when it is first needed."""
        from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination

        return IcebergDestination.from_properties(properties, self.milestones)

    def dlt_engine(self, folder: str | None, progress: ProgressSetting) -> Engine[Any]:
        """The engine that runs dlt's pipelines, which keep what is pending in *folder*; None is dlt's own."""
        from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine
        from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
        from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
        from floe_ingestion_dlt.adapters.telemetry.progress import progress_for

        shown = progress_for(progress, self.telemetry, self.clock)
        services = EngineServices(self.telemetry, self.milestones, shown, self.stop)
        return DltEngine(self._dlt_destination, RegisteredSources(), services, folder)

    def _dlt_destination(self, plan: LoadPlan, port: Destination) -> Any:
        from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
        from floe_ingestion_dlt.destination import iceberg

        binding = Binding(port, self.telemetry, self.clock, milestones=self.milestones, redact=self.redact)
        return iceberg(binding=binding.for_runs_of(plan))


def check_packages() -> Result[None, MissingPackage]:
    """Whether dlt, pyiceberg and what they need can be imported; they are imported now."""
    try:
        from floe_ingestion_dlt.adapters.dlt.engine import dlt_engine  # noqa: F401
        from floe_ingestion_dlt.adapters.iceberg import destination  # noqa: F401
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        return Failure(MissingPackage(package, "the plugin", f"pip install '{_requirement_of(package)}'"))
    return Success(None)


def ask_to_stop(signal: int) -> None:
    """Let dlt end what it is doing, as after this *signal*."""
    from floe_ingestion_dlt.adapters.dlt_api.internals import ask_to_stop as ask_dlt_to_stop

    ask_dlt_to_stop(signal)


def _requirement_of(package: str) -> str:
    """The package, with the versions that this one works with."""
    ours = (text.partition(";")[0].strip() for text in requires("floe-ingestion-dlt") or ())
    return next((text for text in ours if re.match(rf"{package}(?![\w.-])", text)), package)
