"""Avro files as Arrow, in batches."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, Protocol, final

import fastavro
import pyarrow as pa
from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.sources.columns import NOT_FITTING
from floe_ingestion_dlt.adapters.sources.filesystem.avro_types import AvroTypes, Field, TooFineError
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import with_lines
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import AvroOptions
from floe_ingestion_dlt.adapters.sources.filesystem.stored_files import StoredBytes
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.file_limits import OverLimit
from floe_ingestion_dlt.domain.safe_texts import listed, shown
from floe_ingestion_dlt.ports.source import SourceError, unreadable

BATCH_ROWS: Final = 10_000
_LEAVE_OUT: Final = "Write the column as text or in microseconds, or leave it out by reader_options.columns."


class _Records(Protocol):
    """The records of a file, and the schema with which they were written."""

    @property
    def writer_schema(self) -> object: ...

    def __iter__(self) -> Iterator[Any]: ...


@final
class AvroReader:
    """Reads Avro files: each has its own types."""

    def __init__(self, options: AvroOptions, *, has_lines: bool = False) -> None:
        self._columns = options.columns
        self._limits = options.limits()
        self._has_lines = has_lines
        self._schemas: list[pa.Schema] = []

    def found(self) -> dict[str, pa.DataType]:
        """No types: each file has its own."""
        return {}

    def schemas(self) -> Sequence[pa.Schema]:
        return self._schemas

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows."""
        with open_file() as raw:
            stored = StoredBytes(raw)
            size = raw.seek(0, 2)
            raw.seek(0)
            with _damages(stored, path):
                reader = fastavro.reader(as_file(stored))
            fields = self._fields(reader, path)
            rows = unpacked = 0
            while batch := self._batch(reader, stored, path):
                table = _table(fields, batch, path, rows)
                lines = range(rows + 1, rows + len(batch) + 1)
                rows, unpacked = rows + len(batch), unpacked + table.nbytes
                _check(self._limits.expansion(size, unpacked), path)
                yield with_lines(table, lines, path) if self._has_lines else table
            if not rows:
                self._schemas.append(_schema(fields))

    def without_rows(self, open_file: OpenFile, path: str) -> pa.Table | None:
        """A table without rows, with the columns that `read` yields; None if the file has no rows."""
        with open_file() as raw:
            stored = StoredBytes(raw)
            with _damages(stored, path):
                reader = fastavro.reader(as_file(stored))
                has_rows = next(iter(reader), None) is not None
            return _schema(self._fields(reader, path)).empty_table() if has_rows else None

    def _fields(self, reader: _Records, path: str) -> list[Field]:
        try:
            fields = AvroTypes().fields(reader.writer_schema)
        except (KeyError, ValueError, RecursionError) as error:
            raise _damaged(path, error) from error
        if fields is None:
            raise unreadable(f"{path} has no records", "Exclude it by include_glob: only records are rows.")
        _check(self._limits.columns(len(fields)), path)
        names = dict.fromkeys(field.of for field in fields)
        missing = [column for column in self._columns or () if column not in names]
        if missing:
            raise unreadable(
                f"{path} has no column {listed(missing)}; it has {listed([*names])}",
                "Correct the names in reader_options.columns.",
                Category.CONFIGURATION,
            )
        return [field for field in fields if self._columns is None or field.of in self._columns]

    def _batch(self, reader: _Records, stored: StoredBytes, path: str) -> list[Mapping[str, object]]:
        with _damages(stored, path):
            return [*islice(reader, BATCH_ROWS)]


def _schema(fields: Sequence[Field]) -> pa.Schema:
    return pa.schema([(field.name, field.type.kind) for field in fields])


def _table(fields: Sequence[Field], rows: list[Mapping[str, object]], path: str, before: int) -> pa.Table:
    return pa.table({field.name: _column(field, rows, path, before) for field in fields})


def _column(
    field: Field, rows: list[Mapping[str, object]], path: str, before: int
) -> pa.Array[pa.Scalar[pa.DataType]]:
    try:
        return pa.array(field.values(rows), field.type.kind)
    except (TooFineError, *NOT_FITTING) as error:
        number = next(n for n, row in enumerate(rows) if not _fits(field, row))
        what = f"a value does not fit into {field.type.kind}"
        if isinstance(error, TooFineError):
            what = "a time has parts of a microsecond, for which Iceberg has no room"
        place = f"{path}, record {before + number + 1}, column {shown(field.of)}"
        raise unreadable(f"{place}: {what}", _LEAVE_OUT) from error


def _fits(field: Field, row: Mapping[str, object]) -> bool:
    try:
        pa.array(field.values([row]), field.type.kind)
    except (TooFineError, *NOT_FITTING):
        return False
    return True


def _check(result: Result[None, OverLimit], place: str) -> None:
    if isinstance(result, Failure):
        over = result.failure()
        raise unreadable(f"{place}: {over.message}", over.next_step)


@contextmanager
def _damages(stored: StoredBytes, path: str) -> Iterator[None]:
    """Turn what fastavro and its codecs raise for a file into an error that names the file."""
    try:
        yield
    except Exception as error:
        if stored.failure is not None:  # the file could not be read, but may not be damaged
            raise stored.failure from None
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> SourceError:
    return unreadable(
        f"{path} is not an Avro file, or is damaged ({type(error).__name__})",
        "Write the file again, or exclude it by include_glob.",
    )
