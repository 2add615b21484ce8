"""A load from its options to its report: recorded, retried, and ended by a signal only where nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol, final

from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.system.signals import StopSignals
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.events import RunInterrupted
from floe_ingestion_dlt.domain.faults import Fault, NotSliceable
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.operations import Run
from floe_ingestion_dlt.domain.sliced_loads import check_plan
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.engine import AnyEngine
from floe_ingestion_dlt.ports.slicing import AnySlicing, NeverSliced
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.retry import PolicyRetries
from floe_ingestion_dlt.running.ingest import RunServices, ingest, ingest_by
from floe_ingestion_dlt.running.planning import revised
from floe_ingestion_dlt.running.report import record_report
from floe_ingestion_dlt.running.slices import SlicedReading, sliced
from floe_ingestion_dlt.secrets.redactor import Redactor

ONLY_SOURCES: Final = NotSliceable(
    "only the plan's own source can be read by several workers", "Remove source, or load it without slices."
)


class InSlices(Protocol):
    """How a load is sliced."""

    def reading(self, slicing: AnySlicing, pipeline: object, plan: LoadPlan) -> Result[SlicedReading, Fault]:
        """The reading of a run by *plan*; a fault if its workers cannot load that."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Loads:
    """Makes loads, by the retries that the configuration has for their tables."""

    telemetry: Telemetry
    clock: Clock
    signals: StopSignals
    redactor: Redactor

    def load(
        self,
        engine: AnyEngine,
        slicing: AnySlicing | None,
        pipeline: object,
        options: Mapping[str, object],
        settings: DltIngestionConfig,
    ) -> LoadReport:
        """Load what is pending and what is new; a failure is a fault in the report.

        A signal that arrives meanwhile has its usual effect after the report is recorded.
        """

        def load(plan: LoadPlan) -> LoadReport:
            services = self._services(plan, settings, slicing)
            return ingest(engine, pipeline, plan, options.get("source"), services)

        return self._reported(engine.plan_of(pipeline), options, load)

    def load_in_slices(  # noqa: PLR0913, PLR0917 - as load
        self,
        engine: AnyEngine,
        slicing: AnySlicing | None,
        pipeline: object,
        options: Mapping[str, object],
        settings: DltIngestionConfig,
        how: InSlices,
    ) -> LoadReport:
        """Load as `load` does, but read by the workers of *how*."""

        def load(plan: LoadPlan) -> LoadReport:
            if slicing is None or options.get("source") is not None:
                return LoadReport.of(plan, ONLY_SOURCES)
            if isinstance(refused := check_plan(plan), Failure):
                return LoadReport.of(plan, refused.failure())
            if isinstance(reading := how.reading(slicing, pipeline, plan), Failure):
                return LoadReport.of(plan, reading.failure())
            services = self._services(plan, settings, slicing)
            return ingest_by(
                engine,
                pipeline,
                plan,
                sliced(engine, plan, slicing, reading.unwrap(), services),
                services,
            )

        return self._reported(engine.plan_of(pipeline), options, load)

    def _reported(
        self, plan: LoadPlan, options: Mapping[str, object], load: Callable[[LoadPlan], LoadReport]
    ) -> LoadReport:
        """The recorded report of a load by *plan* with the *options*."""
        with (
            self.signals.held_back(),
            self.telemetry.operation(Run(plan.load_settings), plan.context) as ongoing,
        ):
            changed = revised(plan, options)
            if isinstance(changed, Failure):
                report = LoadReport.of(plan, changed.failure())
            else:
                ongoing.note(changed.unwrap().load_settings)
                report = load(changed.unwrap())
            if signal := self.signals.received():
                self.telemetry.record(RunInterrupted(signal), plan.context)
            report = self._with_unused_settings(
                report, plan if isinstance(changed, Failure) else changed.unwrap()
            )
            report = report.with_fault(self.redactor.redact_fault).with_warnings(self.redactor.redact)
            record_report(report, ongoing, self.telemetry)
            return report

    def _with_unused_settings(self, report: LoadReport, plan: LoadPlan) -> LoadReport:
        """The report, with a warning of each configured setting that the load has not used."""
        for event in plan.unused_settings:
            self.telemetry.record(event, plan.context)
        return replace(report, warnings=(*report.warnings, *plan.unused_settings))

    def _services(
        self, plan: LoadPlan, settings: DltIngestionConfig, slicing: AnySlicing | None
    ) -> RunServices:
        telemetry = self.telemetry.for_other_threads()
        policy = settings.retry_policy_for(str(plan.table))
        retries = PolicyRetries(policy, self.clock, telemetry, plan.context)
        return RunServices(self.clock, retries, telemetry, self.signals, slicing or NeverSliced())
