"""The ports in memory: the adapters that tests put in the place of the real ones, with faults on demand.

They keep the same laws as the real ones, and the same suite holds them to it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from itertools import count
from pathlib import Path
from typing import final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow import cast, nulls, schema_from_arrow
from floe_ingestion_dlt.adapters.memory.tables import MemorySnapshot, MemoryTable, Origin, arrow_schema
from floe_ingestion_dlt.adapters.memory.writes import Outcome, Writes
from floe_ingestion_dlt.domain.contracts import project
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
    StagedFilesGone,
)
from floe_ingestion_dlt.domain.history import Snapshot, Tag
from floe_ingestion_dlt.domain.load import (
    Absent,
    Discarded,
    Landed,
    Load,
    Look,
    Receipt,
    StagedFile,
    StoredState,
    TableVersion,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.ports.destination import ArrowStream, FileToStage, Leftover, TableState


class Answer(Enum):
    """What a scripted catalog does with a commit."""

    LAND = "land"
    LAND_AND_LOSE_THE_ANSWER = "land and lose the answer"
    LOSE_THE_REQUEST = "lose the request"
    CONFLICT = "conflict"
    REFUSE = "refuse"


@final
class MemoryDestination:
    """A catalog in memory; *script* says how it answers the next commits, and then it lands them all."""

    def __init__(self, script: Iterable[Answer] = ()) -> None:
        self.identity = uuid.uuid4().hex
        self.tables: dict[TableName, MemoryTable] = {}
        self.namespaces: set[tuple[str, ...]] = set()
        self.staged: dict[str, pa.Table] = {}
        self.down = False
        self.storage_down = False
        self._script = iter(script)
        self._ids = count(1)
        self._shown: set[str] = set()
        self._origins: dict[str, Origin] = {}
        self._sent: dict[str, int] = {}

    def reach(self, timeout: float) -> Result[None, DestinationFailed]:
        return Failure(_down(f"no answer within {timeout:g} s")) if self.down else Success(None)

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, DestinationFailed]:
        is_there = any(table in self.tables for table in tables)
        return Failure(_down(f"no file within {timeout:g} s")) if self.storage_down else Success(is_there)

    def commits_together(self) -> Result[bool, DestinationFailed]:
        return Success(True)  # noqa: FBT003 - that is the answer

    def describe(self, table: TableName) -> Result[TableState | None, DestinationFailed]:
        if self.down:
            return Failure(_down("describe"))
        found = self.tables.get(table)
        return Success(found and TableState(found.schema, being_created=not found.history))

    def schema_of(self, file: Path) -> Result[TableSchema, DestinationFailed]:
        return schema_from_arrow(pq.read_schema(file))

    def evolve(self, table: TableName, schema: TableSchema) -> Result[None, DestinationFailed]:
        if self.down:
            return Failure(_down("evolve"))
        found = self.tables.setdefault(table, MemoryTable(schema))
        for column in schema.columns:
            found.schema = found.schema.with_column(column)
        found.version += 1
        return self.create_namespace(table.namespace)

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], DestinationFailed]:
        if self.down:
            return Failure(_down("stage"))
        return (
            self.schema_of(file.path)
            .bind(lambda columns: self._staged(file, columns))
            .map(lambda one: (one,))
        )

    def _staged(self, file: FileToStage, columns: TableSchema) -> Result[StagedFile, DestinationFailed]:
        table = self.tables[file.table]
        projection = project(columns, table.schema)
        if projection.discarded and not file.may_discard:
            return Failure(_down(f"no place for {', '.join(projection.discarded)}"))
        rows = pq.read_table(file.path)
        target = pa.schema([arrow_schema(table.schema).field(place) for _, place in projection.kept])
        path = f"memory:{file.load_id}-{uuid.uuid4()}"
        kept = rows.select([name for name, _ in projection.kept])
        self._origins[path] = Origin(file.table, file.load_id, next(self._ids))
        self.staged[path] = (
            cast(kept, target) if len(target) else nulls(len(rows), arrow_schema(table.schema))
        )
        lost = (Discarded(name, len(rows) - rows[name].null_count) for name in projection.discarded)
        return Success(StagedFile(path, len(rows), file.path.stat().st_size, tuple(lost)))

    def look(self, load: Load) -> Result[Look, CommitFault]:
        if self.down:
            return Failure(_down("look"))
        if gone := [name for name in load.tables if name not in self.tables]:
            return Failure(_dropped(gone[0]))
        tables = {name: self.tables[name] for name in load.tables}
        landed = tuple(_receipt(t, load.id) for t in tables.values() if t.past.holds(load.id))
        missing = tuple(
            TableVersion(name, str(table.version))
            for name, table in tables.items()
            if not table.past.holds(load.id)
        )
        return Success(Absent(missing, landed, self._state_of(load)) if missing else Landed(landed))

    def _state_of(self, load: Load) -> str | None:
        return self.tables[load.state.table].past.latest_state() if load.state else None

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        answer = next(self._script, Answer.LAND)
        self._sent[load.id] = next(self._ids)
        names = ", ".join(str(version.table) for version in base.versions)
        if self.down or answer is Answer.LOSE_THE_REQUEST:
            return Failure(CommitUnknown(names, load.id, "the request was lost"))
        if answer is Answer.REFUSE:
            return Failure(CommitRefused(names, load.id, "the catalog said no"))
        if answer is Answer.CONFLICT or not self._is_current(base):
            return Failure(CommitConflict(names, load.id, "another writer was first"))
        worked_out = self._worked_out(load, [version.table for version in base.versions])
        if isinstance(worked_out, Failure):
            return worked_out
        receipts = tuple(self._land(load, name, outcome) for name, outcome in worked_out.unwrap().items())
        if answer is Answer.LAND_AND_LOSE_THE_ANSWER:
            return Failure(CommitUnknown(names, load.id, "the answer was lost"))
        return Success((*base.landed, *receipts))

    def _worked_out(
        self, load: Load, touched: Sequence[TableName]
    ) -> Result[dict[TableName, Outcome], CommitFault]:
        paths = [file.path for write in load.writes for file in write.files]
        if gone := [path for path in paths if path not in self.staged]:
            return Failure(StagedFilesGone(str(touched[0]), load.id, f"there is no file {gone[0]}"))
        return Writes(load, self.tables, self.staged).outcomes(touched)

    def _is_current(self, base: Absent) -> bool:
        return all(str(self.tables[version.table].version) == version.token for version in base.versions)

    def _land(self, load: Load, name: TableName, outcome: Outcome) -> Receipt:
        table = self.tables[name]
        files = next((w.files for w in load.writes if w.table == name), ())
        state = self._keep_state(table, load.state) if load.state and load.state.table == name else None
        past = table.past
        known = state or past.latest_state()
        table.note(past.latest_state())
        shown = None if outcome.rows is None else self._show(table, outcome.rows, load.id, known)
        current = table.history[-1].snapshot if table.history else None
        tag = Tag(current.id, current.sequence) if current else Tag(None, 0)
        receipt = Receipt(
            table=name,
            rows=outcome.applied,
            bytes=sum(file.bytes for file in files),
            files=len(files),
            snapshot_id=shown.id if shown else None,
        )
        table.loads = {key: kept for key, kept in table.loads.items() if past.is_true(kept[0])}
        table.loads[load.id] = (tag, receipt)
        table.state = (tag, known) if known else None
        table.version += 1
        return receipt

    def _keep_state(self, table: MemoryTable, state: StoredState) -> str:
        table.states[state.version] = state
        return state.version

    def _show(self, table: MemoryTable, rows: pa.Table, load_id: str, state: str | None) -> Snapshot:
        table.sequence += 1
        self._shown.add(load_id)
        snapshot = Snapshot(next(self._ids), table.sequence, load_id, state)
        table.history.append(MemorySnapshot(snapshot, rows))
        return snapshot

    def interfere(self, table: TableName) -> None:
        """Add a snapshot as somebody would who knows nothing of loads; the rows stay the same."""
        found = self.tables[table]
        found.sequence += 1
        found.history.append(MemorySnapshot(Snapshot(next(self._ids), found.sequence), found.rows))
        found.version += 1

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return Success(None)

    def discard(self, load: Load) -> None:
        if load.id in self._shown:
            return
        for write in load.writes:
            for file in write.files:
                self.staged.pop(file.path, None)

    def compact(self, table: TableName) -> Result[None, DestinationFailed]:
        return Failure(_down("compact")) if self.down else Success(None)

    def leftovers(
        self, table: TableName, older_than: timedelta
    ) -> Result[tuple[Leftover, ...], DestinationFailed]:
        """What was staged before the newest snapshot and never shown; there is no time here, so all is old enough."""
        history = self.tables[table].history
        newest = history[-1].snapshot.id if history else 0
        dead = (
            path
            for path in self.staged
            if (origin := self._origins[path]).table == table
            and origin.load_id not in self._shown
            and max(origin.number, self._sent.get(origin.load_id, 0)) < newest
        )
        return Success(tuple(Leftover(path, self.staged[path].nbytes) for path in dead))

    def remove_leftovers(
        self, table: TableName, found: Iterable[Leftover]
    ) -> Result[None, DestinationFailed]:
        for file in found:
            self.staged.pop(file.path, None)
        return Success(None)

    def read_state(self, table: TableName) -> Result[str | None, DestinationFailed]:
        if self.down:
            return Failure(_down("read state"))
        found = self.tables.get(table)
        version = found.past.latest_state() if found else None
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

    def scan(self, table: TableName) -> Result[ArrowStream | None, DestinationFailed]:
        found = self.tables.get(table)
        return Failure(_down("scan")) if self.down else Success(found.rows if found else None)

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, DestinationFailed]:
        return Failure(_down("namespaces")) if self.down else Success(namespace in self.namespaces)

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], DestinationFailed]:
        if self.down:
            return Failure(_down("tables"))
        return Success(tuple(name for name in self.tables if name.namespace == namespace))

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        self.namespaces.add(namespace)
        return Success(None)

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, DestinationFailed]:
        self.tables = {name: t for name, t in self.tables.items() if name.namespace != namespace}
        self.namespaces.discard(namespace)
        return Success(None)

    def drop_table(self, table: TableName) -> Result[None, DestinationFailed]:
        self.tables.pop(table, None)
        return Success(None)

    def close(self) -> None:
        """Nothing is open."""


def _receipt(table: MemoryTable, load_id: str) -> Receipt:
    shown = next((e.snapshot.id for e in table.history if e.snapshot.load_id == load_id), None)
    return replace(table.loads[load_id][1], snapshot_id=shown)


def _down(what: str) -> DestinationFailed:
    return DestinationFailed(what, Category.TRANSIENT, "Start the catalog, then run again.")


def _dropped(table: TableName) -> DestinationFailed:
    return DestinationFailed(f"{table} was dropped", Category.PERMANENT, "Run again.")
