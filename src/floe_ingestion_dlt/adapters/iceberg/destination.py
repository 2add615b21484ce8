"""The destination port on any catalog that pyiceberg loads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, final

from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_of
from floe_ingestion_dlt.adapters.iceberg import catalog as catalogs
from floe_ingestion_dlt.adapters.iceberg import health, reading, tables
from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import answered, guarded
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.commit import commits, sending
from floe_ingestion_dlt.adapters.iceberg.commit.repair import CatalogTables
from floe_ingestion_dlt.adapters.iceberg.commit.returning import go_back
from floe_ingestion_dlt.adapters.iceberg.files.live_files import unreadable_in
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries
from floe_ingestion_dlt.adapters.iceberg.files.staging import stage
from floe_ingestion_dlt.adapters.iceberg.known_tables import KnownTables
from floe_ingestion_dlt.adapters.iceberg.merge.merging import Merging
from floe_ingestion_dlt.adapters.iceberg.state_files import find_state
from floe_ingestion_dlt.adapters.iceberg.table_loads import snapshots_of
from floe_ingestion_dlt.adapters.iceberg.upkeep import verifying
from floe_ingestion_dlt.adapters.iceberg.upkeep.compaction import compact
from floe_ingestion_dlt.adapters.iceberg.upkeep.leftovers import leftovers, remove
from floe_ingestion_dlt.domain.faults import CommitFault, DestinationFailed, TableTaken
from floe_ingestion_dlt.domain.load import Absent, Load, Look, Receipt, StagedFile
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY, Memory
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.repair import fence
from floe_ingestion_dlt.domain.resets import Return
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.secret import Settings
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.domain.verification.facts import TableFacts
from floe_ingestion_dlt.domain.writable import Unreadable
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.destination import FileToStage, Leftover, Since, TableState
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.verification import CursorIn, Strays

ValueT = TypeVar("ValueT")


@final
class IcebergDestination:
    """The tables of an Iceberg catalog, which is opened when it is first needed."""

    def __init__(
        self,
        open_catalog: Callable[[], Catalog],
        identity: str,
        milestones: Milestones = ignore_milestone,
        memory: Memory = DEFAULT_MEMORY,
    ) -> None:
        self._opened = catalogs.OpenedCatalog(open_catalog)
        self._identity = identity
        self._milestones, self._memory = milestones, memory
        self._known: KnownTables | None = None
        self._entries = ManifestEntries()

    @classmethod
    def from_properties(
        cls,
        properties: Settings,
        milestones: Milestones = ignore_milestone,
        memory: Memory = DEFAULT_MEMORY,
    ) -> IcebergDestination:
        """The destination on the catalog that *properties* describe."""
        identity = catalogs.identity_of(properties)
        return cls(lambda: catalogs.open_catalog(properties), identity, milestones, memory)

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def catalog(self) -> Catalog:
        """The open catalog. Raises pyiceberg's error if it cannot be opened."""
        return self._opened.get()

    def remembering(self) -> IcebergDestination:
        copied = copy(self)
        copied._known = KnownTables()  # noqa: SLF001 - of the same class
        return copied

    def _find(self, table: TableName) -> Table | None:
        """The table, as it was a moment ago if this destination remembers tables."""
        if self._known is None:
            return tables.find(self.catalog, table)
        return self._known.get(table, lambda: tables.find(self.catalog, table))

    @contextmanager
    def _changing(self, names: Iterable[TableName]) -> Iterator[None]:
        """A block that changes these tables, or sees them as they are now: what is remembered of them is forgotten."""
        try:
            yield
        finally:
            if self._known is not None:
                self._known.forget(names)

    def reach(self, timeout: float) -> Result[None, DestinationFailed]:
        return health.reach(lambda: self.catalog, timeout)

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, DestinationFailed]:
        return health.has_storage(lambda: self.catalog, tables, timeout)

    def commits_together(self) -> Result[bool, DestinationFailed]:
        return answered(lambda: kind_of(self.catalog).commits_together())

    def describe(self, table: TableName) -> Result[TableState | None, DestinationFailed]:
        return guarded(lambda: tables.describe(self.catalog, table, self._find(table)))

    def unreadable(self, table: TableName) -> Result[frozenset[Unreadable], DestinationFailed]:
        def act() -> frozenset[Unreadable]:
            found = self._find(table)
            return frozenset() if found is None else unreadable_in(found, self._entries)

        return answered(act)

    def schema_of(
        self, file: Path, table: TableSchema = NO_COLUMNS
    ) -> Result[TableSchema, DestinationFailed]:
        return guarded(lambda: schema_of(file, table))

    def evolve(
        self, table: TableName, schema: TableSchema, owner: TableName | None = None
    ) -> Result[None, DestinationFailed | TableTaken]:
        with self._changing([table]):
            return guarded(lambda: tables.evolve(self.catalog, table, schema, owner))

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], DestinationFailed]:
        def act() -> Result[tuple[StagedFile, ...], DestinationFailed]:
            table = self._find(file.table) or tables.load(self.catalog, file.table)
            return stage(table, file, self._memory.table)

        return guarded(act)

    def look(self, load: Load) -> Result[Look, CommitFault]:
        with self._changing(load.tables):
            return guarded(lambda: commits.look(self.catalog, load))

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        def act() -> Result[tuple[Receipt, ...], CommitFault]:
            with (
                closing(Merging(load.id, self._entries, self._memory)) as merging,
                self._changing(load.tables),
            ):
                return commits.commit(self.catalog, load, base, merging, self._milestones)

        return guarded(act)

    def fence(self, load: Load) -> Result[None, CommitFault]:
        with self._changing(load.tables):
            return guarded(lambda: fence(CatalogTables(self.catalog), load.tables, load.id))

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        with self._changing(load.tables):
            return guarded(lambda: sending.taken_back(self.catalog, load.tables, load.id).map(lambda _: None))

    def snapshots_of(self, table: TableName) -> Result[TableSnapshots | None, DestinationFailed]:
        def act() -> TableSnapshots | None:
            found = tables.find(self.catalog, table)
            return None if found is None else snapshots_of(found)

        return answered(act)

    def go_back(self, how: Return) -> Result[None, CommitFault]:
        with self._changing(one.table for one in how.tables):
            return guarded(lambda: go_back(self.catalog, how, self._milestones))

    def compact(self, table: TableName) -> Result[None, DestinationFailed]:
        with self._changing([table]):
            return answered(lambda: compact(self.catalog, tables.load(self.catalog, table), self._entries))

    def leftovers(
        self, table: TableName, older_than: timedelta
    ) -> Result[tuple[Leftover, ...], DestinationFailed]:
        return guarded(lambda: leftovers(self.catalog, tables.load(self.catalog, table), older_than))

    def remove_leftovers(
        self, table: TableName, found: Iterable[Leftover]
    ) -> Result[None, DestinationFailed]:
        with self._changing([table]):
            return guarded(lambda: remove(tables.load(self.catalog, table), found))

    def inspect(
        self, table: TableName, cursor_in: CursorIn, *, rows: bool
    ) -> Result[TableFacts | None, DestinationFailed]:
        return guarded(lambda: verifying.inspect(self.catalog, table, cursor_in, rows=rows))

    def strays(
        self, nested: TableName, column: str, homes: Sequence[TableName], key: str
    ) -> Result[Strays, DestinationFailed]:
        return answered(lambda: verifying.strays(self.catalog, nested, column, homes, key))

    def read_state(self, table: TableName) -> Result[str | None, DestinationFailed]:
        def act() -> Result[str | None, DestinationFailed]:
            found = self._find(table)
            if found is None:
                return Success(None)
            latest = ledger.latest_state(ledger.history_of(found), table)
            return latest.map(lambda reference: reference and find_state(found.io, reference))

        return guarded(act)

    def rows(
        self, table: TableName, equal: Mapping[str, str | int]
    ) -> Result[tuple[Mapping[str, object], ...] | None, DestinationFailed]:
        def act() -> tuple[Mapping[str, object], ...] | None:
            found = self._find(table)
            return None if found is None else reading.rows(found, equal)

        return answered(act)

    def scan(
        self, table: TableName, since: Since | None = None
    ) -> Result[ArrowStream | None, DestinationFailed]:
        def act() -> ArrowStream | None:
            found = tables.find(self.catalog, table)
            return None if found is None else reading.scan(found, since)

        return answered(act)

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, DestinationFailed]:
        return answered(lambda: self.catalog.namespace_exists(namespace))

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], DestinationFailed]:
        return answered(lambda: tables.tables_in(self.catalog, namespace))

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        return answered(lambda: tables.create_namespace(self.catalog, namespace))

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        known = [] if self._known is None else self._known.names_in(namespace)
        with self._changing(known):
            return answered(lambda: tables.drop_namespace(self.catalog, namespace))

    def drop_table(self, table: TableName) -> Result[None, DestinationFailed]:
        with self._changing([table]):
            return answered(lambda: tables.drop_table(self.catalog, table))

    def close(self) -> None:
        self._opened.close()
