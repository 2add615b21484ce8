"""Faults that end an operation of the plugin: recorded, and raised as errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, final

import pydantic
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Context, Fault, Invalid
from floe_ingestion_dlt.domain.operations import Operation
from floe_ingestion_dlt.errors import (
    IngestionError,
    PipelineConfigurationError,
    SourceConnectionError,
    error_of,
    kind_of_error,
)
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry
from floe_ingestion_dlt.secrets.redactor import Redactor

ValueT = TypeVar("ValueT")


@final
@dataclass(frozen=True, slots=True)
class Failures:
    """Records faults in *telemetry*, and raises them as errors without the credentials that *redactor* knows."""

    telemetry: Telemetry
    redactor: Redactor

    def raise_for(
        self,
        result: Result[ValueT, Fault],
        context: Context,
        ongoing: OngoingOperation,
        kind: type[IngestionError] | None = None,
    ) -> ValueT:
        """The value of a success; a fault fails the operation, and is raised as an error of *kind*, or of its own kind."""
        if not isinstance(result, Failure):
            return result.unwrap()
        fault = self.redactor.redact_fault(result.failure())
        ongoing.fail(fault)
        raise error_of(kind or kind_of_error(fault), fault, context)

    def raise_for_settings(
        self, result: Result[ValueT, Fault], operation: Operation, context: Context
    ) -> ValueT:
        """The settings that the *operation* needs; without them it is recorded as failed, and not begun."""
        if not isinstance(result, Failure):
            return result.unwrap()
        with self.telemetry.operation(operation, context) as ongoing:
            value: ValueT = self.raise_for(result, context, ongoing)
            return value

    def raise_for_connection(
        self, result: Result[None, Fault], context: Context, ongoing: OngoingOperation
    ) -> None:
        """Raise if a source or a catalog cannot be reached; a setting that cannot be used is an error of its own."""
        is_setting = isinstance(result, Failure) and isinstance(result.failure(), Invalid)
        kind = PipelineConfigurationError if is_setting else SourceConnectionError
        self.raise_for(result, context, ongoing, kind)

    def report_refusal(
        self, operation: Operation, context: Context, refused: pydantic.ValidationError
    ) -> None:
        """Record an operation as failed that was not begun, because what it was asked for is not valid."""
        first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or refused.title
        with self.telemetry.operation(operation, context) as ongoing:
            ongoing.fail(
                Invalid(field, None, f"a valid value ({first['msg'].removeprefix('Value error, ')})")
            )
