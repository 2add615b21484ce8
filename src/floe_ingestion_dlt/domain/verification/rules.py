"""The rules that find damage in the facts of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from floe_ingestion_dlt.domain.verification.facts import Change, Record, Shown, TableFacts
from floe_ingestion_dlt.domain.verification.file_findings import (
    FileTwice,
    ForeignFields,
    MissingFile,
    TotalsDiffer,
    UnreadableFile,
    UnreadableTable,
    WrongBounds,
    WrongLength,
    WrongRowCount,
    WrongSequence,
)
from floe_ingestion_dlt.domain.verification.findings import Finding
from floe_ingestion_dlt.domain.verification.load_findings import (
    BrokenProperty,
    CursorAhead,
    CursorBehind,
    LoadRecordDiffers,
    LoadTwice,
    OpenLoad,
    UnreadableState,
)
from floe_ingestion_dlt.domain.verification.order import compared

# A table with more loads than this may have dropped the oldest records.
FEWEST_RECORDS: Final = 99


def findings_in(facts: TableFacts) -> tuple[Finding, ...]:
    """The damage in the table; other tables are not considered."""
    name = str(facts.table)
    if facts.unreadable is not None:
        return (UnreadableTable(name, facts.unreadable),)
    return (
        *_of_files(name, facts),
        *(TotalsDiffer(name, t.place, t.name, t.says, t.has) for t in facts.totals if t.says != t.has),
        *(WrongSequence(name, s.place, s.number, s.most) for s in facts.sequences if s.number > s.most),
        *(BrokenProperty(name, key) for key in facts.broken),
        *_of_loads(name, facts),
        *((UnreadableState(name, facts.state_fault),) if facts.state_fault is not None else ()),
        *_of_cursor(name, facts),
    )


def has_sound_files(facts: TableFacts) -> bool:
    """Whether all files exist and are undamaged, so that rows can be read."""
    return facts.unreadable is None and not facts.unchecked and not list(_of_files(str(facts.table), facts))


def _of_files(name: str, facts: TableFacts) -> Iterator[Finding]:
    for file in facts.files:
        if file.has is None:
            yield MissingFile(name, file.path, file.role)
        elif file.says is not None and file.says != file.has:
            yield WrongLength(name, file.path, file.role, file.says, file.has)
    for path, role, cause in facts.damaged:
        yield UnreadableFile(name, path, role, cause)
    for path in facts.twice:
        yield FileTwice(name, path)
    for rows in facts.rows:
        if rows.says != rows.has:
            yield WrongRowCount(name, rows.path, rows.says, rows.has)
        elif rows.outside:
            yield WrongBounds(name, rows.path, rows.outside)
        if rows.foreign:
            yield ForeignFields(name, rows.path, rows.foreign)


def _of_loads(name: str, facts: TableFacts) -> Iterator[Finding]:
    shown: dict[str, list[Shown]] = {}
    for snapshot in reversed(facts.history):
        if snapshot.load_id is not None:
            shown.setdefault(snapshot.load_id, []).append(snapshot)
    for load_id, (snapshot, *more) in shown.items():
        if more:
            yield LoadTwice(name, load_id, tuple(s.id for s in (snapshot, *more)))
        elif cause := _difference(facts, snapshot, facts.records.get(load_id)):
            yield LoadRecordDiffers(name, load_id, cause)
    sequences = {**facts.elsewhere, **{snapshot.id: snapshot.sequence for snapshot in facts.history}}
    for load_id, record in facts.records.items():
        known = sequences.get(record.tag.snapshot_id or 0)
        if load_id not in shown and known is not None and known != record.tag.sequence:
            cause = f"sequence {record.tag.sequence} of snapshot {record.tag.snapshot_id}, which has {known}"
            yield LoadRecordDiffers(name, load_id, cause)
    for load_id, nested in facts.pending.items():
        if load_id not in shown and load_id not in facts.records:
            yield OpenLoad(name, load_id, tuple(map(str, nested)))


def _difference(facts: TableFacts, shown: Shown, record: Record | None) -> str | None:
    """How the record differs from the snapshot; None if it does not.

    A missing record is valid if the table was rolled back, which drops the record, and then rolled forward.
    """
    if record is None:
        head = facts.history[0].sequence
        is_forgotten = len(facts.records) >= FEWEST_RECORDS or max(facts.elsewhere.values(), default=0) > head
        return None if is_forgotten else "there is no record of it"
    if record.tag.snapshot_id != shown.id:
        other = record.tag.snapshot_id
        return None if other in facts.elsewhere else f"snapshot {other}, not {shown.id}"
    if record.tag.sequence != shown.sequence:
        return f"sequence {record.tag.sequence}, not {shown.sequence}"
    differing = (key for key, has in shown.figures.items() if record.figures.get(key, has) != has)
    return next(
        (f"{key} {record.figures[key]}, not {shown.figures[key]}" for key in differing),
        None,
    )


def _of_cursor(name: str, facts: TableFacts) -> Iterator[Finding]:
    """The cursor's findings; it is only compared with the rows if no other writer and no merge has changed them."""
    cursor = facts.cursor
    if cursor is None:
        return
    value = str(cursor.value)
    beyond = compared(cursor.newest_of_ours, cursor.value)
    # A cursor may also descend, and the state does not say whether it does.
    goes_down = compared(cursor.lowest, cursor.value) == 0
    is_foreign = any(snapshot.change is Change.FOREIGN for snapshot in facts.history)
    if beyond is not None and beyond > 0 and not goes_down and not is_foreign:
        yield CursorBehind(name, cursor.column, value, str(cursor.newest_of_ours))
    reached = compared(cursor.newest, cursor.value)
    is_short = cursor.newest is None or (reached is not None and reached < 0)
    if is_short and not goes_down and _is_of_added_rows(facts.history):
        yield CursorAhead(name, cursor.column, value, str(cursor.newest))


def _is_of_added_rows(history: Sequence[Shown]) -> bool:
    """Whether the last load that changed the state added rows, and no rows were changed since."""
    for at, snapshot in enumerate(history):
        if snapshot.change in {Change.CHANGED, Change.FOREIGN}:
            return False
        before = history[at + 1].state if at + 1 < len(history) else None
        if snapshot.change is Change.ADDED and snapshot.state is not None and snapshot.state != before:
            return True
    return False
