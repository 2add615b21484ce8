"""Errors at the boundary: a fault of the domain, with the place where it happened."""

from __future__ import annotations

from typing import ClassVar, assert_never

from floe_ingestion_dlt.domain.faults import Category as ErrorCategory
from floe_ingestion_dlt.domain.faults import (
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    Context,
    ContractViolated,
    DestinationFailed,
    Fault,
    FolderDamaged,
    FolderInUse,
    FolderShared,
    Interrupted,
    Invalid,
    LoadInParts,
    MergeRefused,
    MissingPackage,
    SourceFailed,
    StagedFilesGone,
    StateMoved,
    TableDropped,
    TableTaken,
    Unforeseen,
    UnknownOption,
    describe,
)

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

    The same facts are attributes; *fault* is the value that the error stands for, if it stands for one.
    """

    category: ErrorCategory
    default_next_step: ClassVar[str] = "Read the cause and run again."

    def __init__(
        self,
        message: str,
        *,
        category: ErrorCategory = ErrorCategory.PERMANENT,
        context: Context | None = None,
        next_step: str | None = None,
        fault: Fault | None = None,
    ) -> None:
        super().__init__(message)
        where = context or Context()
        self.category = category
        self.source_type = where.source_type
        self.destination_table = where.destination_table
        self.pipeline_name = where.pipeline_name
        self.next_step = next_step or self.default_next_step
        self.fault = fault


class SourceConnectionError(IngestionError, ConnectionError):
    """The source, or the catalog that its rows would go to, cannot be reached or refuses us."""


class DestinationWriteError(IngestionError):
    """A load could not be committed; the table's rows are as they were, unless the text says that this is unknown."""


class SchemaContractViolation(IngestionError):  # noqa: N818 - the platform's name for it
    """The source's schema changed where the contract forbids it."""


class PipelineConfigurationError(IngestionError):
    """The configuration is well-formed but cannot work."""


def error_for(fault: Fault, context: Context) -> IngestionError:
    """The exception that stands for *fault*."""
    return error_of(kind_of_error(fault), fault, context)


def error_of(kind: type[IngestionError], fault: Fault, context: Context) -> IngestionError:
    """An exception of this *kind*, with the facts of *fault*."""
    return kind(
        describe(fault, context),
        category=fault.category,
        context=context,
        next_step=fault.next_step,
        fault=fault,
    )


def kind_of_error(fault: Fault) -> type[IngestionError]:
    """What *fault* is raised as, where it is raised."""
    match fault:
        case SourceFailed():
            return SourceConnectionError
        case (
            DestinationFailed()
            | CommitConflict()
            | CommitRefused()
            | CommitUnknown()
            | LoadInParts()
            | MergeRefused()
            | StagedFilesGone()
            | StateMoved()
            | TableDropped()
        ):
            return DestinationWriteError
        case ContractViolated():
            return SchemaContractViolation
        case Invalid() | UnknownOption() | MissingPackage() | TableTaken():
            return PipelineConfigurationError
        case FolderDamaged() | FolderInUse() | FolderShared() | Interrupted() | Unforeseen():
            return IngestionError
        case _:
            assert_never(fault)
