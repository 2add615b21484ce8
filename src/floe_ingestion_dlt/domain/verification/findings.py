"""All kinds of findings."""

from __future__ import annotations

from typing import TypeAlias

from floe_ingestion_dlt.domain.verification.file_findings import (
    FileTwice,
    ForeignFields,
    MissingFile,
    TotalsDiffer,
    UnreadableFile,
    UnreadableTable,
    WrongBounds,
    WrongLength,
    WrongRowCount,
    WrongSequence,
)
from floe_ingestion_dlt.domain.verification.load_findings import (
    BrokenProperty,
    CursorAhead,
    CursorBehind,
    LoadRecordDiffers,
    LoadTwice,
    NestedWithoutRoot,
    OpenLoad,
    RootMissing,
    UnreadableState,
)

Finding: TypeAlias = (
    MissingFile
    | WrongLength
    | UnreadableFile
    | WrongRowCount
    | WrongBounds
    | ForeignFields
    | FileTwice
    | TotalsDiffer
    | WrongSequence
    | LoadTwice
    | LoadRecordDiffers
    | BrokenProperty
    | UnreadableState
    | CursorAhead
    | CursorBehind
    | NestedWithoutRoot
    | RootMissing
    | OpenLoad
    | UnreadableTable
)
