"""A load: the files that are committed to some tables together, and the result."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows, MergeVersions, ReplaceFiles, ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append, Replace

# Ids are parts of names of files and of table properties.
PLAIN_KEY: Final = re.compile(r"(?!sha256-)[A-Za-z0-9._-]{1,100}")


@final
@dataclass(frozen=True, slots=True)
class Discarded:
    """Values that the contract discarded: *rows* of *column* were not null (column '*': whole rows of a table)."""

    column: str
    rows: int


@final
@dataclass(frozen=True, slots=True)
class StagedFile:
    """A data file at the table's own location that no snapshot names yet; sizes in rows and bytes.

    *layout* is the destination's number for the partitioning of the table when the file was staged; it may have changed since.
    *columns* is its number for the table's columns at that time; they may have changed since.
    """

    path: str
    rows: int
    bytes: int
    discarded: tuple[Discarded, ...] = ()
    layout: int = 0
    columns: int = 0


# Modes in which some rows of the table stay and others go.
MergeMode: TypeAlias = MergeRows | MergeNested | MergeVersions | ReplaceWindow | ReplaceFiles
TableMode: TypeAlias = Append | Replace | MergeMode


@final
@dataclass(frozen=True, slots=True)
class TableWrite:
    """What a load does to one table; *grows* are the columns that are added or widened together with its rows.

    If it *is_refresh*, no row of the table takes part in a merge, and all of them are removed.
    """

    table: TableName
    mode: TableMode
    files: tuple[StagedFile, ...]
    grows: TableSchema = NO_COLUMNS
    is_refresh: bool = False

    @property
    def replaces_all(self) -> bool:
        """Whether no row stays that is in the table now."""
        return self.is_refresh or isinstance(self.mode, Replace)

    @property
    def removes_without_rows(self) -> bool:
        """Whether rows of the table may be removed although the load has no row for it.

        Rows that are gone in the source are found by keys that were read apart from the rows.
        """
        missing = self.mode.missing if isinstance(self.mode, MergeRows | MergeVersions) else None
        by_keys = missing is not None and missing.keys is not None
        return self.replaces_all or by_keys or isinstance(self.mode, ReplaceWindow | ReplaceFiles)


@final
@dataclass(frozen=True, slots=True)
class StoredState:
    """A pipeline's state, as an opaque text, and the root table to whose rows it belongs.

    *version* is the name of this state, without colons. *follows* is the version of the state from which the load's rows were
    read; None if there was none. The *short* form is used if the text is stored in a file of its own and that file is lost.
    """

    table: TableName
    text: str
    version: str
    follows: str | None
    short: str = ""


@final
@dataclass(frozen=True, slots=True)
class StateCursor:
    """The only cursor in a pipeline's state: its column, and the last value that was loaded."""

    column: str
    value: object


def load_id_for(idempotency_key: str) -> Result[str, Invalid]:
    """The id of the load with this idempotency key; different keys have different ids."""
    if not idempotency_key.strip():
        wanted = "a text that names this unit of work, such as the orchestrator's run and asset key"
        return Failure(Invalid("idempotency_key", idempotency_key, wanted))
    if PLAIN_KEY.fullmatch(idempotency_key):
        return Success(f"key-{idempotency_key}")
    return Success(f"key-sha256-{hashlib.sha256(idempotency_key.encode()).hexdigest()}")


@final
@dataclass(frozen=True, slots=True)
class Load:
    """Everything that one load commits; *id* is never used for another load of the same tables.

    *trace_id* is that of the run that commits it, and is recorded in its snapshots.
    """

    id: str
    writes: tuple[TableWrite, ...]
    state: StoredState | None = None
    trace_id: str | None = None

    @property
    def tables(self) -> tuple[TableName, ...]:
        """Every table that the load touches, each once."""
        written = [write.table for write in self.writes]
        return tuple(dict.fromkeys([*written, *([self.state.table] if self.state else [])]))


@final
@dataclass(frozen=True, slots=True)
class Receipt:
    """What a load did to one table: the rows and bytes of the files that it added, and their snapshot.

    *deleted* is the number of rows that the source has no more: they were deleted or flagged, or their versions ended.
    """

    table: TableName
    rows: int
    bytes: int
    files: int
    snapshot_id: int | None
    discarded: tuple[Discarded, ...] = ()
    deleted: int = 0


@final
@dataclass(frozen=True, slots=True)
class TableVersion:
    """The version of a table that a look found; a commit that is built on another version is refused."""

    table: TableName
    token: str


@final
@dataclass(frozen=True, slots=True)
class Landed:
    """The load is in the tables."""

    receipts: tuple[Receipt, ...]


@final
@dataclass(frozen=True, slots=True)
class Absent:
    """The load is not in the tables at these *versions*; it has *landed* in its other tables, if there are any.

    *state* is the version of the pipeline's state in these tables. It *was_undone* if it was in a table until a reset took it out.
    """

    versions: tuple[TableVersion, ...]
    landed: tuple[Receipt, ...] = ()
    state: str | None = None
    was_undone: bool = False


Look: TypeAlias = Landed | Absent


def summed(discarded: Iterable[Discarded]) -> tuple[Discarded, ...]:
    """One entry for each column, with the sum of its rows."""
    rows: dict[str, int] = {}
    for entry in discarded:
        rows[entry.column] = rows.get(entry.column, 0) + entry.rows
    return tuple(Discarded(column, count) for column, count in rows.items())
