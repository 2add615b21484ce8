"""Who watches the plugin, and what nobody is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, final

import pydantic
from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.dlt.engine.watchers import Watchers
from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
from floe_ingestion_dlt.adapters.progress import progress_for
from floe_ingestion_dlt.adapters.telemetry.library_logs import LibraryLogs
from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.metrics import MetricTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.domain.cleartext import cleartext_addresses
from floe_ingestion_dlt.domain.faults import Context, Fault, Invalid, in_other_words
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.errors import (
    IngestionError,
    PipelineConfigurationError,
    SourceConnectionError,
    error_of,
    kind_of_error,
)
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestones
from floe_ingestion_dlt.ports.stopping import Stop
from floe_ingestion_dlt.ports.telemetry import Listeners, Operation, Telemetry
from floe_ingestion_dlt.secrets.finding import secrets_in, secrets_of_environment
from floe_ingestion_dlt.secrets.redacting_telemetry import Discreet

ValueT = TypeVar("ValueT")


def everyone() -> Telemetry:
    """Spans, log lines and metrics; lines are told within spans, so that they name their trace."""
    return Listeners(SpanTelemetry(), LogTelemetry(), MetricTelemetry())


@final
class Watching:
    """Telemetry, and errors that are raised: whatever leaves the plugin passes here, without the credentials it knows."""

    def __init__(self, telemetry: Telemetry | None = None) -> None:
        self._secrets = KnownSecrets()
        self._library_logs = LibraryLogs(self._secrets.clean)
        self.telemetry: Telemetry = Discreet(telemetry or everyone(), self._secrets.clean)

    def begin(self, environment: Mapping[str, str]) -> None:
        """Clean what libraries log, and know the credentials of the process."""
        self._library_logs.begin()
        self._secrets.learn(secrets_of_environment(environment))

    def report_cleartext(self, settings: object) -> None:
        """Warn of each of the *settings* by which another host is asked without encryption."""
        for found in cleartext_addresses(settings):
            told = {
                "setting": found.setting,
                "cause": f"{found.origin} is asked without encryption: credentials and rows can be read on the way",
                "next_step": "Set it to an address of https://.",
            }
            self.telemetry.event("connection_not_encrypted", Context(), told)

    def end(self) -> None:
        """Leave what libraries log alone."""
        self._library_logs.end()

    def watchers(self, shown: ProgressSetting, clock: Clock, milestones: Milestones, stop: Stop) -> Watchers:
        """Those who watch dlt."""
        progress = progress_for(shown, self.telemetry, clock)
        return Watchers(self.telemetry, milestones, progress, stop)

    def binding(self, port: Destination, clock: Clock, plan: LoadPlan, milestones: Milestones) -> Binding:
        """What the dlt destination of a plan is bound to; its threads tell of the run that goes on here and now."""
        telemetry = self.telemetry.carried()
        return Binding(
            port,
            telemetry,
            clock,
            plan.context,
            plan.contract,
            plan.table,
            milestones,
            repeats=True,
            clean=self.clean,
        )

    def learn(self, *settings: object) -> None:
        """Hide the credentials in these settings from now on."""
        for setting in settings:
            self._secrets.learn(secrets_in(setting))

    def clean(self, text: str) -> str:
        """The text without the credentials that are known."""
        return self._secrets.clean(text)

    def discreet(self, fault: Fault) -> Fault:
        """The fault without them."""
        return in_other_words(fault, self.clean)

    def demand(
        self,
        result: Result[ValueT, Fault],
        context: Context,
        operation: Operation,
        kind: type[IngestionError] | None = None,
    ) -> ValueT:
        """The value of a success; a fault is told, and raised as an error of that *kind*, or of the fault's own."""
        if not isinstance(result, Failure):
            return result.unwrap()
        fault = self.discreet(result.failure())
        operation.fail(fault)
        raise error_of(kind or kind_of_error(fault), fault, context)

    def demand_settings(self, result: Result[ValueT, Fault], name: str, context: Context) -> ValueT:
        """The settings that the operation *name* needs; where there are none, it is told as failed, and not begun."""
        if not isinstance(result, Failure):
            return result.unwrap()
        with self.telemetry.operation(name, context, {}) as operation:
            value: ValueT = self.demand(result, context, operation)
            return value

    def demand_connection(self, result: Result[None, Fault], context: Context, operation: Operation) -> None:
        """Nothing for whom can be reached, be it a source or a catalog; a setting that cannot be used is told as such."""
        is_setting = isinstance(result, Failure) and isinstance(result.failure(), Invalid)
        kind = PipelineConfigurationError if is_setting else SourceConnectionError
        self.demand(result, context, operation, kind)

    def tell_refusal(self, name: str, context: Context, refused: pydantic.ValidationError) -> None:
        """Tell of an operation that was not begun, because of what it was asked for."""
        first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or refused.title
        with self.telemetry.operation(name, context, {}) as operation:
            operation.fail(Invalid(field, "what was given", first["msg"]))
