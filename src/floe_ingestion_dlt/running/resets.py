"""Takes a table back to an earlier snapshot, or its cursor to an earlier value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.cursor_moves import TARGET
from floe_ingestion_dlt.domain.faults import CommitFault, Fault, Invalid
from floe_ingestion_dlt.domain.load_state import NO_STATE, KeptState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import may_be_nested
from floe_ingestion_dlt.domain.resets import (
    WANTED,
    ResetReport,
    Return,
    TableReturn,
    Target,
    ToCursor,
    ToSnapshot,
    nested_return,
    past_loads,
    undone_by,
)
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.ports.destination import Destination, TableState
from floe_ingestion_dlt.ports.pipeline_states import PipelineStates
from floe_ingestion_dlt.running.load_states import root_table

# How often a reset is tried if other writers change the table, or no answer comes.
ATTEMPTS: Final = 5

Decision: TypeAlias = tuple[Return, ResetReport]


@final
@dataclass(frozen=True, slots=True)
class Reset:
    """One reset with an *id*, which is tried until it is in the tables."""

    id: str
    destination: Destination
    states: PipelineStates

    def done(self, name: str, to: Target) -> Result[ResetReport, Fault]:
        """What the reset of the table *name* has done."""
        if not isinstance(to, ToSnapshot | ToCursor):
            return Failure(Invalid(TARGET, type(to).__name__, WANTED))
        return root_table(name, self.destination).bind(lambda found: self._done(*found, to))

    def _done(self, table: TableName, described: TableState, to: Target) -> Result[ResetReport, Fault]:
        fault: CommitFault | None = None
        report = ResetReport(table)
        for _ in range(ATTEMPTS):
            completed = self._completed(table)
            if isinstance(completed, Failure):
                return completed
            decided = self._decided(table, described, to)
            if isinstance(decided, Failure):
                return decided
            how, found = decided.unwrap()
            # A request without an answer may have done it: then nothing is left to do.
            report = report if how.changes_nothing and fault is not None else found
            answer = Success(None) if how.changes_nothing else self.destination.go_back(how)
            if isinstance(answer, Success):
                return self._with_cursors(report, described)
            fault = answer.failure()
            if fault.is_final:
                break
        return Failure(fault) if fault is not None else Success(report)

    def _completed(self, table: TableName) -> Result[None, CommitFault]:
        """Complete what was interrupted between two tables."""
        return self.destination.go_back(Return(self.id, (TableReturn(table, None, None),)))

    def _decided(self, table: TableName, described: TableState, to: Target) -> Result[Decision, Fault]:
        snapshots = self.destination.snapshots_of(table).map(lambda found: found or TableSnapshots())
        if isinstance(snapshots, Failure):
            return snapshots
        match to:
            case ToSnapshot(snapshot_id):
                return self._to_snapshot(table, described, snapshots.unwrap(), snapshot_id)
            case ToCursor(value):
                return self._to_cursor(table, described, snapshots.unwrap(), value)
            case _:
                assert_never(to)

    def _to_snapshot(
        self, table: TableName, described: TableState, snapshots: TableSnapshots, to: int
    ) -> Result[Decision, Fault]:
        undone = undone_by(table, snapshots, to)
        if isinstance(undone, Failure):
            return undone
        loads = past_loads(undone.unwrap())
        known = self._kept(table, described).value_or(NO_STATE)
        ids = tuple(dict.fromkeys(load.load_id for load in loads))
        is_there = all(snapshot.changes_nothing for snapshot in undone.unwrap())
        root = TableReturn(table, snapshots.current, snapshots.current if is_there else to)
        return self._nested(table, ids).map(
            lambda nested: (
                Return(self.id, (root, *nested), ids),
                ResetReport(table, known.cursors, loads, known.files),
            )
        )

    def _nested(self, root: TableName, undone: Collection[str]) -> Result[tuple[TableReturn, ...], Fault]:
        """How the nested tables go back with the loads that are *undone* in their root."""
        there = self.destination.tables_in(root.namespace) if undone else Success(())
        if isinstance(there, Failure):
            return there
        found: list[TableReturn] = []
        for table in there.unwrap():
            if may_be_nested(table, root):
                one = self._nested_table(table, root, undone)
                if isinstance(one, Failure):
                    return one
                found += [one_return] if (one_return := one.unwrap()) is not None else []
        return Success(tuple(found))

    def _nested_table(
        self, table: TableName, root: TableName, undone: Collection[str]
    ) -> Result[TableReturn | None, Fault]:
        described = self.destination.describe(table)
        if isinstance(described, Failure):
            return described
        state = described.unwrap()
        if state is None or state.owner not in {None, root}:
            return Success(None)
        snapshots = self.destination.snapshots_of(table)
        return snapshots.bind(lambda found: nested_return(table, found or TableSnapshots(), undone))

    def _to_cursor(
        self, table: TableName, described: TableState, snapshots: TableSnapshots, value: object
    ) -> Result[Decision, Fault]:
        text = self.destination.read_state(table)
        if isinstance(text, Failure):
            return text
        if (kept := text.unwrap()) is None:
            return Failure(
                Invalid(TARGET, "ToCursor", f"ToSnapshot(id): {table} has no state, and so no cursor")
            )
        moved = self.states.moved_back(kept, table, value, self.id)
        if isinstance(moved, Failure):
            return moved
        before = self.states.read(kept, table, described.schema).value_or(NO_STATE)
        after = self.states.read(moved.unwrap().text, table, described.schema).value_or(NO_STATE)
        is_there = before.cursors == after.cursors
        root = TableReturn(table, snapshots.current, snapshots.current)
        how = Return(self.id, (root,), state=None if is_there else moved.unwrap())
        return Success((how, ResetReport(table, before.cursors, files=before.files)))

    def _with_cursors(self, report: ResetReport, described: TableState) -> Result[ResetReport, Fault]:
        """The report of what was known before, with what is known now."""
        return self._kept(report.table, described).map(
            lambda now: replace(report, cursors=now.cursors, files=max(0, report.files - now.files))
        )

    def _kept(self, table: TableName, described: TableState) -> Result[KeptState, Fault]:
        text = self.destination.read_state(table)
        return text.bind(
            lambda kept: (
                Success(NO_STATE) if kept is None else self.states.read(kept, table, described.schema)
            )
        )
