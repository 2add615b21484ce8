"""The rows of a table's files and of a load's files, as a merge reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from floe_ingestion_dlt.adapters.arrow.stubs import Array, Places, row_numbers
from floe_ingestion_dlt.adapters.iceberg.files.data_files import mask, rows_of
from floe_ingestion_dlt.adapters.iceberg.files.staging import staged_entry
from floe_ingestion_dlt.adapters.iceberg.merge.flags import deletions
from floe_ingestion_dlt.adapters.iceberg.merge.join_columns import FILE, FLAG, ROW
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.pruning import Range

# Which values choose their rows.
Chooses: TypeAlias = Callable[[Array], Array]


@final
@dataclass(frozen=True, slots=True)
class ChosenRows:
    """The rows *of_table* that are removed, which lie in these *ranges*, and those *of_load* that are added; without a choice, all."""

    ranges: Mapping[str, Sequence[Range]]
    of_table: Chooses
    of_load: Chooses | None = None


def staged_files(table: Table, files: Iterable[StagedFile]) -> list[FileScanTask]:
    return [FileScanTask(staged_entry(table, file)) for file in files]


def rows_to_join(
    table: Table,
    tasks: Sequence[FileScanTask],
    columns: Mapping[str, str],
    keeps: Chooses | None = None,
) -> pa.RecordBatchReader:
    """*columns* of the files, renamed for the join; each row with the number of its file and its position in it.

    If *keeps* is set, only those rows whose value in the first of the columns it keeps.
    """
    arrow = schema_to_pyarrow(table.metadata.schema().select(*columns.values()))
    schema = pa.schema(
        [
            pa.field(FILE, pa.int32()),
            pa.field(ROW, pa.int64()),
            *(
                pa.field(place, pa.bool_() if place == FLAG else arrow.field(name).type)
                for place, name in columns.items()
            ),
        ]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for number, task in enumerate(tasks):
            for start, batch in _placed(table, task, arrow):
                file = pa.repeat(pa.scalar(number, pa.int32()), len(batch))
                rows = [_in_join(place, batch.column(name)) for place, name in columns.items()]
                found = pa.RecordBatch.from_arrays(
                    [file, row_numbers(start, len(batch)), *rows], schema=schema
                )
                yield found if keeps is None else found.filter(keeps(rows[0]))

    return pa.RecordBatchReader.from_batches(schema, batches())


def is_one_of(values: Array, others: Array) -> Array:
    """Whether each of the values is one of the *others*."""
    found: Array = pc.is_in(values, value_set=others)
    return found


def equal_to(values: Array, value: object) -> Array:
    """Whether each of the values is this one; null is equal to None."""
    if value is None:
        return values.is_null()
    return pc.equal(values, pa.scalar(value, values.type)).fill_null(False)  # noqa: FBT003 - pyarrow takes it by position only


def _in_join(place: str, values: Array) -> Array:
    """The values as the join compares them: of a flag, only whether it deletes its row."""
    return deletions(values) if place == FLAG else values


def values_in(table: Table, tasks: Sequence[FileScanTask], column: str) -> int:
    """The number of rows of the files that have a value in the column."""
    batches = (batch for task in tasks for batch in rows_of(table, task, _arrow(table, column)))
    return sum(len(batch) - batch.column(0).null_count for batch in batches)


def nulls_in(table: Table, tasks: Iterable[FileScanTask], column: str) -> int:
    """The number of rows of the files without a value in the column; files whose statistics have no nulls are not read."""
    number, arrow = table.metadata.schema().find_field(column).field_id, _arrow(table, column)
    unsure = (task for task in tasks if (task.file.null_value_counts or {}).get(number) != 0)
    return sum(batch.column(0).null_count for task in unsure for batch in rows_of(table, task, arrow))


def _arrow(table: Table, column: str) -> pa.Schema:
    return schema_to_pyarrow(table.metadata.schema().select(column))


def _placed(table: Table, task: FileScanTask, columns: pa.Schema) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a file, each batch with the position of its first row."""
    start = 0
    for batch in rows_of(table, task, columns):
        yield start, batch
        start += len(batch)


def rows_without(table: Table, task: FileScanTask, places: Places) -> Iterator[pa.RecordBatch]:
    return (batch.filter(pc.invert(mask)) for batch, mask in masked_rows(table, task, places))


def rows_only(table: Table, task: FileScanTask, places: Places) -> Iterator[pa.RecordBatch]:
    return (batch.filter(mask) for batch, mask in masked_rows(table, task, places))


def rows_flagged(
    table: Table, task: FileScanTask, removed: Places, flags: Mapping[bool, Places], column: str
) -> Iterator[pa.RecordBatch]:
    """The rows of a file without the *removed* ones, in which those at some places get a flag in *column*."""
    for start, stored in _placed(table, task, schema_to_pyarrow(table.metadata.schema())):
        batch = stored
        for flag, places in flags.items():
            batch = filled(batch, mask(places, start, len(batch)), {column: flag})
        yield batch.filter(pc.invert(mask(removed, start, len(batch))))


def masked_rows(
    table: Table, task: FileScanTask, places: Places
) -> Iterator[tuple[pa.RecordBatch, pa.BooleanArray]]:
    """All rows of a file, with a mask that is true at the sorted *places*."""
    for start, batch in _placed(table, task, schema_to_pyarrow(table.metadata.schema())):
        yield batch, mask(places, start, len(batch))


def filled(
    batch: pa.RecordBatch, mask: pa.BooleanArray | None, values: Mapping[str, object]
) -> pa.RecordBatch:
    """The batch with *values* in the rows where *mask* is true, or in all rows without a mask."""
    for name, value in values.items():
        column = batch.column(name)
        given = pa.repeat(pa.scalar(value, column.type), len(batch))
        new: Array = given if mask is None else pc.if_else(mask, given, column)
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), new)
    return batch
