"""Faults: what can go wrong, as values that say what to do next."""

from __future__ import annotations

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.commits import (
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DeletesRefused,
    DestinationFailed,
    LoadInParts,
    MergeRefused,
    TableDropped,
)
from floe_ingestion_dlt.domain.faults.fault import KINDS, Context, Fault, describe, kind_of
from floe_ingestion_dlt.domain.faults.kind import RaisedAs
from floe_ingestion_dlt.domain.faults.outdated import (
    KeysOutdated,
    StagedFilesGone,
    StateMoved,
    WindowChanged,
)
from floe_ingestion_dlt.domain.faults.runs import (
    FolderDamaged,
    FolderInUse,
    FolderShared,
    Interrupted,
    Unforeseen,
)
from floe_ingestion_dlt.domain.faults.settings import Invalid, MissingPackage, TableTaken, UnknownOption
from floe_ingestion_dlt.domain.faults.slices import NotSliceable, SlicesMissing, WorkerLost, WorkerUnusable
from floe_ingestion_dlt.domain.faults.sources import (
    ColumnTypesChanged,
    ContractViolated,
    SchemaChange,
    SourceFailed,
)

__all__ = [
    "KINDS",
    "Category",
    "ColumnTypesChanged",
    "CommitConflict",
    "CommitFault",
    "CommitRefused",
    "CommitUnknown",
    "Context",
    "ContractViolated",
    "DeletesRefused",
    "DestinationFailed",
    "Fault",
    "FolderDamaged",
    "FolderInUse",
    "FolderShared",
    "Interrupted",
    "Invalid",
    "KeysOutdated",
    "LoadInParts",
    "MergeRefused",
    "MissingPackage",
    "NotSliceable",
    "RaisedAs",
    "SchemaChange",
    "SlicesMissing",
    "SourceFailed",
    "StagedFilesGone",
    "StateMoved",
    "TableDropped",
    "TableTaken",
    "Unforeseen",
    "UnknownOption",
    "WindowChanged",
    "WorkerLost",
    "WorkerUnusable",
    "describe",
    "kind_of",
]
