"""The keys of a source, in files as they were read, in the types of the table's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.fitting import MisfitError
from floe_ingestion_dlt.adapters.arrow.types import cast
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.names import TableName

BATCH_ROWS: Final = 262_144
# The names of the key's columns in the batches, with the name that each has in the table and in the files.
Places: TypeAlias = Mapping[str, str]


def keys_in(files: Sequence[Path], places: Places, table: pa.Schema) -> Iterator[pa.Table]:
    """The keys of the *files* in the types that the *table* has; raises MisfitError for a column of another type."""
    kept = pa.schema([pa.field(name, table.field(name).type) for name in places.values()])
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(BATCH_ROWS, columns=kept.names):
                # columns are read in the order of the file
                rows = pa.Table.from_batches([batch]).select(kept.names)
                yield cast(rows, kept).rename_columns([*places])


def misfit(table: TableName, key: Sequence[str], error: MisfitError) -> MergeRefused:
    """The refusal of keys that have other types than the key of the table: no row of it would be found."""
    return MergeRefused(
        str(table),
        f"the keys that the source has do not fit the table's key {', '.join(key)}: {error}",
        "Change the source so that the columns of the key are always of the types of the table's columns, for example with a CAST"
        " in a query.",
    )


def read_keys(
    table: TableName, files: Sequence[Path], key: Sequence[str], schema: pa.Schema
) -> Result[tuple[Mapping[str, object], ...], MergeRefused]:
    """The keys of the *files* as rows; a key without a value in each of its columns is none."""
    try:
        batches = [*keys_in(files, {name: name for name in key}, schema)]
    except MisfitError as error:
        return Failure(misfit(table, key, error))
    rows = (row for batch in batches for row in batch.to_pylist())
    return Success(tuple(row for row in rows if None not in row.values()))
