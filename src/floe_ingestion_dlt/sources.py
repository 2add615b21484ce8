"""The classes for a source of your own; an entry point in the group `floe_ingestion_dlt.sources` registers the source."""

from floe_ingestion_dlt.adapters.sources.kinds import SourceKind
from floe_ingestion_dlt.adapters.sources.options import Options
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.ports.source import (
    ArrowBatch,
    Message,
    NothingToReadError,
    Position,
    Reading,
    RowBatch,
    Source,
    SourceError,
    unreadable,
)

__all__ = [
    "ArrowBatch",
    "Category",
    "Fault",
    "Message",
    "NothingToReadError",
    "Options",
    "Position",
    "Reading",
    "RowBatch",
    "Secret",
    "Source",
    "SourceError",
    "SourceFailed",
    "SourceKind",
    "SourceSettings",
    "unreadable",
]
