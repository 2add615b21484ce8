"""Creates the adapters of a plugin and connects them.

Adapters are imported when they are first needed: importing dlt and pyiceberg takes seconds, and configuring needs neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, final

from floe_core.plugins.ingestion import RuntimeBinding
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.rehearsal.destination import Rehearsal
from floe_ingestion_dlt.adapters.rehearsal.rehearsed import SAMPLE_ROWS, Rehearsed
from floe_ingestion_dlt.adapters.rehearsal.telemetry import RehearsalTelemetry
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
from floe_ingestion_dlt.adapters.system.garbage import quick_imports
from floe_ingestion_dlt.boundary.catalog import catalog_properties, default_pipelines_dir
from floe_ingestion_dlt.boundary.deployment import bound_properties
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Fault, MissingPackage
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY, Memory
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.secret import Settings
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.engine import AnyEngine
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.pipeline_states import PipelineStates
from floe_ingestion_dlt.ports.slicing import AnySlicing
from floe_ingestion_dlt.ports.source import Sources
from floe_ingestion_dlt.ports.stopping import Stop
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.ports.verification import CursorIn

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine
    from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
    from floe_ingestion_dlt.adapters.dlt.engine.slice_staging import DltStager
    from floe_ingestion_dlt.adapters.dlt.loader.dlt_destination import PortDestination

__all__ = ["Adapters", "Connections", "ask_to_stop", "check_packages"]


@final
@dataclass(frozen=True, slots=True)
class Adapters:
    """Creates the adapters of one plugin. They share these services; *redact* removes credentials from every reported text."""

    telemetry: Telemetry
    clock: Clock
    stop: Stop
    milestones: Milestones
    redact: Callable[[str], str]
    memory: Memory = DEFAULT_MEMORY

    @property
    def cursor_in(self) -> CursorIn:
        """The function that finds the cursor in a table's state."""
        from floe_ingestion_dlt.adapters.dlt.engine.verifying import cursor_to_verify

        return cursor_to_verify

    @property
    def states(self) -> PipelineStates:
        """What reads the states in tables."""
        from floe_ingestion_dlt.adapters.dlt.kept_state import DltStates

        return DltStates()

    def iceberg_destination(self, properties: Settings) -> Destination:
        """The catalog that pyiceberg loads for *properties*; it is opened when it is first needed."""
        from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination

        return IcebergDestination.from_properties(properties, self.milestones, self.memory)

    def dlt_engine(
        self,
        folder: str | None,
        progress: ProgressSetting,
        sources: Sources,
        sample_rows: int | None = None,
    ) -> DltEngine:
        """The engine that runs dlt's pipelines. Pending rows are stored in *folder*, or in dlt's own folder if it is None."""
        from floe_ingestion_dlt.adapters.dlt.engine.dlt_engine import DltEngine

        services = self._services(progress)
        return DltEngine(self._dlt_destination, sources, services, folder, sample_rows)

    @contextmanager
    def rehearsed(self, real: Destination, sources: Sources) -> Iterator[Rehearsed]:
        """What tries runs that would write to the *real* destination; it writes to a folder that is deleted then."""
        telemetry = RehearsalTelemetry()
        adapters = replace(self, telemetry=telemetry, milestones=ignore_milestone)
        with TemporaryDirectory(prefix="floe-plan-") as folder:
            place = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": Path(folder, "tables").as_uri()}
            scratch = adapters.iceberg_destination({"type": "sql", **place})
            engine = adapters.dlt_engine(f"{folder}/pipelines", ProgressSetting.OFF, sources, SAMPLE_ROWS)
            try:
                yield Rehearsed(engine, Rehearsal(real, scratch), telemetry, self.states)
            finally:
                scratch.close()

    def dlt_slicing(self, engine: DltEngine, sources: Sources) -> AnySlicing:
        """Divides the loads of the *engine* into slices."""
        from floe_ingestion_dlt.adapters.dlt.engine.slicing import DltSlicing

        services = self._services(ProgressSetting.OFF)
        return DltSlicing(engine, self.dlt_stager(sources), sources, services)

    def dlt_stager(self, sources: Sources) -> DltStager:
        """Does the tasks of workers in this process."""
        from floe_ingestion_dlt.adapters.dlt.engine.slice_staging import DltStager

        services = self._services(ProgressSetting.OFF)
        return DltStager(
            lambda folder: self.dlt_engine(folder, ProgressSetting.OFF, sources), sources, services
        )

    def _services(self, progress: ProgressSetting) -> EngineServices:
        from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
        from floe_ingestion_dlt.adapters.telemetry.progress import progress_for

        shown = progress_for(progress, self.telemetry, self.clock)
        return EngineServices(self.telemetry, self.milestones, shown, self.stop, self.memory)

    def _dlt_destination(self, plan: LoadPlan, port: Destination) -> PortDestination:
        from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
        from floe_ingestion_dlt.destination import iceberg

        binding = Binding(port, self.telemetry, self.clock, milestones=self.milestones, redact=self.redact)
        return iceberg(binding=binding.for_runs_of(plan))


@final
class Connections:
    """The destination, the engine and the sources of a plugin.

    The destination and the engine are the ones passed to the plugin, or else created from its settings when they are first needed.
    """

    def __init__(
        self,
        adapters: Adapters,
        add_secrets: Callable[[Settings], None],
        destination: Destination | None,
        engine: AnyEngine | None,
    ) -> None:
        self.adapters, self._add_secrets = adapters, add_secrets
        self._given = (destination, engine)
        self._destination, self._engine = self._given
        self._slicing: AnySlicing | None = None
        # It opens sources, which share connections.
        self.sources: Sources = RegisteredSources()
        self._bindings: dict[str, RuntimeBinding] = {}
        self._settings = DltIngestionConfig()

    def follow(self, settings: DltIngestionConfig) -> None:
        """Use these settings from now on."""
        self._settings, self.adapters = settings, replace(self.adapters, memory=settings.memory.unwrap())
        self._destination, self._engine = self._given
        self.sources.close()

    def close(self) -> None:
        """Close the catalog and the connections to databases; they are opened again when they are needed."""
        self.sources.close()
        if self._destination is not None:
            self._destination.close()
        self._destination, self._engine = self._given

    @property
    def destination(self) -> Destination:
        """The configured catalog."""
        if self._destination is None:
            self._destination = self._open(catalog_properties(self._settings.catalog_config))
        return self._destination

    @property
    def engine(self) -> AnyEngine:
        """The engine that stores pending rows in the configured folder."""
        if self._engine is None:
            folder = self._settings.pipelines_dir or default_pipelines_dir(self._settings.catalog_config)
            progress = ProgressSetting(self._settings.progress)
            engine = self.adapters.dlt_engine(folder, progress, self.sources)
            self._engine, self._slicing = engine, self.adapters.dlt_slicing(engine, self.sources)
        return self._engine

    @property
    def slicing(self) -> AnySlicing | None:
        """Divides loads of the engine; None for an engine that was passed to the plugin."""
        return self._slicing if self.engine is not self._given[1] else None

    def bound(self, binding: RuntimeBinding | None) -> Result[Destination, Fault]:
        """The catalog in the platform's *binding*, or the configured one if there is none."""
        if binding is None or self._given[0] is not None:
            return Success(self.destination)
        return bound_properties(binding, os.environ).map(self._open).map(partial(self._remember, binding))

    def binding_of(self, catalog: str) -> RuntimeBinding | None:
        """The platform's binding that has led to the catalog with this identity; None if it is the configured one."""
        return self._bindings.get(catalog)

    def _remember(self, binding: RuntimeBinding, destination: Destination) -> Destination:
        self._bindings[destination.identity] = binding
        return destination

    def _open(self, properties: Settings) -> Destination:
        self._add_secrets(properties)
        return self.adapters.iceberg_destination(properties)


def check_packages() -> Result[None, MissingPackage]:
    """Import dlt, pyiceberg and their dependencies; the failure names a package that is missing."""
    try:
        with quick_imports():
            from floe_ingestion_dlt.adapters.dlt.engine import dlt_engine  # noqa: F401
            from floe_ingestion_dlt.adapters.iceberg import destination  # noqa: F401
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        return Failure(MissingPackage(package, "the plugin", f"pip install '{_requirement_of(package)}'"))
    return Success(None)


def ask_to_stop(signal: int) -> None:
    """Make dlt stop as if it had received this *signal*."""
    from floe_ingestion_dlt.adapters.dlt_api.internals import ask_to_stop as ask_dlt_to_stop

    ask_dlt_to_stop(signal)


def _requirement_of(package: str) -> str:
    """The requirement of the package: its name and the supported versions."""
    ours = (text.partition(";")[0].strip() for text in requires("floe-ingestion-dlt") or ())
    return next((text for text in ours if re.match(rf"{package}(?![\w.-])", text)), package)
