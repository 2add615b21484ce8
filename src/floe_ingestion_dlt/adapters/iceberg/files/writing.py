"""Writes rows into new data files of a table, in the table's types and with its field ids."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table, TableProperties

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.arrow.waiting_tables import WaitingTables
from floe_ingestion_dlt.adapters.arrow.writing_behind import WritingBehind
from floe_ingestion_dlt.adapters.iceberg.files.parquet_properties import (
    group_limits,
    number_in,
    writer_options,
)
from floe_ingestion_dlt.adapters.iceberg.files.partitions import by_partition
from floe_ingestion_dlt.domain.file_sizes import merged_file_bytes
from floe_ingestion_dlt.domain.leftovers import DATA_FILE_PREFIX
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY

# A row group is closed at so many rows, because readers skip whole groups, or if it has all bytes that may be held in memory, unless the table sets other limits.
ROW_GROUP_ROWS: Final = 524_288


@final
@dataclass(frozen=True, slots=True)
class Written:
    """A data file, and its size in rows and bytes."""

    path: str
    rows: int
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class Sizes:
    """Tables of *held* bytes are held in memory; files that a load *merges* are smaller than others, unless the table's properties set their size."""

    held: int = DEFAULT_MEMORY.table
    merges: bool = False


def new_data_file(table: Table, load_id: str, folder: str = "") -> str:
    """The path of a new data file of the load; *folder* is its partition's."""
    name = f"{DATA_FILE_PREFIX}{load_id}-{uuid.uuid4()}.parquet"
    return table.location_provider().new_data_location(f"{folder}/{name}" if folder else name)


def write_rows(
    table: Table,
    rows: Iterable[pa.Table],
    load_id: str,
    begun: Callable[[str], None] = lambda _path: None,
    sizes: Sizes = Sizes(),
) -> Iterator[Written]:
    """Write *rows* with all columns into files of one partition each. *begun* is called with the path of each file before it is created."""
    largest = target_bytes(table, merges=sizes.merges)
    columns = schema_to_pyarrow(table.schema(), include_field_ids=True)
    for folder, parts in by_partition(table, rows, 2 * sizes.held):
        groups = row_groups(table, parts, sizes.held)
        group = next(groups, None)
        while group is not None:
            path = new_data_file(table, load_id, folder)
            begun(path)
            written, group = _written(table, chain([group], groups), columns, path, largest)
            yield written


def row_groups(table: Table, rows: Iterable[pa.Table], held: int) -> Iterator[pa.Table]:
    """The same rows in tables of the size of a row group: *held* bytes, unless the properties of *table* set another one."""
    most, most_bytes = group_limits(table.properties, ROW_GROUP_ROWS, held)
    waiting = WaitingTables(most, most_bytes)
    for part in rows:
        yield from waiting.add(part)
    if waiting.tables:
        yield waiting.joined()


def write_file(table: Table, groups: Iterator[pa.Table], schema: pa.Schema, path: str) -> Written:
    """Write all *groups* into one file at *path*."""
    written, _ = _written(table, groups, schema, path, math.inf)
    return written


def _written(
    table: Table, groups: Iterator[pa.Table], schema: pa.Schema, path: str, largest: float
) -> tuple[Written, pa.Table | None]:
    """A file of *groups*, the next of which is read while one is encoded, until it has *largest* bytes or more; and the group that comes after it."""
    group = next(groups, None)
    rows, options = 0, writer_options(table.properties, schema, group)
    most, _ = group_limits(table.properties, ROW_GROUP_ROWS, 0)
    with (
        table.io.new_output(path).create(overwrite=True) as sink,
        WritingBehind(
            pq.ParquetWriter(as_file(sink), schema, store_decimal_as_integer=True, **options)
        ) as writer,
    ):
        while group is not None:
            writer.write_table(group, row_group_size=most)
            rows += len(group)
            group = next(groups, None)
            writer.wait()
            if sink.tell() >= largest:
                break
    return Written(path, rows, len(table.io.new_input(path))), group


def target_bytes(table: Table, *, merges: bool) -> int:
    """The size at which a file is closed, by the table's properties."""
    default = TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT
    set_size = number_in(table.properties, TableProperties.WRITE_TARGET_FILE_SIZE_BYTES)
    if set_size or not merges:
        return set_size or default
    current = table.metadata.current_snapshot()
    summary = current.summary.additional_properties if current and current.summary else {}
    counted = summary.get("total-files-size", "")
    return merged_file_bytes(int(counted) if counted.isdecimal() else 0, default)
