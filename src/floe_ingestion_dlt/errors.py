"""The exceptions that users see: each stands for a fault of the domain, and names where it happened."""

from __future__ import annotations

from typing import ClassVar, assert_never

from floe_ingestion_dlt.domain.faults import Category as ErrorCategory
from floe_ingestion_dlt.domain.faults import Context, Fault, RaisedAs, describe

__all__ = [
    "DestinationWriteError",
    "ErrorCategory",
    "IngestionError",
    "PipelineConfigurationError",
    "SchemaContractViolation",
    "SourceConnectionError",
    "error_for",
    "error_of",
    "kind_of_error",
]


class IngestionError(Exception):
    """Ingestion failed; the text says where, whether trying again can help, and what to do next.

    The attributes have the same facts. *fault* is the fault for which the error was raised, or None.
    """

    default_category: ClassVar[ErrorCategory] = ErrorCategory.PERMANENT
    default_next_step: ClassVar[str] = "Read the cause and run again."

    def __init__(  # noqa: PLR0913 - each is a fact by its own name
        self,
        message: str,
        *,
        category: ErrorCategory | None = None,
        source_type: str = "",
        destination_table: str = "",
        pipeline_name: str = "",
        next_step: str | None = None,
        fault: Fault | None = None,
    ) -> None:
        super().__init__(message)
        self.category = category or self.default_category
        self.source_type = source_type
        self.destination_table = destination_table
        self.pipeline_name = pipeline_name
        self.next_step = next_step or self.default_next_step
        self.fault = fault

    def __str__(self) -> str:
        """The message and the place; the message of a fault already contains the place."""
        places = {
            "source": self.source_type,
            "table": self.destination_table,
            "pipeline": self.pipeline_name,
        }
        where = ", ".join(f"{kind} {name}" for kind, name in places.items() if name)
        return super().__str__() if self.fault is not None or not where else f"{super().__str__()} ({where})"


class SourceConnectionError(IngestionError, ConnectionError):
    """The source, or the catalog of the destination, cannot be reached or refuses access."""

    default_category = ErrorCategory.TRANSIENT


class DestinationWriteError(IngestionError):
    """A load could not be committed; the table has the same rows as before, unless the text says that the outcome is unknown."""


class SchemaContractViolation(IngestionError):  # noqa: N818 - the platform's name for it
    """The source's schema changed, and the schema contract forbids the change."""


class PipelineConfigurationError(IngestionError):
    """The configuration cannot be used, although its fields have valid types."""

    default_category = ErrorCategory.CONFIGURATION


def error_for(fault: Fault, context: Context) -> IngestionError:
    """The exception that stands for *fault*."""
    return error_of(kind_of_error(fault), fault, context)


def error_of(kind: type[IngestionError], fault: Fault, context: Context) -> IngestionError:
    """An exception of this *kind* for *fault*."""
    return kind(
        describe(fault, context),
        category=fault.category,
        source_type=context.source_type,
        destination_table=context.destination_table,
        pipeline_name=context.pipeline_name,
        next_step=fault.next_step,
        fault=fault,
    )


def kind_of_error(fault: Fault) -> type[IngestionError]:
    """The class of exception as which *fault* is raised."""
    match fault.raised_as:
        case RaisedAs.CONFIGURATION:
            return PipelineConfigurationError
        case RaisedAs.SOURCE:
            return SourceConnectionError
        case RaisedAs.DESTINATION:
            return DestinationWriteError
        case RaisedAs.CONTRACT:
            return SchemaContractViolation
        case RaisedAs.INGESTION:
            return IngestionError
        case _:
            assert_never(fault.raised_as)
