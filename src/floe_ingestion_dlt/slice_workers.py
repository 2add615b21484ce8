"""The workers of loads in slices: threads of this process, or other processes, which get no credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, TypeAlias, final

from floe_core.plugins.ingestion import RuntimeBinding
from pydantic import BaseModel, ValidationError
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.adapters.telemetry.combined import standard_telemetry
from floe_ingestion_dlt.boundary.validation import first_invalid
from floe_ingestion_dlt.composition import Adapters, Connections
from floe_ingestion_dlt.config import DltIngestionConfig, model_of, settings_of
from floe_ingestion_dlt.domain.faults import Fault, WorkerUnusable
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer, check_count
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestones
from floe_ingestion_dlt.ports.slicing import AnySlicing, SliceTask
from floe_ingestion_dlt.ports.source import Sources
from floe_ingestion_dlt.ports.stopping import NeverStops
from floe_ingestion_dlt.running.planning import plan_for, revised, units_of, with_variables
from floe_ingestion_dlt.running.slices import SlicedReading, Workers
from floe_ingestion_dlt.secrets.finding import has_credentials
from floe_ingestion_dlt.secrets.redacting_telemetry import RedactingTelemetry
from floe_ingestion_dlt.secrets.redactor import Redactor

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.dlt.engine.slice_staging import DltStager

__all__ = ["Configuration", "SliceWorker", "SlicesBy"]

# Returns the plugin's configuration.
Configuration: TypeAlias = Callable[[], "BaseModel | Mapping[str, object]"]

_PACKAGE: Final = "floe-ingestion-dlt"
_ITS_OWN: Final = "Pass worker_config=, a function that returns the configuration in each worker, or use a ThreadPoolExecutor."


@final
@dataclass(frozen=True, slots=True)
class SliceWorker:
    """Stages slices in another process. It can be pickled, and has no credentials: *configuration* is called in that process."""

    version: str
    configuration: Configuration
    source: str
    table: str
    options: Mapping[str, object]
    unit: str
    catalog: str
    binding: RuntimeBinding | None
    milestones: Milestones

    def __call__(self, task: SliceTask) -> Result[SliceAnswer, Fault]:
        if self.version != (own := version(_PACKAGE)):
            cause = f"they have version {own} of {_PACKAGE}, and this process has {self.version}"
            return Failure(WorkerUnusable(cause, "Install the same version for all workers."))
        redactor = Redactor()
        redactor.start(os.environ)
        try:
            return (
                self._settings(redactor)
                .bind(partial(self._staged, task, redactor))
                .map(lambda answer: replace(answer, warnings=with_text(answer.warnings, redactor.redact)))
                .alt(redactor.redact_fault)
            )
        finally:
            redactor.stop()

    def _settings(self, redactor: Redactor) -> Result[DltIngestionConfig, Fault]:
        try:
            model = model_of(self.configuration())
        except ValidationError as refused:
            return Failure(first_invalid(refused))
        except IngestionError as refused:
            return Failure(refused.fault or _no_configuration(str(refused)))
        except Exception as error:  # noqa: BLE001 - the function is the user's
            # The module imports the error types of databases.
            from floe_ingestion_dlt.library_errors.error_texts import one_line  # noqa: PLC0415

            return Failure(_no_configuration(one_line(error)))
        redactor.add_from(model and model.model_dump())
        return settings_of(model)

    def _staged(
        self, task: SliceTask, redactor: Redactor, settings: DltIngestionConfig
    ) -> Result[SliceAnswer, Fault]:
        redactor.add_from(*settings.parts_with_credentials)
        telemetry = RedactingTelemetry(standard_telemetry(), redactor.redact)
        adapters = Adapters(telemetry, WallClock(), NeverStops(), self.milestones, redactor.redact)
        connections = Connections(adapters, redactor.add_from, None, None)
        connections.follow(settings)
        try:
            bound = connections.bound(self.binding)
            if isinstance(bound, Failure):
                return bound
            with closing(bound.unwrap()) as destination:
                stager = connections.adapters.dlt_stager(connections.sources)
                return self._staged_in(destination, settings, stager, connections.sources, task)
        finally:
            connections.close()

    def _staged_in(
        self,
        destination: Destination,
        settings: DltIngestionConfig,
        stager: DltStager,
        sources: Sources,
        task: SliceTask,
    ) -> Result[SliceAnswer, Fault]:
        if destination.identity != self.catalog:
            return Failure(_other("catalog"))
        plan = self._plan(settings, sources)
        same = plan.bind(stager.unit_of).bind(
            lambda unit: Success(unit) if unit == self.unit else Failure(_other("source"))
        )
        return same.bind(lambda _: stager.stage(plan.unwrap(), destination, task))

    def _plan(self, settings: DltIngestionConfig, sources: Sources) -> Result[LoadPlan, Fault]:
        configured = next((each for each in settings.sources if each.name == self.source), None)
        units = () if configured is None else units_of(configured, sources)
        unit = next((each for each in units if each.table == self.table), None)
        if unit is None:
            return Failure(_other("source"))
        changed: Result[LoadPlan, Fault] = revised(
            plan_for(with_variables(unit.config), configured), self.options
        )
        return changed


@final
@dataclass(frozen=True, slots=True)
class SlicesBy:
    """A load in *count* slices by the workers of an *executor*; *settings* are the plugin's."""

    executor: Executor
    count: int
    by: str | None
    configuration: Configuration | None
    settings: DltIngestionConfig
    binding_of: Callable[[str], RuntimeBinding | None]
    options: Mapping[str, object]
    milestones: Milestones

    def reading(self, slicing: AnySlicing, pipeline: object, plan: LoadPlan) -> Result[SlicedReading, Fault]:
        """The reading of a run by *plan*; a fault if its workers cannot load that."""
        if isinstance(refused := check_count(self.count), Failure):
            return refused
        return self._work(slicing, pipeline, plan).map(
            lambda work: SlicedReading(Workers(self.executor, work), self.count, self.by)
        )

    def _work(
        self, slicing: AnySlicing, pipeline: object, plan: LoadPlan
    ) -> Result[Callable[[SliceTask], Result[SliceAnswer, Fault]], Fault]:
        if isinstance(self.executor, ThreadPoolExecutor):
            return Success(partial(slicing.stage_in_this_process, pipeline))
        if plan.name is None:
            cause = f"no source is configured for {plan.table}"
            return Failure(
                WorkerUnusable(cause, "Add it to sources in the plugin's configuration, or use threads.")
            )
        needed = self.settings.with_only(plan.name)
        if self.configuration is None and has_credentials(needed.model_dump()):
            cause = "its configuration contains credentials, and these are not sent to workers"
            return Failure(WorkerUnusable(cause, _ITS_OWN))
        given = self.configuration or partial(_given, needed)
        return slicing.unit_of(plan).map(
            lambda unit: self._worker(given, plan, unit, slicing.catalog_of(pipeline))
        )

    def _worker(self, given: Configuration, plan: LoadPlan, unit: str, catalog: str) -> SliceWorker:
        # The id of the load is part of each task.
        options = {name: value for name, value in self.options.items() if name != "idempotency_key"}
        binding = self.binding_of(catalog)
        return SliceWorker(
            version(_PACKAGE),
            given,
            str(plan.name),
            str(plan.table),
            options,
            unit,
            catalog,
            binding,
            self.milestones,
        )


def _no_configuration(cause: str) -> WorkerUnusable:
    return WorkerUnusable(
        f"worker_config failed: {cause}", "Correct the function, and what it reads where the workers are."
    )


def _given(settings: DltIngestionConfig) -> DltIngestionConfig:
    return settings


def _other(what: str) -> WorkerUnusable:
    cause = f"their configuration has another {what} than the pipeline"
    return WorkerUnusable(cause, "Configure the plugin and its workers alike, or use a ThreadPoolExecutor.")
