"""The operations of the plugin and the parts of a run, and what becomes known of them. Telemetry gives each its public name."""

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
    """The settings are None where the configuration was refused before they were known."""

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
class RemoveLeftovers: ...


@final
@dataclass(frozen=True, slots=True)
class Verify: ...


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
    CreatePipeline | Run | GetDestinationConfig | GetIngestionConfig | RemoveLeftovers | Verify | PartOfRun
)


@final
@dataclass(frozen=True, slots=True)
class RunEnded:
    """What a run applied to its root table, the bytes that it added to all tables, and the loads that it brought."""

    rows: int
    bytes: int
    seconds: float
    retries: int
    loads: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class RowsHandled:
    """The rows that a step of dlt handled, and the loads that they belong to."""

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
    """How many commits were sent, those that lost a race included."""

    attempts: int


@final
@dataclass(frozen=True, slots=True)
class Committed:
    """What the load brought to its tables, and the *snapshots* that show it."""

    rows: int
    bytes: int
    snapshots: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class LeftoversRemoved:
    """The files that were removed, or would be without a dry run."""

    files: int
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class TablesVerified:
    """How much was checked and found."""

    tables: int
    files: int
    faults: int
    unchecked: int


# What becomes known of an operation while it goes on; a run's own options may change its settings.
Detail: TypeAlias = (
    LoadSettings
    | RunEnded
    | RowsHandled
    | FilesStaged
    | CommitsSent
    | Committed
    | LeftoversRemoved
    | TablesVerified
)
