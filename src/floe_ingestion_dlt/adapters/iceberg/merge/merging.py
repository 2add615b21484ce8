"""Merges by files: files with removed rows are rewritten without them, and the load's files are added unchanged.

This is copy-on-write: readers see the table before or after the merge, and no reader has to apply deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeAlias, final

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.fitting import MisfitError
from floe_ingestion_dlt.adapters.arrow.source_keys import keys_in, misfit
from floe_ingestion_dlt.adapters.arrow.windows import inside
from floe_ingestion_dlt.adapters.iceberg.files.live_files import scan_tasks
from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import data_file
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries
from floe_ingestion_dlt.adapters.iceberg.files.writing import Sizes, write_rows
from floe_ingestion_dlt.adapters.iceberg.load_records import changes_since
from floe_ingestion_dlt.adapters.iceberg.merge.bounds import files_with, range_of, ranges_of
from floe_ingestion_dlt.adapters.iceberg.merge.file_change import FileChange
from floe_ingestion_dlt.adapters.iceberg.merge.file_rows import (
    ChosenRows,
    equal_to,
    filled,
    is_one_of,
    masked_rows,
    nulls_in,
    rows_flagged,
    rows_only,
    rows_to_join,
    rows_without,
    staged_files,
    values_in,
)
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import (
    ID,
    UNTIL,
    existing_columns,
    incoming_columns,
    named,
    nested_columns,
    possibly_gone,
    replaced_columns,
)
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.adapters.iceberg.merge.key_join import KeyJoin
from floe_ingestion_dlt.adapters.iceberg.merge.missing_join import FEW_ROWS, MOST_FOR_FEW_ROWS, MissingJoin
from floe_ingestion_dlt.adapters.iceberg.merge.undecided_rows import undecided
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.domain.faults import DeletesRefused, KeysOutdated, MergeRefused, WindowChanged
from floe_ingestion_dlt.domain.load import TableWrite
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY, Memory
from floe_ingestion_dlt.domain.merge import (
    KeyCounts,
    MergeNested,
    MergeRows,
    MergeVersions,
    MissingRows,
    ReplaceFiles,
    ReplaceWindow,
    are_deleted,
    not_of_text,
    of_another_type,
    outdated,
    repeated_keys,
    without_file,
)

MergeFault: TypeAlias = MergeRefused | DeletesRefused | KeysOutdated


@final
class Merging:
    """The merges of one attempt to commit a load."""

    def __init__(self, load_id: str, entries: ManifestEntries, memory: Memory = DEFAULT_MEMORY) -> None:
        self._load_id, self.entries, self._memory = load_id, entries, memory
        self._tables = JoinTables(memory.join)
        self._join = KeyJoin(self._tables)
        self._missing = MissingJoin(self._tables)

    def close(self) -> None:
        """Delete the rows that were joined."""
        self._tables.close()

    def _limit_memory(self, write: TableWrite, how: MergeRows | MergeVersions) -> None:
        if how.missing is not None and sum(file.rows for file in write.files) <= FEW_ROWS:
            self._tables.memory = min(MOST_FOR_FEW_ROWS, self._memory.join)

    def rows(self, table: Table, write: TableWrite, how: MergeRows) -> Result[FileChange, MergeFault]:
        """Merge a load into a table that has keys."""
        self._limit_memory(write, how)
        join, staged = self._join, staged_files(table, write.files)
        join.read(rows_to_join(table, staged, incoming_columns(how)), how)
        refusal = undecided(join, table, write, how) or repeated_keys(
            write.table, join.shared_ids() if how.row_id else 0
        )
        if refusal is not None:
            return Failure(refusal)
        present = self._candidates(table, write, how)
        join.match(rows_to_join(table, present, existing_columns(how)), how)
        missing = self._delete_missing(table, write, how, present)
        if isinstance(missing, Failure):
            return missing
        if how.row_id:
            everything = self._files_of(table, write) if staged or how.missing else []
            join.keep_root_ids(write.table, rows_to_join(table, everything, {ID: how.row_id}))
        applied = join.winners() if how.strategy.applies_every_row else sum(join.added().values())
        deleted, column = missing.unwrap(), how.missing.flag if how.missing else None
        change = self._change(table, present, staged, applied, None if deleted is None else column)
        return Success(replace(change, deleted=deleted or 0))

    def _delete_missing(
        self, table: Table, write: TableWrite, how: MergeRows | MergeVersions, present: Sequence[FileScanTask]
    ) -> Result[int | None, MergeFault]:
        """Remove or flag the rows of the table that are gone; returns their number, None if they stay."""
        missing = how.missing
        if missing is None:
            return Success(None)
        if refused := outdated(
            str(write.table), self._load_id, missing, changes_since(table.metadata, missing.read_at or "")
        ):
            return Failure(refused)
        types = schema_to_pyarrow(table.metadata.schema().select(*how.key))
        misfits: list[MisfitError] = []
        files, places = missing.keys, named("key", how.key)
        keys = None if files is None else keys_in(files, places, types, misfits)
        self._missing.read_keys(how.key, keys)
        for error in misfits:
            return Failure(misfit(write.table, how.key, error))
        counts = self._missing.find(partial(self._possibly_gone, table, present, how), how.key)
        decided = are_deleted(str(write.table), self._load_id, missing, counts)
        return decided.map(lambda deletes: self._applied(missing, counts) if deletes else None)

    def _possibly_gone(
        self, table: Table, present: Sequence[FileScanTask], how: MergeRows | MergeVersions
    ) -> pa.RecordBatchReader:
        """The rows of the table that may be gone; of versions, the active ones."""
        if isinstance(how, MergeRows):
            return rows_to_join(table, present, possibly_gone(how))
        return rows_to_join(
            table, present, {UNTIL: how.valid_to} | possibly_gone(how), partial(equal_to, value=how.active)
        )

    def _applied(self, missing: MissingRows, counts: KeyCounts) -> int:
        (self._missing.remove if missing.flag is None else self._missing.flag)()
        return counts.gone

    def nested(self, table: Table, write: TableWrite, how: MergeNested) -> FileChange:
        """Remove and add the rows of a nested table together with their root rows."""
        present, staged = self._files_of(table, write), staged_files(table, write.files)
        columns = nested_columns(how)
        self._join.match_nested(
            rows_to_join(table, present, columns), rows_to_join(table, staged, columns), how
        )
        return self._change(table, present, staged, sum(self._join.added().values()))

    def versions(self, table: Table, write: TableWrite, how: MergeVersions) -> Result[FileChange, MergeFault]:
        """End and begin versions in a table that keeps all of them."""
        self._limit_memory(write, how)
        join, staged = self._join, staged_files(table, write.files)
        join.read(rows_to_join(table, staged, incoming_columns(how)), how)
        repeated = join.repeated_keys() if how.has_nested and how.key else 0
        refusal = undecided(join, table, write, how) or repeated_keys(write.table, repeated)
        if refusal is not None:
            return Failure(refusal)
        present = self._files_of(table, write)
        join.match_versions(rows_to_join(table, present, existing_columns(how)), how)
        missing = self._delete_missing(table, write, how, present)
        if isinstance(missing, Failure):
            return missing
        removed, new = join.removed(), join.added()
        ended = (
            filled(batch, mask, {how.valid_to: how.at})
            for file in removed
            for batch, mask in masked_rows(table, present[file], join.removed_from(file))
        )
        begun = (
            filled(batch.filter(mask), None, {how.valid_from: how.at, how.valid_to: how.active})
            for file in new
            for batch, mask in masked_rows(table, staged[file], join.added_from(file))
        )
        added = tuple(self._write(table, chain(ended, begun)))
        files = tuple(present[file].file for file in removed)
        return Success(FileChange(files, added, sum(new.values()), missing.unwrap() or 0))

    def window(
        self, table: Table, write: TableWrite, how: ReplaceWindow
    ) -> Result[FileChange, MergeRefused | WindowChanged]:
        """Replace the rows of a window with those of the load; only files that may have such rows are read."""
        schema, column = schema_from_iceberg(table.metadata.schema()), how.window.column
        changes = changes_since(table.metadata, how.read_at or "")
        limits = how.limits_in(write.table, schema, self._load_id, changes)
        if isinstance(limits, Failure):
            return limits
        staged = staged_files(table, write.files)
        for variant in how.variants_in(found.name for found in schema.columns):
            if strays := values_in(table, staged, variant):
                return Failure(of_another_type(write.table, column, variant, strays))
        wanted = [range_of(limits.unwrap(), table.metadata.schema(), column)]
        is_inside = partial(inside, limits=limits.unwrap())
        chosen = ChosenRows({column: wanted}, is_inside, is_inside)
        return Success(self._replace(table, write, how, self._files_of(table, write), chosen))

    def files(self, table: Table, write: TableWrite, how: ReplaceFiles) -> Result[FileChange, MergeRefused]:
        """Replace the rows that came from changed files; only the table's files that may have such rows are read."""
        schema, everything = table.metadata.schema(), self._files_of(table, write)
        if refused := not_of_text(write.table, schema_from_iceberg(schema), how):
            return Failure(refused)
        if unnamed := nulls_in(table, everything, how.column):
            return Failure(without_file(write.table, how, unnamed))
        is_changed = partial(is_one_of, others=pa.array(how.files, pa.string()))
        chosen = ChosenRows({how.column: ranges_of(how.files)}, is_changed)
        return Success(self._replace(table, write, how, everything, chosen))

    def _replace(
        self,
        table: Table,
        write: TableWrite,
        how: ReplaceWindow | ReplaceFiles,
        everything: Sequence[FileScanTask],
        chosen: ChosenRows,
    ) -> FileChange:
        """Remove the *chosen* rows of the table, which has the files *everything*, and add those of the load."""
        columns, staged = replaced_columns(how), staged_files(table, write.files)
        present = files_with(table, everything, chosen.ranges)
        self._join.replace_rows(
            rows_to_join(table, present, columns, chosen.of_table),
            rows_to_join(table, staged, columns, chosen.of_load),
        )
        if how.row_id:
            self._join.keep_root_ids(write.table, rows_to_join(table, everything, {ID: how.row_id}))
        return self._change(table, present, staged, sum(self._join.added().values()))

    def _files_of(self, table: Table, write: TableWrite) -> list[FileScanTask]:
        """The table's files whose rows take part in the merge."""
        return [] if write.is_refresh else scan_tasks(table, self.entries)

    def _candidates(self, table: Table, write: TableWrite, how: MergeRows) -> list[FileScanTask]:
        """The table's files that may have a row that the load matches, or one that is removed because it does not."""
        removes_missing = how.missing is not None or how.strategy.removes(is_matched=False)
        if not how.key and not how.merge_key and not removes_missing:
            return []
        tasks = self._files_of(table, write)
        if how.merge_key or removes_missing:
            return tasks
        ranges = zip(how.key, self._join.key_ranges(how), strict=True)
        return files_with(table, tasks, dict(ranges))

    def _change(
        self,
        table: Table,
        present: Sequence[FileScanTask],
        staged: Sequence[FileScanTask],
        applied: int,
        flag: str | None = None,
    ) -> FileChange:
        """The files without removed rows and with added ones; the column *flag* gets its new values."""
        removed, new = self._join.removed(), self._join.added()
        whole = {file for file, rows in new.items() if rows == staged[file].file.record_count}
        dropped = {file for file, rows in removed.items() if rows == present[file].file.record_count}
        changed = sorted({*removed, *(self._missing.flagged() if flag else ())})
        rewritten = chain(
            (self._kept(table, present[file], file, flag) for file in changed if file not in dropped),
            (
                rows_only(table, staged[file], self._join.added_from(file))
                for file in new
                if file not in whole
            ),
        )
        added = list(self._write(table, chain.from_iterable(rewritten)))
        return FileChange(
            removed=tuple(present[file].file for file in changed),
            added=(*(staged[file].file for file in sorted(whole)), *added),
            applied=applied,
        )

    def _kept(
        self, table: Table, task: FileScanTask, file: int, flag: str | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a file of the table that stay."""
        removed = self._join.removed_from(file)
        if flag is None:
            return rows_without(table, task, removed)
        return rows_flagged(table, task, removed, self._missing.flags_in(file), flag)

    def _write(self, table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[DataFile]:
        rows = (pa.Table.from_batches([batch]) for batch in batches if len(batch))
        sizes = Sizes(self._memory.table, merges=True)
        for file in write_rows(table, rows, f"{self._load_id}-merged", sizes=sizes):
            yield data_file(table, file.path)
