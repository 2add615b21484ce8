"""Commits in memory: requests succeed, get lost or arrive late, as a script says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.memory.scripted_answers import Answer, Request
from floe_ingestion_dlt.adapters.memory.tables import MemorySnapshot, MemoryTable, Origin
from floe_ingestion_dlt.adapters.memory.writes import Outcome, Writes
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
    StagedFilesGone,
)
from floe_ingestion_dlt.domain.load import Absent, Load, Receipt, TableVersion, TableWrite
from floe_ingestion_dlt.domain.merge import ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.repair import Announced, repair, take_back
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.table_history import Snapshot, Tag
from floe_ingestion_dlt.domain.table_loads import kind_of_write
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones

Receipts = tuple[Receipt, ...]


class MemoryCatalog:
    """The tables, the staged files, and the requests that are in flight (*late*)."""

    def __init__(self, script: Iterator[Answer], milestones: Milestones, *, in_turn: bool) -> None:
        self.tables: dict[TableName, MemoryTable] = {}
        self.staged: dict[str, pa.Table] = {}
        self.origins: dict[str, Origin] = {}
        self.late: list[Request] = []
        self.shown: set[str] = set()
        self.sent: dict[str, int] = {}
        self.ids = count(1)
        self.in_turn = in_turn
        self._script = script
        self.milestones = milestones

    # -- commits

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        """Send the load to the tables of *base*: at once, or one after another with the root last."""
        names = [version.table for version in base.versions]
        if not self._is_current(base):
            return Failure(CommitConflict(_names(base), load.id, "the table changed after the look"))
        repaired = self.repaired(names, load.id)
        if isinstance(repaired, Failure):
            return repaired
        if repaired.unwrap():
            return Failure(CommitConflict(_names(base), load.id, "the rows of a failed load were taken back"))
        outcomes = self._outcomes(load, names)
        if isinstance(outcomes, Failure):
            return outcomes
        self.sent[load.id] = next(self.ids)
        receipts = self._sent_in_turn if self.in_turn else self._sent_together
        return receipts(load, outcomes.unwrap()).map(lambda new: (*base.landed, *new))

    def _sent_together(self, load: Load, outcomes: dict[TableName, Outcome]) -> Result[Receipts, CommitFault]:
        return self._send(self._request(load, outcomes))

    def _sent_in_turn(self, load: Load, outcomes: dict[TableName, Outcome]) -> Result[Receipts, CommitFault]:
        """Commit nested tables first and the root last. The root announces the nested tables before."""
        root, *nested = outcomes
        names = self.order(list(outcomes))
        requests = [self._request(load, {name: outcomes[name]}) for name in names]
        if nested:
            known = self.tables[root].pending.get(load.id, ())
            self.tables[root].pending[load.id] = tuple(dict.fromkeys([*known, *nested]))
        receipts: Receipts = ()
        for request, name in zip(requests, names, strict=True):
            sent = self._send(request)
            if isinstance(sent, Failure):
                return sent
            receipts = (*sent.unwrap(), *receipts)
            if name != root:
                self.milestones(Milestone.BETWEEN_TABLES, str(name))
        return Success(receipts)

    def order(self, names: list[TableName]) -> list[TableName]:
        """The order in which the tables of a load are committed; *names* begin with the root."""
        return names[::-1]

    def _request(self, load: Load, outcomes: dict[TableName, Outcome]) -> Request:
        return Request(load, {name: self.tables[name].built_on for name in outcomes}, outcomes)

    def _send(self, request: Request) -> Result[Receipts, CommitFault]:
        names, load_id = ", ".join(map(str, request.outcomes)), request.load.id
        answer = self.next_answer()
        landed = self.deliver(request) if answer.lands else None
        if answer is Answer.ARRIVE_LATE:
            self.late.append(request)
        if answer in {Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST, Answer.ARRIVE_LATE}:
            return Failure(CommitUnknown(names, load_id, "there was no answer"))
        if answer in {Answer.REFUSE, Answer.LAND_AND_SAY_REFUSED}:
            return Failure(CommitRefused(names, load_id, "the catalog said no"))
        if answer in {Answer.CONFLICT, Answer.LAND_AND_SAY_CONFLICT} or landed is None:
            return Failure(CommitConflict(names, load_id, "another writer was first"))
        return Success(landed)

    def next_answer(self) -> Answer:
        """The answer of the script to the next request."""
        return next(self._script, Answer.LAND)

    def deliver(self, request: Request) -> Receipts | None:
        """Let the request arrive; None if it is refused. Like a catalog, it checks snapshots and columns, but not files."""
        self.late = [other for other in self.late if other is not request]
        for name, built_on in request.built_on.items():
            is_snapshot = request.outcomes[name].rows is not None
            now = self.tables[name].built_on if name in self.tables else None
            if now is None or not built_on.is_taken(now, is_snapshot=is_snapshot):
                return None
        return tuple(self._land(request.load, name, outcome) for name, outcome in request.outcomes.items())

    def _outcomes(
        self, load: Load, touched: Sequence[TableName]
    ) -> Result[dict[TableName, Outcome], CommitFault]:
        paths = [file.path for write in load.writes for file in write.files]
        if gone := [path for path in paths if path not in self.staged]:
            return Failure(StagedFilesGone(str(touched[0]), load.id, f"there is no file {gone[0]}"))
        tables = dict(self.tables)
        for write in load.writes:
            grown = _grown(write, tables[write.table].schema)
            if isinstance(grown, Failure):
                return Failure(StagedFilesGone(str(write.table), load.id, grown.failure().message))
            tables[write.table] = replace(tables[write.table], schema=grown.unwrap())
        return Writes(load, tables, self.staged).outcomes(touched)

    def _is_current(self, base: Absent) -> bool:
        return all(version_of(self.tables, version.table) == version for version in base.versions)

    def _land(self, load: Load, name: TableName, outcome: Outcome) -> Receipt:
        table, past = self.tables[name], self.tables[name].past
        write = next((write for write in load.writes if write.table == name), None)
        files = write.files if write else ()
        if write is not None:
            table.grow(_grown(write, table.schema).unwrap())
        state = load.state if load.state and load.state.table == name else None
        if state is not None:
            table.states[state.version] = state
        known = state.version if state else past.proven_state
        table.note(past)
        shown = None if outcome.rows is None else self._show(table, outcome.rows, load, name, known)
        if shown is not None:
            table.applied[shown.id] = outcome.applied
        tag = Tag(table.head, table.history[-1].snapshot.sequence if table.history else 0)
        size = sum(file.bytes for file in files)
        snapshot = shown.id if shown else None
        receipt = Receipt(name, outcome.applied, size, len(files), snapshot, deleted=outcome.deleted)
        table.loads = {key: kept for key, kept in table.loads.items() if past.is_true(kept[0])}
        table.loads[load.id] = (tag, receipt)
        table.state = (tag, known) if known else None
        table.pending.pop(load.id, None)
        table.undone.discard(load.id)
        table.version += 1
        return receipt

    def _show(
        self, table: MemoryTable, rows: pa.Table, load: Load, name: TableName, state: str | None
    ) -> Snapshot:
        self.shown.add(load.id)
        write = next((write for write in load.writes if write.table == name), None)
        own = frozenset(file.path for file in write.files) if write else frozenset[str]()
        files = own if write and write.replaces_all else table.files | own
        window = write.mode.window if write and isinstance(write.mode, ReplaceWindow) else None
        kind = kind_of_write(write) if write else None
        snapshot = Snapshot(0, 0, load.id, state)
        entry = MemorySnapshot(snapshot, rows, files, window=window, kind=kind)
        return self.add(table, entry)

    def add(self, table: MemoryTable, entry: MemorySnapshot) -> Snapshot:
        table.sequence += 1
        snapshot = replace(entry.snapshot, id=next(self.ids), sequence=table.sequence, parent=table.head)
        table.made[snapshot.id] = snapshot
        table.history.append(replace(entry, snapshot=snapshot))
        table.version += 1
        return snapshot

    def interfere(self, name: TableName) -> None:
        """Add a snapshot with the same rows and without a load, as another engine would."""
        table = self.tables[name]
        self.add(table, MemorySnapshot(Snapshot(0, 0), table.rows, table.files))

    def is_named(self, path: str) -> bool:
        """Whether any snapshot has rows of the file's load, even one that was rolled back."""
        return self.origins[path].load_id in self.shown

    def is_old(self, path: str, table: TableName) -> bool:
        """Whether the file was staged, and its load sent, before the newest snapshot. There is no other clock here."""
        origin, newest = self.origins[path], self.tables[table].head or 0
        return max(origin.number, self.sent.get(origin.load_id, 0)) < newest

    # -- what domain.repair needs

    def repaired(self, roots: Sequence[TableName], alive: str) -> Result[int, CommitFault]:
        return repair(self, roots if self.in_turn else (), alive)

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return take_back(self, load.tables if self.in_turn else (), load.id).map(lambda _: None)

    def announced(self, root: TableName) -> Result[Announced, CommitFault]:
        table = self.tables.get(root)
        known = table.pending.items() if table else ()
        return Success({load: names for load, names in known if table and not table.past.holds(load)})

    def holds(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        return Success(table in self.tables and self.tables[table].past.holds(load_id))

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        if (found := self.tables.get(table)) is not None:
            carried = Snapshot(0, 0, None, found.past.proven_state)
            self.add(found, MemorySnapshot(carried, found.rows, found.files, is_fence=True))
        return Success(True)  # noqa: FBT003 - nobody else is at work while this is done

    def undo(self, table: TableName, load_id: str) -> Result[bool, CommitFault]:
        found = self.tables[table]
        own = found.snapshots.of_load(load_id)
        if isinstance(own, Failure):
            return Failure(_covered(table, load_id))
        if (shown := own.unwrap()) is not None:
            found.go_back(shown.id)
            found.roll_back()
        found.loads.pop(load_id, None)
        return Success(True)  # noqa: FBT003 - see fence

    def forget(self, root: TableName, load_id: str) -> Result[bool, CommitFault]:
        self.tables[root].pending.pop(load_id, None)
        return Success(True)  # noqa: FBT003 - see fence


def version_of(tables: dict[TableName, MemoryTable], name: TableName) -> TableVersion:
    return TableVersion(name, str(tables[name].version) if name in tables else "dropped")


def _names(base: Absent) -> str:
    return ", ".join(str(version.table) for version in base.versions)


def _covered(table: TableName, load_id: str) -> DestinationFailed:
    return DestinationFailed(
        f"{table} has rows of load {load_id}, and another writer has written since",
        Category.PERMANENT,
        f"Roll {table} back to before load {load_id}.",
    )


def _grown(write: TableWrite, has: TableSchema) -> Result[TableSchema, DestinationFailed]:
    replaceable = has.types() if write.replaces_all else ()
    return extended(write.table, has, write.grows, replaceable)
