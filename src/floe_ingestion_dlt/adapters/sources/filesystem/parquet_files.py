"""Parquet files as Arrow, in batches of a size that does not depend on the file."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of
from floe_ingestion_dlt.adapters.arrow.stubs import Array, as_file
from floe_ingestion_dlt.adapters.arrow.waiting_tables import WaitingTables
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_pages import (
    BATCH_ROWS,
    BrokenPageError,
    Pages,
    TooLargeError,
    TooManyRowsError,
)
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import with_lines
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import ParquetOptions
from floe_ingestion_dlt.adapters.sources.filesystem.stored_files import StoredBytes
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.file_limits import OverLimit
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.safe_texts import listed, shown
from floe_ingestion_dlt.ports.source import SourceError, unreadable

TABLE_BYTES: Final = 16 << 20
MOST_SCHEMA_LEVELS: Final = 64
# What pyarrow raises for bytes that are no Parquet, or that it has no memory or codec for.
_DAMAGES: Final = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, BrokenPageError)
_LIMITS: Final[dict[str, Any]] = {
    name: value
    for name, value in {"schema_depth_limit": MOST_SCHEMA_LEVELS}.items()
    if name in inspect.signature(pq.ParquetFile.__init__).parameters  # since pyarrow 24
}

# Times in the old type INT96 can be in any year, for which nanoseconds have no room.
_TIMES: Final[dict[str, Any]] = {"coerce_int96_timestamp_unit": "us"}


@final
class ParquetReader:
    """Reads Parquet files row group by row group."""

    def __init__(
        self, options: ParquetOptions, *, has_lines: bool = False, batch_bytes: int = DEFAULT_MEMORY.table
    ) -> None:
        self._columns = list(options.columns) if options.columns else None
        self._limits = options.limits()
        self._has_lines, self._batch_bytes = has_lines, batch_bytes
        self._schemas: list[pa.Schema] = []

    def found(self) -> dict[str, pa.DataType]:
        """No types: each file has its own."""
        return {}

    def schemas(self) -> Sequence[pa.Schema]:
        return self._schemas

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows."""
        with open_file() as raw, _damages(stored := StoredBytes(raw), path), self._opened(stored) as parquet:
            self._check_columns(parquet, path)
            if not parquet.metadata.num_rows:
                self._schemas.append(self._empty(parquet, path).schema)
                return
            pages = Pages(parquet.metadata, self._limits, self._columns, self._batch_bytes)
            stored.seen = pages.look
            rows, unpacked, size = 0, 0, raw.seek(0, 2)
            for batch in _joined(self._batches(parquet, pages)):
                unpacked += bytes_of(batch)
                _check(self._limits.expansion(size, unpacked), path)
                table, lines = in_microseconds(batch, path), range(rows + 1, rows + batch.num_rows + 1)
                yield with_lines(table, lines, path) if self._has_lines else table
                rows += batch.num_rows

    @property
    def reads_all(self) -> bool:
        """Whether the columns that are read are those of the files."""
        return self._columns is None and not self._has_lines

    def footer(self, open_file: OpenFile, path: str) -> tuple[pq.FileMetaData, pa.Schema]:
        """What the file says of its rows, and its columns in Arrow."""
        with open_file() as raw, _damages(stored := StoredBytes(raw), path), self._opened(stored) as parquet:
            self._check_columns(parquet, path)
            return parquet.metadata, parquet.schema_arrow

    def by_group(
        self, open_file: OpenFile, path: str, dictionaries: Sequence[str] = ()
    ) -> Generator[tuple[int, pa.RecordBatch], None, None]:
        """All rows as they are stored, in batches, with the number of their row group; columns of texts in *dictionaries* stay dictionaries."""
        with (
            open_file() as raw,
            _damages(stored := StoredBytes(raw), path),
            self._opened(stored, dictionaries) as parquet,
        ):
            pages = Pages(parquet.metadata, self._limits, self._columns, self._batch_bytes)
            stored.seen = pages.look
            unpacked, size = 0, raw.seek(0, 2)
            for group in range(parquet.metadata.num_row_groups):
                for batch in self._of_group(parquet, group, pages):
                    unpacked += _unpacked_bytes(batch)
                    _check(self._limits.expansion(size, unpacked), path)
                    batch.validate(full=True)
                    yield group, batch

    def without_rows(self, open_file: OpenFile, path: str) -> pa.Table | None:
        """A table without rows, with the columns that `read` yields; None if the file has no rows."""
        with open_file() as raw, _damages(stored := StoredBytes(raw), path), self._opened(stored) as parquet:
            self._check_columns(parquet, path)
            return self._empty(parquet, path) if parquet.metadata.num_rows else None

    def _empty(self, parquet: pq.ParquetFile, path: str) -> pa.Table:
        """The columns that are read, without rows."""
        schema = parquet.schema_arrow
        names = [name for name in schema.names if self._columns is None or name in self._columns]
        return in_microseconds(_decoded(schema.empty_table().select(names)), path)

    def _opened(self, stored: StoredBytes, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
        # Without pre_buffer, a chunk is read when its row group is, and in one piece.
        return pq.ParquetFile(
            as_file(stored),
            pre_buffer=False,
            page_checksum_verification=True,
            read_dictionary=list(dictionaries),
            **_LIMITS,
            **_TIMES,
        )

    def _batches(self, parquet: pq.ParquetFile, pages: Pages) -> Iterator[pa.Table]:
        for group in range(parquet.metadata.num_row_groups):
            batches = self._of_group(parquet, group, pages)
            for batch in batches:
                batch.validate(full=True)
                yield _decoded(pa.Table.from_batches([batch]))

    def _of_group(self, parquet: pq.ParquetFile, group: int, pages: Pages) -> Iterator[pa.RecordBatch]:
        """The rows of one row group, in batches that are as small as its pages need."""
        rows = BATCH_ROWS
        while True:
            pages.expect(group, rows)
            batches = parquet.iter_batches(batch_size=rows, row_groups=[group], columns=self._columns)
            try:
                # The whole row group is read for the first batch.
                first = next(batches, None)
            except TooManyRowsError as error:
                rows = error.rows
                continue
            if first is not None:
                yield first
                yield from batches
            return

    def _check_columns(self, parquet: pq.ParquetFile, path: str) -> None:
        _check(self._limits.columns(parquet.metadata.num_columns), path)
        names = parquet.schema_arrow.names
        missing = [column for column in self._columns or () if column not in names]
        if missing:
            raise unreadable(
                f"{path} has no column {listed(missing)}; it has {listed(names)}",
                "Correct the names in reader_options.columns.",
                Category.CONFIGURATION,
            )


def _joined(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Batches joined into tables up to the size limits."""
    waiting = WaitingTables(BATCH_ROWS, TABLE_BYTES)
    for batch in batches:
        yield from waiting.add(batch)
    if waiting.tables:
        yield waiting.joined()


def _unpacked_bytes(batch: pa.RecordBatch) -> int:
    """The size of the rows, of which texts in dictionaries are counted as often as they are used."""
    columns: list[Array] = batch.columns
    return sum(
        _used_bytes(column) if isinstance(column, pa.DictionaryArray) else bytes_of(column)
        for column in columns
    )


def _used_bytes(column: pa.DictionaryArray[Any, Any]) -> int:
    texts: Any = column.dictionary.cast(pa.large_binary())
    sizes = pc.binary_length(texts).take(column.indices)
    return int(pc.sum(sizes).as_py() or 0) + column.indices.nbytes


def _decoded(table: pa.Table) -> pa.Table:
    """The table with values in place of dictionaries, so that its size is that of its values."""
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            plain = column.with_type(column.type.value_type)
            table = table.set_column(index, plain, table.column(index).cast(plain.type))
    return table


def in_microseconds(table: pa.Table, path: str) -> pa.Table:
    """The table without times in nanoseconds, for which Iceberg has no room. SourceError if a time would change."""
    for index, field in enumerate(table.schema):
        if (kind := _microseconds(field.type)) is None:
            continue
        try:
            values = table.column(index).cast(kind)
        except pa.ArrowInvalid as error:
            raise unreadable(
                f"{path}, column {shown(field.name)}: a time has parts of a microsecond, for which Iceberg has no room",
                "Write the column in microseconds or as text, or leave it out by reader_options.columns.",
            ) from error
        table = table.set_column(index, field.with_type(kind), values)
    return table


def _microseconds(kind: pa.DataType) -> pa.DataType | None:
    """The type in microseconds for one in nanoseconds; None for other types."""
    if isinstance(kind, pa.TimestampType) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    return pa.time64("us") if kind == pa.time64("ns") else None


def _check(result: Result[None, OverLimit], place: str) -> None:
    if isinstance(result, Failure):
        raise _over(place, result.failure())


def _over(place: str, over: OverLimit) -> SourceError:
    return unreadable(f"{place}: {over.message}", over.next_step)


@contextmanager
def _damages(stored: StoredBytes, path: str) -> Iterator[None]:
    """Turn what pyarrow raises for a file into an error that names the file."""
    try:
        yield
    except TooLargeError as error:
        raise _over(f"{path}, column {shown(error.column)}", error.over) from error
    except _DAMAGES as error:
        if stored.failure is not None:  # the file could not be read, but may not be damaged
            raise stored.failure from None
        raise unreadable(
            f"{path} is not a Parquet file, or is damaged ({type(error).__name__})",
            "Write the file again, or exclude it by include_glob.",
        ) from error
