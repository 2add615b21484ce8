"""Merges by files: files with removed rows are rewritten without them, and the load's files are added unchanged.

This is copy-on-write: readers see the table before or after the merge, and no reader has to apply deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import final

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.windows import inside
from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import data_file
from floe_ingestion_dlt.adapters.iceberg.files.writing import write_rows
from floe_ingestion_dlt.adapters.iceberg.load_records import changes_since
from floe_ingestion_dlt.adapters.iceberg.merge.bounds import bounds_of, range_of
from floe_ingestion_dlt.adapters.iceberg.merge.file_rows import (
    files_of,
    filled,
    masked_rows,
    nulls_in,
    rows_only,
    rows_to_join,
    rows_without,
    staged_files,
    values_in,
)
from floe_ingestion_dlt.adapters.iceberg.merge.key_join import (
    ID,
    RANGES,
    KeyJoin,
    existing_columns,
    file_columns,
    incoming_columns,
    nested_columns,
    window_columns,
)
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.domain.faults import MergeRefused, WindowChanged
from floe_ingestion_dlt.domain.load import TableWrite
from floe_ingestion_dlt.domain.merge import (
    MergeNested,
    MergeRows,
    MergeVersions,
    ReplaceFiles,
    ReplaceWindow,
    beside,
    not_of_text,
    of_another_type,
    repeated_keys,
    unclear_flags,
    variants,
    without_file,
    without_key,
)
from floe_ingestion_dlt.domain.pruning import Range, may_hold


@final
@dataclass(frozen=True, slots=True)
class FileChange:
    """What a write does to a table's files, and the number of rows of the load that it applied."""

    removed: tuple[DataFile, ...]
    added: tuple[DataFile, ...]
    applied: int


@final
class Merging:
    """The merges of one attempt to commit a load."""

    def __init__(self, load_id: str) -> None:
        self._load_id = load_id
        self._join = KeyJoin()

    def close(self) -> None:
        """Delete the rows that were joined."""
        self._join.close()

    def rows(self, table: Table, write: TableWrite, how: MergeRows) -> Result[FileChange, MergeRefused]:
        """Merge a load into a table that has keys."""
        join, staged = self._join, staged_files(table, write.files)
        join.read(rows_to_join(table, staged, incoming_columns(how)), how)
        refusal = self._undecided(table, write, how) or repeated_keys(
            write.table, join.shared_ids() if how.row_id else 0
        )
        if refusal is not None:
            return Failure(refusal)
        present = self._candidates(table, write, how)
        join.match(rows_to_join(table, present, existing_columns(how)), how)
        if how.row_id:
            everything = files_of(table, write) if staged else []
            join.keep_root_ids(write.table, rows_to_join(table, everything, {ID: how.row_id}))
        applied = join.winners() if how.strategy.applies_every_row else sum(join.added().values())
        return Success(self._change(table, present, staged, applied))

    def nested(self, table: Table, write: TableWrite, how: MergeNested) -> FileChange:
        """Remove and add the rows of a nested table together with their root rows."""
        present, staged = files_of(table, write), staged_files(table, write.files)
        columns = nested_columns(how)
        self._join.match_nested(
            rows_to_join(table, present, columns), rows_to_join(table, staged, columns), how
        )
        return self._change(table, present, staged, sum(self._join.added().values()))

    def versions(
        self, table: Table, write: TableWrite, how: MergeVersions
    ) -> Result[FileChange, MergeRefused]:
        """End and begin versions in a table that keeps all of them."""
        join, staged = self._join, staged_files(table, write.files)
        join.read(rows_to_join(table, staged, incoming_columns(how)), how)
        repeated = join.repeated_keys() if how.has_nested and how.key else 0
        refusal = self._undecided(table, write, how) or repeated_keys(write.table, repeated)
        if refusal is not None:
            return Failure(refusal)
        present = files_of(table, write)
        join.match_versions(rows_to_join(table, present, existing_columns(how)), how)
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
        return Success(FileChange(tuple(present[file].file for file in removed), added, sum(new.values())))

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
        fields, everything = table.metadata.schema(), list(table.scan().plan_files())
        wanted = range_of(limits.unwrap(), fields, column)
        present = [task for task in everything if bounds_of(task.file, fields, column).overlaps(wanted)]
        columns, is_inside = window_columns(how), partial(inside, limits=limits.unwrap())
        self._join.replace_rows(
            rows_to_join(table, present, columns, is_inside), rows_to_join(table, staged, columns, is_inside)
        )
        if how.row_id:
            self._join.keep_root_ids(write.table, rows_to_join(table, everything, {ID: how.row_id}))
        return Success(self._change(table, present, staged, sum(self._join.added().values())))

    def files(self, table: Table, write: TableWrite, how: ReplaceFiles) -> Result[FileChange, MergeRefused]:
        """Replace the rows that came from changed files; only the table's files that may have such rows are read."""
        schema, everything = table.metadata.schema(), files_of(table, write)
        if refused := not_of_text(write.table, schema_from_iceberg(schema), how):
            return Failure(refused)
        if unnamed := nulls_in(table, everything, how.column):
            return Failure(without_file(write.table, how, unnamed))
        ranges = [_ranges(how.files)]
        present = [
            task for task in everything if may_hold([bounds_of(task.file, schema, how.column)], ranges)
        ]
        staged, columns = staged_files(table, write.files), file_columns(how)
        names = pa.array(how.files, pa.string())
        self._join.replace_rows(
            rows_to_join(table, present, columns, lambda values: pc.is_in(values, value_set=names)),
            rows_to_join(table, staged, columns),
        )
        if how.row_id:
            self._join.keep_root_ids(write.table, rows_to_join(table, everything, {ID: how.row_id}))
        return Success(self._change(table, present, staged, sum(self._join.added().values())))

    def _undecided(
        self, table: Table, write: TableWrite, how: MergeRows | MergeVersions
    ) -> MergeRefused | None:
        if missing := self._join.without_key(how.key):
            return without_key(write.table, *missing)
        staged, columns = (
            staged_files(table, write.files),
            [field.name for field in table.metadata.schema().fields],
        )
        for column, variant in variants(how.hard_delete, how.dedup_sort, columns):
            if rows := values_in(table, staged, variant):
                return beside(write.table, column, variant, rows)
        return unclear_flags(
            write.table, how.hard_delete, self._join.unclear_flags() if how.hard_delete else 0
        )

    def _candidates(self, table: Table, write: TableWrite, how: MergeRows) -> list[FileScanTask]:
        """The table's files that may have a row that the load matches, or one that is removed because it does not."""
        removes_missing = how.strategy.removes(is_matched=False)
        if not how.key and not how.merge_key and not removes_missing:
            return []
        tasks = files_of(table, write)
        if how.merge_key or removes_missing:
            return tasks
        ranges, schema = self._join.key_ranges(how), table.metadata.schema()
        return [
            task
            for task in tasks
            if may_hold([bounds_of(task.file, schema, name) for name in how.key], ranges)
        ]

    def _change(
        self, table: Table, present: Sequence[FileScanTask], staged: Sequence[FileScanTask], applied: int
    ) -> FileChange:
        removed, new = self._join.removed(), self._join.added()
        whole = {file for file, rows in new.items() if rows == staged[file].file.record_count}
        dropped = {file for file, rows in removed.items() if rows == present[file].file.record_count}
        rewritten = chain(
            (
                rows_without(table, present[file], self._join.removed_from(file))
                for file in removed
                if file not in dropped
            ),
            (
                rows_only(table, staged[file], self._join.added_from(file))
                for file in new
                if file not in whole
            ),
        )
        added = list(self._write(table, chain.from_iterable(rewritten)))
        return FileChange(
            removed=tuple(present[file].file for file in removed),
            added=(*(staged[file].file for file in sorted(whole)), *added),
            applied=applied,
        )

    def _write(self, table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[DataFile]:
        rows = (pa.Table.from_batches([batch]) for batch in batches if len(batch))
        for file in write_rows(table, rows, f"{self._load_id}-merged"):
            yield data_file(table, file.path)


def _ranges(files: Sequence[str]) -> list[Range]:
    """Ranges that contain the names of all files; only one if there are many, because each is compared with each file of the table."""
    if len(files) > RANGES:
        return [Range(min(files), max(files))]
    return [Range(file, file) for file in files]
