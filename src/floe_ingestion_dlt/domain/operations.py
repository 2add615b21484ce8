"""The operations of the plugin, the parts of a run, and their details. Telemetry gives each its public name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import WriteMode


@final
@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How a load is written."""

    mode: WriteMode
    contract: SchemaContract


@final
@dataclass(frozen=True, slots=True)
class CreatePipeline:
    """The settings are None if the configuration was refused before they were known."""

    settings: LoadSettings | None = None


@final
@dataclass(frozen=True, slots=True)
class Run:
    settings: LoadSettings


@final
@dataclass(frozen=True, slots=True)
class GetDestinationConfig: ...


@final
@dataclass(frozen=True, slots=True)
class GetIngestionConfig: ...


@final
@dataclass(frozen=True, slots=True)
class ListFiles: ...


@final
@dataclass(frozen=True, slots=True)
class RemoveLeftovers: ...


@final
@dataclass(frozen=True, slots=True)
class Verify: ...


@final
@dataclass(frozen=True, slots=True)
class ReadState: ...


@final
@dataclass(frozen=True, slots=True)
class ResetTable: ...


@final
@dataclass(frozen=True, slots=True)
class Extract: ...


@final
@dataclass(frozen=True, slots=True)
class Normalize: ...


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """One file of a load is written at its table's location."""

    table: TableName
    load_id: str


@final
@dataclass(frozen=True, slots=True)
class Commit:
    """A load is committed to all of its tables."""

    load_id: str
    tables: tuple[TableName, ...]


PartOfRun: TypeAlias = Extract | Normalize | Stage | Commit
Operation: TypeAlias = (
    CreatePipeline
    | Run
    | GetDestinationConfig
    | GetIngestionConfig
    | ListFiles
    | RemoveLeftovers
    | Verify
    | ReadState
    | ResetTable
    | PartOfRun
)


@final
@dataclass(frozen=True, slots=True)
class RunEnded:
    """The rows that a run applied to its root table, the bytes that it added to all tables, and the ids of its loads.

    *deleted* rows of the root table were gone in the source.
    """

    rows: int
    bytes: int
    seconds: float
    retries: int
    loads: tuple[str, ...] = ()
    deleted: int = 0


@final
@dataclass(frozen=True, slots=True)
class RowsHandled:
    """The rows that a step of dlt processed, and the ids of their loads."""

    loads: tuple[str, ...]
    rows: int


@final
@dataclass(frozen=True, slots=True)
class FilesStaged:
    """The data files that were written."""

    rows: int
    bytes: int
    files: int


@final
@dataclass(frozen=True, slots=True)
class CommitsSent:
    """How many commits were sent, including those for which another writer was faster."""

    attempts: int


@final
@dataclass(frozen=True, slots=True)
class Committed:
    """The rows and bytes that the load added to its tables, its *snapshots*, and the rows that were gone in the source."""

    rows: int
    bytes: int
    snapshots: tuple[int, ...]
    deleted: int = 0


@final
@dataclass(frozen=True, slots=True)
class LeftoversRemoved:
    """The files that were deleted, or that would be deleted without a dry run."""

    files: int
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class TablesVerified:
    """The numbers of checked tables and files, and of findings."""

    tables: int
    files: int
    faults: int
    unchecked: int


@final
@dataclass(frozen=True, slots=True)
class StateFound:
    """The numbers of loads and known files in a table's state."""

    loads: int
    files: int


@final
@dataclass(frozen=True, slots=True)
class LoadsUndone:
    """The loads that a reset has undone, and the rows that they had applied."""

    loads: int
    rows: int


# Details that are added to an active operation; a run's own options may change its settings.
Detail: TypeAlias = (
    LoadSettings
    | RunEnded
    | RowsHandled
    | FilesStaged
    | CommitsSent
    | Committed
    | LeftoversRemoved
    | TablesVerified
    | StateFound
    | LoadsUndone
)
