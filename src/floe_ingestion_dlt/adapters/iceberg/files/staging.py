"""Stages local Parquet files at the table's own location, with Iceberg's field ids in the footer.

The data is copied unchanged if the file already has the table's types, or types from which those may grow. Any other file is read
and written again, in batches. No reader sees the file before a commit names it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.field_values import rows_with, without_fields
from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_of
from floe_ingestion_dlt.adapters.arrow.parquet_rows import batches_in, open_parquet
from floe_ingestion_dlt.adapters.arrow.stubs import Field, map_of
from floe_ingestion_dlt.adapters.arrow.types import cast, nulls
from floe_ingestion_dlt.adapters.iceberg.drafts import drafted
from floe_ingestion_dlt.adapters.iceberg.files.field_ids import parquet_field_ids
from floe_ingestion_dlt.adapters.iceberg.files.footer import copy_with_field_ids
from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import OutdatedFileError, data_file
from floe_ingestion_dlt.adapters.iceberg.files.parquet_properties import is_written_alike
from floe_ingestion_dlt.adapters.iceberg.files.writing import (
    Sizes,
    Written,
    new_data_file,
    row_groups,
    write_file,
    write_rows,
)
from floe_ingestion_dlt.adapters.iceberg.types import required_columns, schema_from_iceberg
from floe_ingestion_dlt.domain.contracts import Projection, project
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.load import Discarded, StagedFile
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.required_columns import unfilled
from floe_ingestion_dlt.domain.row_groups import are_small
from floe_ingestion_dlt.ports.destination import FileToStage

# Iceberg's promotions. Narrower whole numbers are marked in Parquet as such, which not every reader takes.
PROMOTIONS: Final = frozenset({(pa.int32(), pa.int64()), (pa.float32(), pa.float64())})


class StagedFileGoneError(Exception):
    """A staged file is gone, or its table has changed since the file was staged."""


def stage(
    table: Table, file: FileToStage, held: int = DEFAULT_MEMORY.table
) -> Result[tuple[StagedFile, ...], DestinationFailed]:
    """Write the rows of *file* to *table*'s data location, in one file for each partition; tables of *held* bytes are held in memory."""
    columns = table.metadata.last_column_id
    return (
        drafted(table, file.table, file.grows, replaces=file.replaces)
        .bind(lambda draft: _staged(draft.table, file, held))
        .map(lambda staged: tuple(replace(part, columns=columns) for part in staged))
    )


def _staged(table: Table, file: FileToStage, held: int) -> Result[tuple[StagedFile, ...], DestinationFailed]:
    with open_parquet(file.path) as parquet:
        has = schema_from_iceberg(table.metadata.schema())
        return schema_of(file.path, has).bind(
            lambda columns: _placed(table, file, _Rows(parquet, file.left_out, held), project(columns, has))
        )


def staged_entry(table: Table, file: StagedFile) -> DataFile:
    """The manifest entry of a staged file. Raises StagedFileGoneError if the file cannot be committed any more."""
    if file.layout != table.spec().spec_id:
        raise StagedFileGoneError(f"the table was partitioned anew after {file.path} was staged")
    try:
        return data_file(table, file.path, file.columns or math.inf)
    except FileNotFoundError as gone:
        raise StagedFileGoneError(f"there is no file {file.path}") from gone
    except OutdatedFileError as changed:
        raise StagedFileGoneError(
            f"the table's schema was changed after {file.path} was staged: {changed}"
        ) from changed


def _placed(
    table: Table, file: FileToStage, rows: _Rows, projection: Projection
) -> Result[tuple[StagedFile, ...], DestinationFailed]:
    if (lost := projection.columns_with_discards) and not file.may_discard:
        return Failure(_no_place(file, sorted(lost)))
    # Readers fail on a file without a required column.
    if refused := unfilled(file.table, required_columns(table.metadata.schema()), projection):
        return Failure(refused)
    if file.left_out and not rows.count:
        return Success(())
    discarded = _count_discarded(rows, projection)
    begun: list[str] = []
    try:
        written = list(_written(table, file, rows, projection, begun.append))
    except BaseException:
        for path in begun:
            with suppress(Exception):  # no reader sees a partly written file
                table.io.delete(path)
        raise
    layout = table.spec().spec_id
    # The discarded values of all files are reported with the first one.
    discards = (discarded if number == 0 else () for number in range(len(written)))
    return Success(
        tuple(
            StagedFile(part.path, part.rows, part.bytes, lost, layout)
            for part, lost in zip(written, discards, strict=True)
        )
    )


def _written(
    table: Table,
    file: FileToStage,
    rows: _Rows,
    projection: Projection,
    begun: Callable[[str], None],
) -> Iterator[Written]:
    if not table.spec().is_unpartitioned():
        columns = schema_to_pyarrow(table.schema(), include_field_ids=True)
        parts = (
            _completed(part, columns)
            for part in _projected(rows, projection, _target(table.schema(), projection))
        )
        yield from write_rows(table, parts, file.load_id, begun, Sizes(rows.held))
        return
    path = new_data_file(table, file.load_id)
    begun(path)
    copied = None if file.left_out else _copied(table, file.path, rows.parquet, projection, path)
    yield copied or _rewritten(table, rows, projection, path)


def _completed(rows: pa.Table, columns: pa.Schema) -> pa.Table:
    """The rows with all *columns*; missing ones are null."""
    absent = nulls(len(rows), columns)
    values = [(rows if field.name in rows.column_names else absent)[field.name] for field in columns]
    return pa.Table.from_arrays(values, schema=columns)


def _copied(
    table: Table, source: Path, parquet: pq.ParquetFile, projection: Projection, path: str
) -> Written | None:
    """A copy of the file with field ids; None if the file has to be rewritten."""
    schema = table.metadata.schema()
    if not _has_the_tables_types(parquet.schema_arrow, schema, projection):
        return None
    footer = parquet.metadata
    if not is_written_alike(footer, table.properties):
        return None
    if are_small(footer.num_row_groups, footer.num_rows, source.stat().st_size):
        return None
    ids = parquet_field_ids(schema, parquet.schema_arrow.names)
    with table.io.new_output(path).create(overwrite=True) as sink:
        copied: int | None = copy_with_field_ids(source, sink, ids).value_or(None)
    return None if copied is None else Written(path, parquet.metadata.num_rows, copied)


def _has_the_tables_types(arrow: pa.Schema, schema: Schema, projection: Projection) -> bool:
    """Whether all columns of the file are kept under their names, in types that readers take for the table's."""
    if projection.kept != tuple((name, name) for name in arrow.names):
        return False
    wanted = schema_to_pyarrow(schema, include_field_ids=False)
    return all(_same_bytes(field, wanted.field(field.name)) for field in arrow)


def _same_bytes(has: Field, wanted: Field) -> bool:
    """Whether readers of Iceberg find the wanted values in what Parquet stores, and no null can get into a required column."""
    is_read_so = _is_read_as(_stored(has.type), _stored(wanted.type))
    return is_read_so and (wanted.nullable or not has.nullable)


def _is_read_as(has: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column of type *wanted* may have files with *has*: a column may grow, and its files of before are not written again."""
    match has, wanted:
        case pa.StructType(), pa.StructType():
            names = [field.name for field in wanted]
            return [field.name for field in has] == names and all(map(_is_inner, has, wanted))
        case pa.MapType(), pa.MapType():
            return _is_inner(has.key_field, wanted.key_field) and _is_inner(has.item_field, wanted.item_field)
        case pa.ListType(), pa.ListType():
            return _is_inner(has.value_field, wanted.value_field)
        case pa.Decimal128Type(), pa.Decimal128Type():
            return bool(has.scale == wanted.scale and has.precision <= wanted.precision)
        case _:
            return has == wanted or (has, wanted) in PROMOTIONS


def _is_inner(has: Field, wanted: Field) -> bool:
    return has.nullable == wanted.nullable and _is_read_as(has.type, wanted.type)


def _stored(kind: pa.DataType) -> pa.DataType:
    """One type for all that Parquet stores in the same way as *kind*: Arrow's large variants are stored as the plain ones."""
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.timestamp(kind.unit, "UTC")
    return _stored_nested(kind)


def _stored_nested(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.MapType):
        return map_of(pa.field("key", _stored(kind.key_type), nullable=False), _stored_field(kind.item_field))
    if isinstance(kind, pa.ListType | pa.LargeListType):
        return pa.list_(_stored_field(kind.value_field))
    if isinstance(kind, pa.StructType):
        return pa.struct([_stored_field(field) for field in kind])
    return kind


def _stored_field(field: Field) -> Field:
    return pa.field(field.name, _stored(field.type), nullable=field.nullable)


def _rewritten(table: Table, rows: _Rows, projection: Projection, path: str) -> Written:
    """The file read, cast and written again, a row group at a time."""
    schema = table.metadata.schema()
    target = _target(schema, projection)
    return write_file(table, row_groups(table, _projected(rows, projection, target), rows.held), target, path)


def _target(schema: Schema, projection: Projection) -> pa.Schema:
    arrow = schema_to_pyarrow(schema, include_field_ids=True)
    # Parquet has no rows without columns: if no column is kept, a column of nulls keeps the number of rows.
    return pa.schema([arrow.field(name) for _, name in projection.kept] or [arrow.field(0)])


def _projected(rows: _Rows, projection: Projection, target: pa.Schema) -> Iterator[pa.Table]:
    names = [name for name, _ in projection.kept]
    if not names:
        yield nulls(rows.count, target)
        return
    for batch in rows.batches(names):
        kept = pa.Table.from_batches([batch]).select(names)
        yield cast(without_fields(kept, projection.fields), target)


@final
class _Rows:
    """The rows of a local file without those at the places *left_out*; tables of *held* bytes are held in memory."""

    def __init__(self, parquet: pq.ParquetFile, left_out: Sequence[int], held: int) -> None:
        self.parquet, self.held = parquet, held
        self.count = parquet.metadata.num_rows - len(left_out)
        self._left_out = pa.array(left_out, pa.int64())

    def batches(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in batches_in(self.parquet, names):
            places = pa.array(range(start, start + len(batch)), pa.int64())
            start += len(batch)
            yield batch.filter(pc.invert(pc.is_in(places, self._left_out))) if len(self._left_out) else batch


def _count_discarded(rows: _Rows, projection: Projection) -> tuple[Discarded, ...]:
    """How many rows have a value in each discarded column or field; read only where there is something to count."""
    paths = [*((name,) for name in projection.discarded), *projection.fields]
    return tuple(
        Discarded(
            ".".join((name, *path)), sum(rows_with(batch[name], path) for batch in rows.batches([name]))
        )
        for name, *path in paths
    )


def _no_place(file: FileToStage, columns: Sequence[str]) -> DestinationFailed:
    return DestinationFailed(
        f"{file.table} has no place for {', '.join(columns)}: its schema was changed while the load ran",
        Category.TRANSIENT,
        "Run again: the pending load is held against the table's new schema.",
    )
