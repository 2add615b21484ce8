"""Applies a load to the rows of tables in memory, by the domain's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.source_keys import read_keys
from floe_ingestion_dlt.adapters.memory.tables import MemoryTable, arrow_schema, filled
from floe_ingestion_dlt.domain.faults import (
    CommitFault,
    DeletesRefused,
    KeysOutdated,
    MergeRefused,
    WindowChanged,
)
from floe_ingestion_dlt.domain.load import Load, MergeMode, TableWrite
from floe_ingestion_dlt.domain.merge import (
    Merged,
    MergeNested,
    MergeRows,
    MergeVersions,
    ReplaceFiles,
    ReplaceWindow,
    RootRows,
    Row,
    SourceKeys,
    key_of,
    merged,
    merged_nested,
    not_of_text,
    outdated,
    reloaded,
    replaced,
    versioned,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.windows import Limits
from floe_ingestion_dlt.domain.write_modes import Append, Replace


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of a table after a load, None if it does not change them, and the numbers of the load's rows that were applied, and of rows that were gone."""

    rows: pa.Table | None
    applied: int
    deleted: int = 0


NO_ROWS: Final = RootRows()


@final
class Writes:
    """The writes of one load to tables in memory, computed before any of them is committed."""

    def __init__(
        self, load: Load, tables: Mapping[TableName, MemoryTable], staged: Mapping[str, pa.Table]
    ) -> None:
        self._load = load
        self._tables = tables
        self._staged = staged

    def outcomes(self, names: Sequence[TableName]) -> Result[dict[TableName, Outcome], CommitFault]:
        """The outcome for each of the tables *names*, which begin with the root."""
        after: dict[TableName, Outcome] = {}
        roots: dict[TableName, RootRows] = {}
        for name in names:
            write = next((w for w in self._load.writes if w.table == name), TableWrite(name, Append(), ()))
            if isinstance(write.mode, Append | Replace):
                after[name] = self._plain(write)
                continue
            found = self._merge(write, write.mode, roots)
            if isinstance(found, Failure):
                return found
            if isinstance(write.mode, MergeRows | ReplaceWindow | ReplaceFiles):
                row_id = write.mode.row_id
                roots[name] = RootRows.of(found.unwrap(), row_id) if row_id else NO_ROWS
            after[name] = self._merged(write, found.unwrap())
        return Success(after)

    def _merge(
        self, write: TableWrite, mode: MergeMode, roots: Mapping[TableName, RootRows]
    ) -> Result[Merged, CommitFault]:
        existing, incoming = self._rows(write), self._incoming(write).to_pylist()
        match mode:
            case MergeRows() | MergeVersions():
                return self._by_keys(write, mode, existing, incoming)
            case MergeNested():
                return Success(merged_nested(existing, incoming, mode, roots.get(mode.root, NO_ROWS)))
            case ReplaceFiles():
                refused = not_of_text(write.table, self._tables[write.table].schema, mode)
                return Failure(refused) if refused else reloaded(write.table, existing, incoming, mode)
            case ReplaceWindow():
                return self._window(write, mode).bind(
                    lambda limits: replaced(write.table, existing, incoming, mode, limits)
                )

    def _plain(self, write: TableWrite) -> Outcome:
        before, incoming = self._tables[write.table].rows, self._incoming(write)
        kept = before.slice(0, 0) if write.replaces_all else before
        changed = write.files or len(kept) < len(before)
        return Outcome(pa.concat_tables([kept, incoming]) if changed else None, len(incoming))

    def _window(self, write: TableWrite, how: ReplaceWindow) -> Result[Limits, MergeRefused | WindowChanged]:
        table = self._tables[write.table]
        changes = table.changes_since(how.read_at or "")
        return how.limits_in(write.table, table.schema, self._load.id, changes)

    def _by_keys(
        self,
        write: TableWrite,
        how: MergeRows | MergeVersions,
        existing: Sequence[Row],
        incoming: Sequence[Row],
    ) -> Result[Merged, MergeRefused | DeletesRefused | KeysOutdated]:
        keys = self._source_keys(write, how)
        if isinstance(keys, Failure):
            return keys
        if isinstance(how, MergeRows):
            return merged(write.table, existing, incoming, how, keys.unwrap())
        return versioned(write.table, existing, incoming, how, keys.unwrap())

    def _source_keys(
        self, write: TableWrite, how: MergeRows | MergeVersions
    ) -> Result[SourceKeys, MergeRefused | KeysOutdated]:
        """The keys of the source, if the load deletes rows that are gone in it."""
        table, missing = self._tables[write.table], how.missing
        files = missing.keys if missing else None
        changes = table.changes_since(missing.read_at or "") if missing else ()
        if refused := outdated(str(write.table), self._load.id, missing, changes):
            return Failure(refused)
        if files is None:
            return Success(SourceKeys(self._load.id))
        read = read_keys(write.table, files, how.key, arrow_schema(table.schema))
        return read.map(lambda rows: SourceKeys(self._load.id, {key_of(row, how.key) for row in rows}))

    def _merged(self, write: TableWrite, result: Merged) -> Outcome:
        table = self._tables[write.table]
        is_changed = result.removed or result.added or result.flags or (write.is_refresh and len(table.rows))
        target = arrow_schema(table.schema)
        rows = pa.Table.from_pylist(list(result.rows), schema=target) if is_changed else None
        return Outcome(rows, result.applied, result.deleted)

    def _rows(self, write: TableWrite) -> list[dict[str, object]]:
        """The rows of the table that take part in the merge."""
        return [] if write.is_refresh else self._tables[write.table].rows.to_pylist()

    def _incoming(self, write: TableWrite) -> pa.Table:
        target = arrow_schema(self._tables[write.table].schema)
        files = (filled(self._staged[file.path], target) for file in write.files)
        return pa.concat_tables([target.empty_table(), *files])
