"""A load from its options to its report: recorded, retried, and ended by a signal only where nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from returns.result import Failure

from floe_ingestion_dlt.adapters.system.signals import StopSignals
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.events import RunInterrupted
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.operations import Run
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.engine import AnyEngine
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.retry import PolicyRetries
from floe_ingestion_dlt.running.ingest import RunServices, ingest
from floe_ingestion_dlt.running.planning import revised
from floe_ingestion_dlt.running.report import record_report
from floe_ingestion_dlt.secrets.redactor import Redactor


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
        pipeline: object,
        options: Mapping[str, object],
        settings: DltIngestionConfig,
    ) -> LoadReport:
        """Load what is pending and what is new; a failure is a fault in the report.

        A signal that arrives meanwhile has its usual effect after the report is recorded.
        """
        plan = engine.plan_of(pipeline)
        with (
            self.signals.held_back(),
            self.telemetry.operation(Run(plan.load_settings), plan.context) as ongoing,
        ):
            changed = revised(plan, options)
            if isinstance(changed, Failure):
                report = LoadReport.of(plan, changed.failure())
            else:
                ongoing.note(changed.unwrap().load_settings)
                services = self._services(plan, settings)
                report = ingest(engine, pipeline, changed.unwrap(), options.get("source"), services)
            if signal := self.signals.received():
                self.telemetry.record(RunInterrupted(signal), plan.context)
            report = report.with_fault(self.redactor.redact_fault)
            record_report(report, ongoing, self.telemetry)
            return report

    def _services(self, plan: LoadPlan, settings: DltIngestionConfig) -> RunServices:
        telemetry = self.telemetry.for_other_threads()
        policy = settings.retry_policy_for(str(plan.table))
        retries = PolicyRetries(policy, self.clock, telemetry, plan.context)
        return RunServices(self.clock, retries, telemetry, self.signals)
