"""A destination in memory, for tests: it keeps the same laws as the real one, and fails when a test says so."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import final

import pyarrow as pa
import pyarrow.compute as pc
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_of
from floe_ingestion_dlt.adapters.memory import staging, verifying
from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog, version_of
from floe_ingestion_dlt.adapters.memory.returning import go_back
from floe_ingestion_dlt.adapters.memory.scripted_answers import Answer
from floe_ingestion_dlt.adapters.memory.tables import MemoryTable
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitFault,
    CommitUnknown,
    DestinationFailed,
    TableDropped,
    TableTaken,
)
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt, StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import taken
from floe_ingestion_dlt.domain.repair import fence
from floe_ingestion_dlt.domain.resets import Return
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.domain.verification.facts import TableFacts
from floe_ingestion_dlt.domain.writable import Unreadable
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.destination import FileToStage, Leftover, Since, TableState
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.verification import CursorIn, Strays


@final
class MemoryDestination:
    """A catalog in memory. *script* has the answers to the next commits; after that, every commit succeeds.

    With *in_turn* it commits the tables of a load one after another, with an answer of the script for each.
    """

    def __init__(
        self,
        script: Iterable[Answer] = (),
        *,
        in_turn: bool = False,
        milestones: Milestones = ignore_milestone,
    ) -> None:
        self.identity = uuid.uuid4().hex
        self.catalog = MemoryCatalog(iter(script), milestones, in_turn=in_turn)
        self.namespaces: set[tuple[str, ...]] = set()
        self.down = False
        self.storage_down = False

    @property
    def tables(self) -> dict[TableName, MemoryTable]:
        return self.catalog.tables

    @property
    def staged(self) -> dict[str, pa.Table]:
        return self.catalog.staged

    def remembering(self) -> MemoryDestination:
        return self

    def reach(self, timeout: float) -> Result[None, DestinationFailed]:
        return Failure(_down(f"no answer within {timeout:g} s")) if self.down else Success(None)

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, DestinationFailed]:
        is_there = any(table in self.tables for table in tables)
        return Failure(_down(f"no file within {timeout:g} s")) if self.storage_down else Success(is_there)

    def commits_together(self) -> Result[bool, DestinationFailed]:
        return Failure(_down("capabilities")) if self.down else Success(not self.catalog.in_turn)

    def describe(self, table: TableName) -> Result[TableState | None, DestinationFailed]:
        if self.down:
            return Failure(_down("describe"))
        found = self.tables.get(table)
        if found is None:
            return Success(None)
        state = TableState(
            found.schema,
            being_created=found.being_created,
            files=len(found.files),
            rows=len(found.rows),
            owner=found.owner,
            added=frozenset(found.added),
            format_version=found.format_version,
            replaceable=frozenset(found.schema.types()),
            version=str(found.head or ""),
        )
        return Success(state)

    def unreadable(self, table: TableName) -> Result[frozenset[Unreadable], DestinationFailed]:
        if self.down:
            return Failure(_down("unreadable"))
        return Success(self.tables[table].unreadable if table in self.tables else frozenset())

    def schema_of(
        self, file: Path, table: TableSchema = NO_COLUMNS
    ) -> Result[TableSchema, DestinationFailed]:
        return schema_of(file, table)

    def evolve(
        self, table: TableName, schema: TableSchema, owner: TableName | None = None
    ) -> Result[None, DestinationFailed | TableTaken]:
        if self.down:
            return Failure(_down("evolve"))
        found = self.tables.setdefault(table, MemoryTable(schema))
        if owner and (refused := taken(table, found.owner, owner)):
            return Failure(refused)
        wider = extended(table, found.schema, schema)
        if isinstance(wider, Failure):
            return wider
        found.owner = owner or found.owner
        found.grow(wider.unwrap())
        found.version += 1
        self.namespaces.add(table.namespace)
        return Success(None)

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], DestinationFailed]:
        if self.down:
            return Failure(_down("stage"))
        if file.table not in self.tables:
            return Failure(_no_table(file.table))
        return staging.stage(self.catalog, file).map(lambda one: (one,))

    def look(self, load: Load) -> Result[Look, CommitFault]:
        if self.down:
            return Failure(_down("look"))
        if gone := [name for name in load.tables if name not in self.tables]:
            return Failure(TableDropped(str(gone[0]), load.id))
        tables = {name: self.tables[name] for name in load.tables}
        landed = tuple(_receipt(t, load.id) for t in tables.values() if t.past.holds(load.id))
        missing = tuple(
            version_of(self.tables, name) for name, table in tables.items() if not table.past.holds(load.id)
        )
        was_undone = any(load.id in table.undone for table in tables.values())
        absent = Absent(missing, landed, self._state_of(load), was_undone)
        return Success(absent if missing else Landed(landed))

    def _state_of(self, load: Load) -> str | None:
        return self.tables[load.state.table].past.proven_state if load.state else None

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        if self.down:
            names = ", ".join(str(version.table) for version in base.versions)
            return Failure(CommitUnknown(names, load.id, "there was no answer"))
        return self.catalog.commit(load, base)

    def fence(self, load: Load) -> Result[None, CommitFault]:
        return Failure(_down("fence")) if self.down else fence(self.catalog, load.tables, load.id)

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return Failure(_down("take back")) if self.down else self.catalog.take_back(load)

    def snapshots_of(self, table: TableName) -> Result[TableSnapshots | None, DestinationFailed]:
        if self.down:
            return Failure(_down("snapshots"))
        return Success(self.tables[table].snapshots if table in self.tables else None)

    def go_back(self, how: Return) -> Result[None, CommitFault]:
        return Failure(_down("go back")) if self.down else go_back(self.catalog, how)

    def compact(self, table: TableName) -> Result[None, DestinationFailed]:
        if self.down or table not in self.tables:
            return Failure(_down("compact") if self.down else _no_table(table))
        return Success(None)

    def leftovers(
        self, table: TableName, older_than: timedelta
    ) -> Result[tuple[Leftover, ...], DestinationFailed]:
        """What was staged before the newest snapshot and never committed. There is no clock here, so all of it is old enough."""
        if self.down or table not in self.tables:
            return Failure(_down("leftovers") if self.down else _no_table(table))
        catalog = self.catalog
        dead = (
            path
            for path in self.staged
            if catalog.origins[path].table == table
            and catalog.is_old(path, table)
            and not catalog.is_named(path)
        )
        return Success(tuple(Leftover(path, self.staged[path].nbytes) for path in dead))

    def remove_leftovers(
        self, table: TableName, found: Iterable[Leftover]
    ) -> Result[None, DestinationFailed]:
        if self.down or table not in self.tables:
            return Failure(_down("remove leftovers") if self.down else _no_table(table))
        for file in found:
            self.staged.pop(file.path, None)
        return Success(None)

    def inspect(
        self, table: TableName, cursor_in: CursorIn, *, rows: bool
    ) -> Result[TableFacts | None, DestinationFailed]:
        if self.down:
            return Failure(_down("inspect"))
        return Success(verifying.inspect(self.catalog, table, cursor_in, rows=rows))

    def strays(
        self, nested: TableName, column: str, homes: Sequence[TableName], key: str
    ) -> Result[Strays, DestinationFailed]:
        if self.down:
            return Failure(_down("strays"))
        return Success(verifying.strays(self.tables, nested, column, homes, key))

    def read_state(self, table: TableName) -> Result[str | None, DestinationFailed]:
        if self.down:
            return Failure(_down("read state"))
        found = self.tables.get(table)
        version = found.past.proven_state if found else None
        return Success(found.states[version].text if found and version else None)

    def rows(
        self, table: TableName, equal: Mapping[str, str | int]
    ) -> Result[tuple[Mapping[str, object], ...] | None, DestinationFailed]:
        found = self.tables.get(table)
        if self.down or found is None:
            return Failure(_down("rows")) if self.down else Success(None)
        rows = found.rows
        for column, value in equal.items():
            rows = rows.filter(pc.equal(rows[column], pa.scalar(value)))
        return Success(tuple(rows.to_pylist()))

    def scan(
        self, table: TableName, since: Since | None = None
    ) -> Result[ArrowStream | None, DestinationFailed]:
        found = self.tables.get(table)
        if self.down or found is None:
            return Failure(_down("scan")) if self.down else Success(None)
        rows = found.rows
        if since is not None:
            values = rows[since.column]
            wanted = pc.greater_equal(values, pa.scalar(since.value, values.type))
            rows = rows.filter(pc.or_kleene(wanted, pc.is_null(values)) if since.has_nulls else wanted)
        return Success(rows)

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, DestinationFailed]:
        return Failure(_down("namespaces")) if self.down else Success(namespace in self.namespaces)

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], DestinationFailed]:
        if self.down:
            return Failure(_down("tables"))
        return Success(tuple(name for name in self.tables if name.namespace == namespace))

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        if self.down:
            return Failure(_down("create namespace"))
        self.namespaces |= {namespace[:depth] for depth in range(1, len(namespace) + 1)}
        return Success(None)

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        if self.down or namespace not in self.namespaces:
            return Failure(_down("drop namespace") if self.down else _no_namespace(namespace))
        for name in [name for name in self.tables if name.namespace == namespace]:
            del self.tables[name]
        self.namespaces.discard(namespace)
        return Success(None)

    def drop_table(self, table: TableName) -> Result[None, DestinationFailed]:
        if self.down:
            return Failure(_down("drop table"))
        self.tables.pop(table, None)
        return Success(None)

    def close(self) -> None:
        """Do nothing: no connection is open."""


def _receipt(table: MemoryTable, load_id: str) -> Receipt:
    shown = next((e.snapshot.id for e in table.history if e.snapshot.load_id == load_id), None)
    return replace(table.loads[load_id][1], snapshot_id=shown)


def _down(what: str) -> DestinationFailed:
    return DestinationFailed(what, Category.TRANSIENT, "Start the catalog, then run again.")


def _no_table(table: TableName) -> DestinationFailed:
    return DestinationFailed(f"there is no table {table}", Category.PERMANENT, "Create the table first.")


def _no_namespace(namespace: tuple[str, ...]) -> DestinationFailed:
    return DestinationFailed(
        f"there is no namespace {'.'.join(namespace)}", Category.PERMANENT, "Create the namespace first."
    )
