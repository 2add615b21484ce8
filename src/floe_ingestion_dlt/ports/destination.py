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
from floe_ingestion_dlt.domain.resets import Return
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.domain.writable import WRITABLE_VERSION, Unreadable
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.verification import Verifiable


@final
@dataclass(frozen=True, slots=True)
class TableState:
    """A table as it is in the catalog, with its number of data *files*; *being_created* until a load of the plugin has committed its first rows.

    *version* names its current content; it is empty if the table has no snapshot. *rows* is the number of rows by the table's metadata; None if its last writer did not count them.

    *owner* is the root table of the source that writes it (the table itself if it is a root table); None if no owner is recorded.
    *added* are the columns that it did not have when it was created. If no load can write the *format_version*, the schema may
    lack columns. Columns that are *required* must not be null. A load that replaces all rows may give
    columns that are *replaceable* another type.
    """

    schema: TableSchema
    being_created: bool
    files: int = 0
    rows: int | None = 0
    owner: TableName | None = None
    added: frozenset[str] = frozenset()
    format_version: int = WRITABLE_VERSION
    required: tuple[str, ...] = ()
    replaceable: frozenset[str] = frozenset()
    version: str = ""


@final
@dataclass(frozen=True, slots=True)
class Leftover:
    """A file at a table's location that none of its snapshots has, and its size in bytes."""

    path: str
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class Since:
    """The rows whose value in *column* is *value* or more, or null if *has_nulls*; without a value only the latter."""

    column: str
    value: object | None
    has_nulls: bool = False


@final
@dataclass(frozen=True, slots=True)
class FileToStage:
    """A local Parquet file and its table; columns that the table cannot hold are discarded only if it *may_discard* them.

    *left_out* are the numbers of rows that are not staged, in order. *grows* are the columns that the load will add or widen, or give another type if it *replaces* all rows.
    """

    path: Path
    table: TableName
    load_id: str
    may_discard: bool
    left_out: Sequence[int] = ()
    grows: TableSchema = NO_COLUMNS
    replaces: bool = False


class Destination(Verifiable, Protocol):
    """A catalog of tables that shows each load completely or not at all."""

    @property
    def identity(self) -> str:
        """A text of letters and digits that is unique to the catalog and warehouse, and always the same for them."""
        ...

    def remembering(self) -> Destination:
        """The same destination for one step of a load: it may answer with tables as they were since the step began.

        It forgets a table when it changes the table, or looks for a load in it, and after a minute. Rows that are scanned are never
        remembered.
        """
        ...

    def reach(self, timeout: float) -> Result[None, Fault]:
        """Check that the catalog answers; returns within *timeout* seconds."""
        ...

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, Fault]:
        """Check the storage of the first of *tables* that exists; returns within *timeout* seconds.

        If none exists, the location of new tables is checked. False means that it cannot be checked without writing.
        """
        ...

    def commits_together(self) -> Result[bool, Fault]:
        """Whether all tables of a load appear in one commit; if not, the root appears last, and killed loads are repaired."""
        ...

    def describe(self, table: TableName) -> Result[TableState | None, Fault]:
        """The table as it is now; None if it does not exist, and a fault if something else has its name."""
        ...

    def unreadable(self, table: TableName) -> Result[frozenset[Unreadable], Fault]:
        """The features of the table because of which its rows cannot be read; empty if there is no table."""
        ...

    def schema_of(self, file: Path, table: TableSchema = NO_COLUMNS) -> Result[TableSchema, Fault]:
        """The columns of a local Parquet file, in this destination's types.

        Text and bytes are uuids if the *table*'s column has uuids and all values of the file are uuids.
        """
        ...

    def evolve(
        self, table: TableName, schema: TableSchema, owner: TableName | None = None
    ) -> Result[None, Fault]:
        """Create the table, or add and widen columns until it has those of *schema*; no column is ever removed.

        A load adds columns itself, together with its rows. The *owner* is recorded in a table that has none; a table with another owner is refused.
        """
        ...

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], Fault]:
        """Write a file's rows to the table's location, one file for each partition; no reader sees them yet.

        Only a commit of the same load makes them visible.
        """
        ...

    def look(self, load: Load) -> Result[Look, CommitFault]:
        """Whether the load is in its tables, and the versions of those that lack it.

        It reads what other connections see, never the uncommitted changes of an earlier attempt. The fault is
        `TableDropped` if one of the tables is not in the catalog.
        """
        ...

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        """Add the load to every table of *base*, one snapshot each, with its new and wider columns.

        It is refused if one of the tables changed since; a load that is refused changes neither rows nor columns.
        After a success, the files belong to the tables. After `CommitUnknown`, the request may still land at any later time, as long
        as the tables have the versions of *base*: the files must stay. After any other fault, this request will not land, but an
        earlier one without an answer may. No file is ever deleted.
        """
        ...

    def fence(self, load: Load) -> Result[None, CommitFault]:
        """Give each table of the load a new version with the same rows, the root first.

        After a success, no request for the load that was sent before can land any more. A request that has landed by then stays:
        call `look` afterwards. Files stay, too.
        """
        ...

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        """Remove a load that is absent from its root from the tables that have it, by rolling them back to the snapshots before it.

        No request for the root may still be open. The other tables are fenced, so that no request adds the rows again. Nothing
        happens if all tables of a load appear in one commit. If another writer has written to a table since, its rows stay, and
        the result is a fault. Files stay.
        """
        ...

    def snapshots_of(self, table: TableName) -> Result[TableSnapshots | None, Fault]:
        """The snapshots from which the table's present rows were made; None if there is no table."""
        ...

    def go_back(self, how: Return) -> Result[None, CommitFault]:
        """Give each table a new, empty snapshot on the one to which it returns, in one commit or the root first.

        It is refused if one of the tables has another current snapshot than was seen. After a success, no request that was sent
        before can land, and `look` says of the loads that they were undone. If it ends between two tables, the next commit of a
        load to the root, and the next call, complete it. Columns stay; no file is deleted.
        """
        ...

    def compact(self, table: TableName) -> Result[None, Fault]:
        """Write all rows to one file, and expire all but the newest snapshots; other writers take precedence."""
        ...

    def leftovers(self, table: TableName, older_than: timedelta) -> Result[tuple[Leftover, ...], Fault]:
        """Files that killed or refused loads left behind.

        Each is older than the newest snapshot by *older_than* or more. None belongs to a commit whose outcome is open: a commit
        that was built before the newest snapshot cannot land any more, but one that was built on it can.
        """
        ...

    def remove_leftovers(self, table: TableName, found: Iterable[Leftover]) -> Result[None, Fault]:
        """Delete files that `leftovers` found; a missing file counts as deleted."""
        ...

    def read_state(self, table: TableName) -> Result[str | None, Fault]:
        """The pipeline's state that belongs to the rows that are in *table* now; None if there is none."""
        ...

    def rows(
        self, table: TableName, equal: Mapping[str, str | int]
    ) -> Result[tuple[Mapping[str, object], ...] | None, Fault]:
        """The rows in which each column of *equal* has the given value, all in memory; None if there is no such table."""
        ...

    def scan(self, table: TableName, since: Since | None = None) -> Result[ArrowStream | None, Fault]:
        """All rows, or those *since* a value; None if there is no table. Rows are read with the stream, which raises errors."""
        ...

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, Fault]: ...

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], Fault]:
        """The tables of the namespace, without those of nested namespaces; none if there is no such namespace."""
        ...

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        """Create the namespace and its parents, unless they exist."""
        ...

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        """Drop every table of the namespace, and then the namespace."""
        ...

    def drop_table(self, table: TableName) -> Result[None, Fault]:
        """Drop the table, if it exists."""
        ...

    def close(self) -> None:
        """Close all connections; the next call opens them again."""
        ...


class Catalogs(Protocol):
    """The configured catalog, which is opened when it is asked for."""

    @property
    def destination(self) -> Destination: ...
