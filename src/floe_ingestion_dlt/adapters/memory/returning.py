"""Takes tables in memory back to earlier snapshots."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog
from floe_ingestion_dlt.adapters.memory.scripted_answers import Answer
from floe_ingestion_dlt.adapters.memory.tables import MemorySnapshot
from floe_ingestion_dlt.domain.faults import (
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    TableDropped,
)
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.resets import Return, TableReturn
from floe_ingestion_dlt.domain.table_history import Snapshot, Tag
from floe_ingestion_dlt.domain.table_loads import RESET
from floe_ingestion_dlt.ports.milestones import Milestone


def go_back(catalog: MemoryCatalog, how: Return) -> Result[None, CommitFault]:
    """Return the tables as *how* says, the root first; the script says what becomes of each request."""
    repaired = catalog.repaired([how.root.table], "")
    if isinstance(repaired, Failure) or how.changes_nothing:
        return repaired.map(lambda _: None)
    for one in how.tables:
        if (refused := _refused(catalog, how, one)) is not None:
            return Failure(refused)
    return _sent_in_turn(catalog, how) if catalog.in_turn else _answered(catalog, how, how.tables)


def _refused(catalog: MemoryCatalog, how: Return, one: TableReturn) -> CommitFault | None:
    table = catalog.tables.get(one.table)
    if table is None:
        return TableDropped(str(one.table), how.id)
    if table.head != one.seen:
        return CommitConflict(str(one.table), how.id, "the table changed after the look")
    if one is how.root and how.state is not None and how.state.follows != table.past.proven_state:
        return CommitConflict(str(one.table), how.id, "the state changed after the look")
    return None


def _sent_in_turn(catalog: MemoryCatalog, how: Return) -> Result[None, CommitFault]:
    for number, one in enumerate(how.tables):
        if number:
            catalog.milestones(Milestone.BETWEEN_TABLES, str(one.table))
        sent = _answered(catalog, how, (one,))
        if isinstance(sent, Failure):
            return sent
    for load_id in how.undone:
        catalog.tables[how.root.table].pending.pop(load_id, None)
    return Success(None)


def _answered(
    catalog: MemoryCatalog, how: Return, tables: tuple[TableReturn, ...]
) -> Result[None, CommitFault]:
    answer, names = catalog.next_answer(), ", ".join(str(one.table) for one in tables)
    if answer.lands:
        for one in tables:
            _return(catalog, how, one)
    match answer:
        case Answer.LAND:
            return Success(None)
        case Answer.REFUSE | Answer.LAND_AND_SAY_REFUSED:
            return Failure(CommitRefused(names, how.id, "the catalog said no"))
        case Answer.CONFLICT | Answer.LAND_AND_SAY_CONFLICT:
            return Failure(CommitConflict(names, how.id, "another writer was first"))
        case _:
            return Failure(CommitUnknown(names, how.id, "there was no answer"))


def _return(catalog: MemoryCatalog, how: Return, one: TableReturn) -> None:
    table, state = catalog.tables[one.table], how.state if one is how.root else None
    table.go_back(one.to)
    past = table.past
    known = _kept(table.states, state) or past.proven_state
    table.note(past)
    kind = None if state is None else RESET
    entry = MemorySnapshot(Snapshot(0, 0, None, known), table.rows, table.files, is_fence=True, kind=kind)
    catalog.add(table, entry)
    table.loads = {key: kept for key, kept in table.loads.items() if past.is_true(kept[0])}
    table.state = (Tag(table.head, table.sequence), known) if known else None
    if one is how.root:
        table.undone |= set(how.undone)
        if catalog.in_turn and how.tables[1:]:
            table.pending |= {load: tuple(nested.table for nested in how.tables[1:]) for load in how.undone}


def _kept(states: dict[str, StoredState], state: StoredState | None) -> str | None:
    if state is None:
        return None
    states[state.version] = state
    return state.version
