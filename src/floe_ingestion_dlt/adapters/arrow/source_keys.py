"""The keys of a source, in files as they were read, in the types of the table's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.fitting import MisfitError
from floe_ingestion_dlt.adapters.arrow.parquet_rows import batches_in, open_parquet
from floe_ingestion_dlt.adapters.arrow.types import cast
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.names import TableName

# The names of the key's columns in the batches, with the name that each has in the table and in the files.
Places: TypeAlias = Mapping[str, str]


def keys_in(
    files: Sequence[Path], places: Places, table: pa.Schema, misfits: list[MisfitError]
) -> pa.RecordBatchReader:
    """The keys of the *files* in the types that the *table* has.

    They end at a column that has another type: what is said of it is added to *misfits*, because the readers of a stream hide errors.
    """
    kept = pa.schema([pa.field(name, table.field(name).type) for name in places.values()])
    named = pa.schema([pa.field(place, table.field(name).type) for place, name in places.items()])

    def batches() -> Iterator[pa.RecordBatch]:
        for file in files:
            with open_parquet(file) as parquet:
                for batch in batches_in(parquet, kept.names):
                    # columns are read in the order of the file
                    rows = pa.Table.from_batches([batch]).select(kept.names)
                    yield from cast(rows, kept).rename_columns(named.names).to_batches()

    def until_misfit() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches()
        except MisfitError as error:
            misfits.append(error)

    return pa.RecordBatchReader.from_batches(named, until_misfit())


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
    misfits: list[MisfitError] = []
    rows = keys_in(files, {name: name for name in key}, schema, misfits).read_all().to_pylist()
    for error in misfits:
        return Failure(misfit(table, key, error))
    return Success(tuple(row for row in rows if None not in row.values()))
