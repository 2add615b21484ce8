"""Files of a folder or a bucket, as Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, assert_never

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.sources.csv_files import CsvReader
from floe_ingestion_dlt.adapters.dlt.sources.cursors import check_cursor, incremental_on, is_compared
from floe_ingestion_dlt.adapters.dlt.sources.expected import Expected
from floe_ingestion_dlt.adapters.dlt.sources.faults import (
    NothingToReadError,
    reading,
    unreadable,
)
from floe_ingestion_dlt.adapters.dlt.sources.files import (
    OpenFile,
    has_buckets,
    is_local,
    is_relative,
    open_filesystem,
    paths_of,
)
from floe_ingestion_dlt.adapters.dlt.sources.jsonl_files import JsonlReader
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.sources import FileFormat, Filesystem
from floe_ingestion_dlt.source_options.readers import CsvOptions, JsonlOptions, ParquetOptions

PARQUET_BATCH_ROWS: Final = 65_536


def open_files(
    source: Filesystem, plan: LoadPlan, cursor: str | None, expected: Expected
) -> Result[DltResource, Fault]:
    """The files' rows as a dlt resource; the folder is looked into when the resource is read."""

    def batches() -> Iterator[pa.Table]:
        for table in read_files(source, cursor, expected):
            if table.num_rows:
                yield table

    def resource() -> Result[DltResource, Fault]:
        incremental = incremental_on(cursor, is_compared=is_compared(plan)) if cursor else None
        return Success(dlt.resource(batches, name=plan.table.name, incremental=incremental))

    return reading(resource)


def probe_files(source: Filesystem) -> Result[None, Fault]:
    """Whether the place exists and can be listed; a relative path is not asked for, and no file need be there."""

    def look() -> Result[None, Fault]:
        if is_relative(source.url):
            return Success(None)
        fs, root = open_filesystem(source)
        if has_buckets(source.url):
            fs.ls(root.partition("/")[0], detail=False)
            return Success(None)
        return Success(None) if fs.exists(root) else Failure(_no_such_place(source.url))

    return reading(look)


def read_files(source: Filesystem, cursor: str | None, expected: Expected) -> Iterator[pa.Table]:
    """All files' rows, in order of path; without a file that has bytes, NothingToReadError."""
    fs, root = open_filesystem(source)
    if is_local(fs) and not fs.exists(root):
        missing = _no_such_place(source.url)
        raise unreadable(missing.cause, missing.next_step)
    read = _reader(source, expected)
    compression = None if source.format is FileFormat.PARQUET else "infer"
    paths = paths_of(fs, root, source.glob)
    if not paths:
        raise NothingToReadError(f"{redacted(source.url)} has no files that match {source.glob}")
    for path in paths:
        shown = redacted(path)
        for table in read(partial(fs.open, path, "rb", compression=compression), shown):
            check_cursor(cursor, table.column_names, shown)
            yield table


def _reader(source: Filesystem, expected: Expected) -> Callable[[OpenFile, str], Iterator[pa.Table]]:
    options = dict(source.reader_options)
    match source.format:
        case FileFormat.CSV:
            return CsvReader(CsvOptions.model_validate(options), expected).read
        case FileFormat.JSONL:
            return JsonlReader(JsonlOptions.model_validate(options), expected).read
        case FileFormat.PARQUET:
            return ParquetReader(ParquetOptions.model_validate(options)).read
        case _:
            assert_never(source.format)


class ParquetReader:
    """Reads Parquet files row group by row group."""

    def __init__(self, options: ParquetOptions) -> None:
        self._columns = list(options.columns) if options.columns else None

    def read(self, open_file: OpenFile, path: str) -> Iterator[pa.Table]:
        try:
            with open_file() as file, pq.ParquetFile(file) as parquet:
                self._check_columns(parquet.schema_arrow.names, path)
                for batch in parquet.iter_batches(batch_size=PARQUET_BATCH_ROWS, columns=self._columns):
                    yield pa.Table.from_batches([batch])
        except pa.ArrowInvalid as error:
            next_step = "Write the file again, or leave it out by include_glob."
            raise unreadable(f"{path} is not a Parquet file, or is damaged", next_step) from error

    def _check_columns(self, names: list[str], path: str) -> None:
        missing = [column for column in self._columns or () if column not in names]
        if missing:
            raise unreadable(
                f"{path} has no column {', '.join(missing)}; it has {', '.join(names)}",
                "Correct the names in reader_options.columns.",
                Category.CONFIGURATION,
            )


def _no_such_place(url: str) -> SourceFailed:
    return SourceFailed(
        f"{redacted(url)} does not exist", Category.PERMANENT, "Set path to a folder or file that is there."
    )
