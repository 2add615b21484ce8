"""Where loads go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, final

from returns.result import Result

from floe_ingestion_dlt.domain.faults import CommitFault, Fault
from floe_ingestion_dlt.domain.load import Absent, Load, Look, Receipt, StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.writable import WRITABLE_VERSION, Unreadable
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.verification import Verifiable


@final
@dataclass(frozen=True, slots=True)
class TableState:
    """A table as the catalog has it, in so many data files; *being_created* until a load of ours has put its first rows in.

    *rows* is the number of rows by the table's metadata; None if its last writer did not count them.

    *owner* is the root table of the source that writes it, the table itself if it is one; None where that is not written down.
    The columns that were *added* are those that it did not have when it was made. Of a table whose *format_version* no load can
    write, the schema may lack columns. Those that are *required* must not be null.
    """

    schema: TableSchema
    being_created: bool
    files: int = 0
    rows: int | None = 0
    owner: TableName | None = None
    added: frozenset[str] = frozenset()
    format_version: int = WRITABLE_VERSION
    required: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Leftover:
    """A file at a table's location that none of its snapshots has, and its size in bytes."""

    path: str
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class Since:
    """The rows that have *value* or more in *column*."""

    column: str
    value: object


@final
@dataclass(frozen=True, slots=True)
class FileToStage:
    """A local Parquet file and where it belongs; columns that the table cannot hold are discarded only if allowed.

    The rows at the places *left_out*, which are in order, are not staged. The table *grows* by columns that its load will add or
    widen.
    """

    path: Path
    table: TableName
    load_id: str
    may_discard: bool
    left_out: Sequence[int] = ()
    grows: TableSchema = NO_COLUMNS


class Destination(Verifiable, Protocol):
    """A catalog of tables that shows each load whole or not at all."""

    @property
    def identity(self) -> str:
        """A word of letters and digits that is the same for the same catalog and warehouse, and for no other."""
        ...

    def reach(self, timeout: float) -> Result[None, Fault]:
        """Ask the catalog for anything, and answer within *timeout* seconds."""
        ...

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, Fault]:
        """Ask for what the first of *tables* that is there has in its storage, and answer within *timeout* seconds.

        Without such a table the place is asked for where tables will be; False where nobody can tell without writing.
        """
        ...

    def commits_together(self) -> Result[bool, Fault]:
        """Whether several tables of a load appear in one act; else the root appears last, and loads that died are repaired."""
        ...

    def describe(self, table: TableName) -> Result[TableState | None, Fault]:
        """The table as it is now; None where there is none, and a fault where something else has its name."""
        ...

    def unreadable(self, table: TableName) -> Result[frozenset[Unreadable], Fault]:
        """What in the table keeps its rows from being read; nothing where there is no table."""
        ...

    def schema_of(self, file: Path, table: TableSchema = NO_COLUMNS) -> Result[TableSchema, Fault]:
        """The columns of a local Parquet file, in the types that this destination gives them.

        Text and bytes are uuids where the *table* has a column of uuids and all values of the file are such.
        """
        ...

    def evolve(
        self, table: TableName, schema: TableSchema, owner: TableName | None = None
    ) -> Result[None, Fault]:
        """Create the table, or add and widen columns until it has those of *schema*; nothing is ever removed.

        A load adds columns itself, together with its rows. The *owner* is written down in a table that has none; a table of another owner is refused.
        """
        ...

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], Fault]:
        """Put a file's rows at the table's own location, where no reader sees them yet; in a file for each partition.

        Only a commit of the same load shows them.
        """
        ...

    def look(self, load: Load) -> Result[Look, CommitFault]:
        """Whether the load is in its tables, and the versions of those that lack it.

        Only what other connections see counts: never the uncommitted changes of an earlier attempt. The answer is
        `TableDropped` where one of the tables is not in the catalog.
        """
        ...

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        """Show the load in every table of *base*, one snapshot each, with the columns by which they grow.

        Refused if one of them changed since; a load that is refused changes neither rows nor columns.
        After a success the files belong to the tables. After `CommitUnknown` the request may still land, at any later time, as long
        as *base* is what the tables have: the files must stay. After any other fault this request will not land, but an
        earlier one without an answer may. No answer deletes a file.
        """
        ...

    def fence(self, load: Load) -> Result[None, CommitFault]:
        """Give each table of the load a new version with the same rows, the root first.

        After a success, no request for the load that was sent before can land any more. What has landed by then stays: look
        after it. Files stay, too.
        """
        ...

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        """Take a load that is absent from its root out of the tables that have it, by the snapshots before it.

        No request for the root may be on its way. The other tables are fenced, so that no request brings the rows again. Nothing
        is done where the tables of a load appear in one act. A table into which another writer has written since keeps its rows,
        and the answer is a fault. Files stay.
        """
        ...

    def compact(self, table: TableName) -> Result[None, Fault]:
        """Bring the rows into one file, and forget all but the newest snapshots; another writer is given precedence."""
        ...

    def leftovers(self, table: TableName, older_than: timedelta) -> Result[tuple[Leftover, ...], Fault]:
        """Files that loads left behind when they died or were refused.

        Only those that are older than the newest snapshot by *older_than* and more, and none that a commit wants whose
        outcome is open: one that was built before the newest snapshot cannot land any more, one that was built on it can.
        """
        ...

    def remove_leftovers(self, table: TableName, found: Iterable[Leftover]) -> Result[None, Fault]:
        """Delete files that `leftovers` found; one that is gone already counts as deleted."""
        ...

    def read_state(self, table: TableName) -> Result[str | None, Fault]:
        """The pipeline's state that is true of the rows now in *table*."""
        ...

    def rows(
        self, table: TableName, equal: Mapping[str, str | int]
    ) -> Result[tuple[Mapping[str, object], ...] | None, Fault]:
        """The rows in which each column of *equal* has the given value, all at once; None where there is no such table."""
        ...

    def scan(self, table: TableName, since: Since | None = None) -> Result[ArrowStream | None, Fault]:
        """All rows, or those *since* a value, read when somebody asks for the stream, who then meets what goes wrong; None where there is no table."""
        ...

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, Fault]: ...

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], Fault]:
        """The tables of the namespace, but not of those within it; none where there is no such namespace."""
        ...

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        """Make the namespace and its parents, unless they are there."""
        ...

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        """Drop every table of the namespace, and then itself."""
        ...

    def drop_table(self, table: TableName) -> Result[None, Fault]:
        """Drop the table, if it is there."""
        ...

    def close(self) -> None:
        """Let go of connections; what is asked next opens them again."""
        ...
