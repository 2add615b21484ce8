"""The readers of each format of files."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from importlib import import_module
from typing import Final, Protocol, assert_never, runtime_checkable

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.compression import unpacked
from floe_ingestion_dlt.adapters.sources.filesystem.csv_delimiters import delimiter_of
from floe_ingestion_dlt.adapters.sources.filesystem.csv_files import CsvReader
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile, SourceFile
from floe_ingestion_dlt.adapters.sources.filesystem.jsonl_files import JsonlReader
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_files import ParquetReader
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import (
    AvroOptions,
    CsvOptions,
    ExcelOptions,
    JsonlOptions,
    ParquetOptions,
)
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem, Provenance
from floe_ingestion_dlt.domain.faults import MissingPackage
from floe_ingestion_dlt.domain.file_limits import FileLimits
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import LONGEST_PATH, shown
from floe_ingestion_dlt.ports.source import Reading, SourceError


@runtime_checkable
class TypedReader(Protocol):
    """A reader of files that have types."""

    def without_rows(self, open_file: OpenFile, path: str) -> pa.Table | None:
        """A table without rows, with the columns that `read` yields; None if the file has no rows."""
        ...


# The modules of formats that the base installation cannot read, and what to install for them.
PACKAGES: Final = {
    FileFormat.AVRO: ("fastavro", "pip install 'fastavro[lz4,snappy,zstandard]'"),
    FileFormat.EXCEL: ("python_calamine", "pip install python-calamine"),
}


class Reader(Protocol):
    """Reads files of one format, one after the other."""

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows."""
        ...

    def found(self) -> dict[str, pa.DataType]:
        """The types in which values without a type were read so far, by column."""
        ...

    def schemas(self) -> Sequence[pa.Schema]:
        """The columns of the files without rows that were read; one without a type is of nulls."""
        ...


def reader_of(
    source: Filesystem, files: Sequence[SourceFile], expected: Expected, reading: Reading
) -> tuple[Reader, FileLimits | None]:
    """The reader, and the limits of compressed files; Parquet has its own compression."""
    options, has_lines = dict(source.reader_options), Provenance.LINE in source.provenance
    report = reading.report
    match source.format:
        case FileFormat.AVRO:
            return _avro_reader(AvroOptions.model_validate(options), has_lines=has_lines), None
        case FileFormat.CSV:
            csv = CsvOptions.model_validate(options)
            named = ((file, shown_path(file.path)) for file in files)
            opened = ((opener(file, path, csv.limits()), path) for file, path in named)
            delimiter = delimiter_of(csv, opened, report)
            return CsvReader(csv, delimiter, report, expected, has_lines=has_lines), csv.limits()
        case FileFormat.EXCEL:
            excel = ExcelOptions.model_validate(options)
            return _excel_reader(excel, expected, has_lines=has_lines), None
        case FileFormat.JSON | FileFormat.JSONL:
            has_documents = source.format is FileFormat.JSON
            jsonl = JsonlOptions.model_validate(options)
            return JsonlReader(
                jsonl, expected, has_documents=has_documents, has_lines=has_lines
            ), jsonl.limits()
        case FileFormat.PARQUET:
            parquet = ParquetOptions.model_validate(options)
            return ParquetReader(parquet, has_lines=has_lines, batch_bytes=reading.table_bytes), None
        case _:
            assert_never(source.format)


def _avro_reader(options: AvroOptions, *, has_lines: bool) -> Reader:
    check_packages(FileFormat.AVRO)
    from floe_ingestion_dlt.adapters.sources.filesystem.avro_files import AvroReader  # noqa: PLC0415 - of an extra

    return AvroReader(options, has_lines=has_lines)


def _excel_reader(options: ExcelOptions, expected: Expected, *, has_lines: bool) -> Reader:
    check_packages(FileFormat.EXCEL)
    from floe_ingestion_dlt.adapters.sources.filesystem.excel_files import ExcelReader  # noqa: PLC0415 - of an extra

    return ExcelReader(options, expected, has_lines=has_lines)


def check_packages(kind: FileFormat) -> None:
    """Raise for a format whose package is not installed."""
    if kind not in PACKAGES:
        return
    package, install = PACKAGES[kind]
    try:
        import_module(package)
    except ImportError as error:
        raise SourceError(MissingPackage(package, f"format: {kind.value}", install)) from error


def opener(file: SourceFile, path: str, limits: FileLimits | None) -> OpenFile:
    """How the file is opened; errors of a compressed one name the *path*."""
    return file.open if limits is None else partial(unpacked, file.open, file.path, path, limits)


def shown_path(path: str) -> str:
    return shown(redacted(path), LONGEST_PATH)
