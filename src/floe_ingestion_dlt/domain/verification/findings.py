"""Every kind of finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeAlias, TypeVar

from floe_ingestion_dlt.domain.verification.file_findings import (
    FileTwice,
    ForeignFields,
    MissingFile,
    TotalsDiffer,
    Unchecked,
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
ReportedT = TypeVar("ReportedT", Finding, Unchecked)


def with_text(finding: ReportedT, change: Callable[[str], str]) -> ReportedT:
    """The finding with each of its texts changed."""
    held = {field.name: getattr(finding, field.name) for field in fields(finding)}
    return replace(finding, **{name: change(text) for name, text in held.items() if isinstance(text, str)})  # type: ignore[arg-type]  # texts take the place of texts
