"""Faults that end an operation of the plugin are recorded and raised as exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, final

import pydantic
from returns.result import Failure, Result

from floe_ingestion_dlt.boundary.validation import first_invalid
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
    """Records faults in *telemetry*, and raises them as exceptions from which *redactor* has removed credentials."""

    telemetry: Telemetry
    redactor: Redactor

    def raise_for(
        self,
        result: Result[ValueT, Fault],
        context: Context,
        ongoing: OngoingOperation,
        kind: type[IngestionError] | None = None,
    ) -> ValueT:
        """The value of a success; a fault marks the operation as failed, and is raised as an exception of *kind*, or of its own kind."""
        if not isinstance(result, Failure):
            return result.unwrap()
        fault = self.redactor.redact_fault(result.failure())
        ongoing.fail(fault)
        raise error_of(kind or kind_of_error(fault), fault, context)

    def raise_for_settings(
        self, result: Result[ValueT, Fault], operation: Operation, context: Context
    ) -> ValueT:
        """The settings that the *operation* needs; if they are invalid, the operation is recorded as failed and does not start."""
        if not isinstance(result, Failure):
            return result.unwrap()
        with self.telemetry.operation(operation, context) as ongoing:
            value: ValueT = self.raise_for(result, context, ongoing)
            return value

    def raise_for_connection(
        self, result: Result[ValueT, Fault], context: Context, ongoing: OngoingOperation
    ) -> ValueT:
        """Raise SourceConnectionError if a source or a catalog cannot be reached, or PipelineConfigurationError for an invalid setting."""
        is_setting = isinstance(result, Failure) and isinstance(result.failure(), Invalid)
        kind = PipelineConfigurationError if is_setting else SourceConnectionError
        return self.raise_for(result, context, ongoing, kind)

    @contextmanager
    def recording_refusals(self, operation: Operation, context: Context) -> Iterator[None]:
        """Record the operation as failed if what it is given is not valid: it is not started."""
        try:
            yield
        except pydantic.ValidationError as refused:
            with self.telemetry.operation(operation, context) as ongoing:
                ongoing.fail(first_invalid(refused))
            raise
        except IngestionError as failed:
            if failed.fault is None:
                raise
            with self.telemetry.operation(operation, context) as ongoing:
                fault = self.redactor.redact_fault(failed.fault)
                ongoing.fail(fault)
            raise error_of(type(failed), fault, context) from None


def require_installed(checked: Result[None, Fault]) -> None:
    """Raise an ImportError with the command that installs the package which is missing, if one is."""
    if isinstance(checked, Failure):
        fault = checked.failure()
        raise ImportError(f"{fault.message}. {fault.next_step}")  # noqa: TRY004 - a package is missing, no type is wrong
