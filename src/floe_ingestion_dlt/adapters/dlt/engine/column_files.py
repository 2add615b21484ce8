"""Rows of an extracted package written as Parquet by column, with the keys that dlt would give them.

dlt then takes the files as they are; row by row, it needs several times as long. The files wait in the package until all are
written, so that a process that dies leaves either the rows or the files in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.exact_casts import array_of
from floe_ingestion_dlt.adapters.arrow.moments import moments_of
from floe_ingestion_dlt.adapters.arrow.sizes import in_parts
from floe_ingestion_dlt.adapters.arrow.stubs import Array, Field
from floe_ingestion_dlt.adapters.arrow.waiting_tables import WaitingTables
from floe_ingestion_dlt.adapters.dlt.engine.buffers import GROUP_ROWS
from floe_ingestion_dlt.adapters.dlt.engine.column_kinds import in_slices
from floe_ingestion_dlt.adapters.dlt.flat_tables import ColumnNormalizer, FlatTable, RowsDifferError, Values
from floe_ingestion_dlt.adapters.dlt.loader.extracted_rows import extracted_folder, row_files, rows_in
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationCapabilitiesContext,
    PackageStorage,
    ParsedLoadJobFileName,
    Schema,
    columns_to_arrow,
    get_context_timezone_name,
    raise_if_asked_to_stop,
)
from floe_ingestion_dlt.adapters.dlt_api.reading_order import next_file_id
from floe_ingestion_dlt.adapters.dlt_api.row_steps import ParquetTables
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY

# The folder in a package for the files of each root table.
_FOLDER: Final = "by_column"
# What is raised for values that are no value of their column's type: dlt then looks at each row.
_UNFIT: Final = (RowsDifferError, pa.ArrowException, ValueError, TypeError, OverflowError)


@final
@dataclass(frozen=True, slots=True)
class ExtractedRows:
    """The rows of an extracted package, whose tables the *schema* has; tables of *held* bytes are held in memory."""

    working_dir: Path
    load_id: str
    schema: Schema
    capabilities: DestinationCapabilitiesContext
    held: int = DEFAULT_MEMORY.table

    def write_by_column(self, root: str) -> bool:
        """Put files of the root table, and of the tables that are nested in it, in place of their rows; False if they stay rows."""
        made = Path(self._waiting, f"{root}.tmp")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        try:
            self._write(root, made)
        except _UNFIT:
            shutil.rmtree(made)
            return False
        made.rename(Path(self._waiting, root))
        return True

    def mixed(self) -> set[str]:
        """The root tables that also have Arrow tables: the order of all rows must be kept."""
        jobs = Path(self._package, "new_jobs").iterdir()
        parsed = map(ParsedLoadJobFileName.parse, (job.name for job in jobs))
        return {job.table_name for job in parsed if job.file_format != "typed-jsonl"}

    def finish(self) -> None:
        """Let the files that are written take the place of their rows."""
        rows = row_files(self.working_dir, self.load_id)
        for folder in self._waiting.glob("*"):
            if folder.suffix != ".tmp":
                for file in rows.get(folder.name, ()):
                    file.unlink()
                for file in folder.iterdir():
                    file.rename(Path(self._package, "new_jobs", file.name))
        shutil.rmtree(self._waiting, ignore_errors=True)

    @property
    def _package(self) -> Path:
        return extracted_folder(self.working_dir, self.load_id)

    @property
    def _waiting(self) -> Path:
        return Path(self._package, _FOLDER)

    def _write(self, root: str, folder: Path) -> None:
        if (zone := get_context_timezone_name()) != "UTC":
            raise RowsDifferError(zone)  # moments without a zone would be in it
        normalizer = ColumnNormalizer(self.schema)
        files: dict[str, TableFiles] = {}
        with ExitStack() as stack:
            for rows in in_slices(rows_in(row_files(self.working_dir, self.load_id)[root])):
                raise_if_asked_to_stop()
                for keyed in _keyed(normalizer, normalizer.flat_tables(rows, root), self.load_id):
                    name = keyed.table.name
                    if name not in files:
                        columns = self.schema.get_table_columns(name)
                        wanted = columns_to_arrow(columns, self.capabilities, zone)
                        files[name] = stack.enter_context(
                            TableFiles(folder, name, wanted, self.capabilities, self.held)
                        )
                    files[name].add(keyed.table_of(files[name].columns, normalizer))


@final
class TableFiles:
    """The Parquet files of a table, with large row groups, as dlt writes them; the next one begins when one is full."""

    def __init__(
        self,
        folder: Path,
        name: str,
        columns: pa.Schema,
        capabilities: DestinationCapabilitiesContext,
        held: int,
    ) -> None:
        self.columns, self._held = columns, held
        self._folder, self._name, self._capabilities = folder, name, capabilities
        self._waiting = WaitingTables(GROUP_ROWS, held)
        self._file: ParquetTables | None = None

    def __enter__(self) -> TableFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        try:
            if kind is None and self._waiting.tables:
                self._write(self._waiting.joined())
        finally:
            if self._file is not None:
                self._file.close()

    def add(self, table: pa.Table) -> None:
        for large in self._waiting.add(table):
            self._write(large)

    def _write(self, table: pa.Table) -> None:
        for group in in_parts(table, self._held):
            self._write_group(group)

    def _write_group(self, group: pa.Table) -> None:
        if self._file is not None and self._file.is_full:
            full, self._file = self._file, None
            full.close()
        if self._file is None:
            name = PackageStorage.build_job_file_name(
                self._name, next_file_id(), loader_file_format="parquet"
            )
            self._file = ParquetTables(self._folder / name, self._capabilities)
        self._file.write(group)


@final
@dataclass(frozen=True, slots=True)
class _Keyed:
    """A table with the columns that dlt adds."""

    table: FlatTable
    ids: Sequence[str]
    added: Mapping[str, Values]
    # The columns that nested tables get from it, by their names there.
    handed_down: Mapping[str, Values] = field(default_factory=dict)

    def table_of(self, columns: pa.Schema, normalizer: ColumnNormalizer) -> pa.Table:
        """The rows in the *columns*; raises one of `_UNFIT` if a value is none of its column's type."""
        values = {**self.table.columns, **self.added}
        count = len(self.table.rows)
        arrays = [_array(values.get(each.name), each, count, normalizer) for each in columns]
        if any(name not in columns.names and any(v is not None for v in values[name]) for name in values):
            raise RowsDifferError(self.table.name)
        return pa.Table.from_arrays(arrays, schema=columns)


def _keyed(normalizer: ColumnNormalizer, tables: Iterator[FlatTable], load_id: str) -> Iterator[_Keyed]:
    """The tables with dlt's columns: the row's key, and the load or the row in whose list it is."""
    above: dict[str, _Keyed] = {}
    for table in tables:
        parent = None if table.above is None else above[table.above.name]
        ids = normalizer.row_ids(table, () if parent is None else parent.ids)
        added: dict[str, Values] = {normalizer.c_dlt_id: ids}
        if parent is None:
            added[normalizer.c_dlt_load_id] = [load_id] * len(ids)
            handed_down: dict[str, Values] = {}
        else:
            added[normalizer.c_dlt_parent_id] = [parent.ids[place] for place in table.parents]
            added[normalizer.c_dlt_list_idx] = table.positions
            handed_down = {
                name: [values[place] for place in table.parents]
                for name, values in parent.handed_down.items()
            }
            added |= handed_down
        own = {**table.columns, **added}
        mapping = normalizer.propagated(table.name, is_root=parent is None)
        handed_down |= {there: own[name] for name, there in mapping.items() if name in own}
        above[table.name] = _Keyed(table, ids, added, handed_down)
        yield above[table.name]


def _array(values: Values | None, column: Field, count: int, normalizer: ColumnNormalizer) -> Array:
    """The values in the column's type."""
    if values is None:
        array: Array = pa.nulls(count, column.type)
    elif pa.types.is_timestamp(column.type):
        array = moments_of(values, lambda text: normalizer.coerce_type("timestamp", "text", text))
        array = array.cast(column.type)
    else:
        array = array_of(values, column.type)
    if array.null_count and not column.nullable:
        raise RowsDifferError(column.name)
    return array
