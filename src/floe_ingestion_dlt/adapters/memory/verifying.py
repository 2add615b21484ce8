"""Facts about tables in memory for a check: their loads, cursors and nested rows. There are no files to check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.stubs import lowest_and_highest
from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog
from floe_ingestion_dlt.adapters.memory.tables import MemoryTable
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.verification.facts import (
    Change,
    CursorFact,
    FileFact,
    Orphans,
    Record,
    Shown,
    TableFacts,
)
from floe_ingestion_dlt.ports.verification import CursorIn, Strays


def inspect(catalog: MemoryCatalog, name: TableName, cursor_in: CursorIn, *, rows: bool) -> TableFacts | None:
    table = catalog.tables.get(name)
    if table is None:
        return None
    past, named = table.past, {path for entry in table.history for path in entry.files}
    files = {path: catalog.staged[path].nbytes if path in catalog.staged else None for path in named}
    state_fault, cursor = _state(table, cursor_in, rows=rows)
    left = [
        catalog.staged[path].nbytes
        for path, origin in catalog.origins.items()
        if origin.table == name and path in catalog.staged and not catalog.is_named(path)
    ]
    return TableFacts(
        table=name,
        columns=frozenset(column.name for column in table.schema.columns),
        owner=table.owner,
        files=tuple(FileFact(path, "data file", None, size) for path, size in files.items()),
        history=tuple(
            Shown(s.id, s.sequence, Change.CHANGED if s.load_id else Change.FOREIGN, s.load_id, s.state)
            for s in past.snapshots
        ),
        records={load: Record(tag) for load, tag in past.loads.items()},
        pending={load: tables for load, tables in table.pending.items() if not past.holds(load)},
        state_fault=state_fault,
        cursor=cursor,
        orphans=Orphans(len(left), sum(left)),
    )


def _state(table: MemoryTable, cursor_in: CursorIn, *, rows: bool) -> tuple[str | None, CursorFact | None]:
    version = table.past.proven_state
    if version is None:
        return None, None
    cursor = cursor_in(table.states[version].text)
    if isinstance(cursor, Failure):
        return cursor.failure(), None
    found = cursor.unwrap()
    return None, _ends(table.rows, found) if rows and found is not None else None


def _ends(rows: pa.Table, cursor: StateCursor) -> CursorFact | None:
    column = ColumnNames.of(rows.column_names).in_table(cursor.column)
    if column not in rows.column_names:
        return None
    low, high = lowest_and_highest(rows[column])
    return CursorFact(column, cursor.value, low, high, high)


def strays(
    tables: Mapping[TableName, MemoryTable],
    nested: TableName,
    column: str,
    homes: Sequence[TableName],
    key: str,
) -> Strays:
    there = [tables[name] for name in homes if name in tables]
    awaited = (
        load not in home.loads and nested in names for home in there for load, names in home.pending.items()
    )
    if nested not in tables or any(awaited):
        return Strays(0, "")
    known = {value for home in there if key in home.rows.column_names for value in home.rows[key].to_pylist()}
    lost = [v for v in tables[nested].rows[column].to_pylist() if v is not None and v not in known]
    return Strays(len(lost), str(min(lost, default="")))
