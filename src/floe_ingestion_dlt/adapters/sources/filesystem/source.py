"""The source port on files of a folder or a bucket."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor, with_position
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.csv_files import CsvReader
from floe_ingestion_dlt.adapters.sources.filesystem.files import (
    SourceFile,
    has_buckets,
    is_relative,
    open_filesystem,
)
from floe_ingestion_dlt.adapters.sources.filesystem.folder_columns import FolderColumns
from floe_ingestion_dlt.adapters.sources.filesystem.found_files import (
    found_files,
    no_such_place,
)
from floe_ingestion_dlt.adapters.sources.filesystem.json_rows import read_rows
from floe_ingestion_dlt.adapters.sources.filesystem.new_files import (
    FolderReading,
    by_path,
    files_to_pass_over,
    folder_reading,
    folders_of,
    new_files,
    version_of,
)
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_copies import SMALLEST_BYTES, copied
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_files import ParquetReader
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import ProvenanceColumns
from floe_ingestion_dlt.adapters.sources.filesystem.readers import (
    Reader,
    TypedReader,
    check_packages,
    opener,
    reader_of,
    shown_path,
)
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.without_rows import tables_without_rows
from floe_ingestion_dlt.domain.faults import Fault, NotSliceable
from floe_ingestion_dlt.domain.file_limits import FileLimits
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.domain.known_files import KnownFiles, OnChangedFile, Seen
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.slices import FileGroup, Rows, Sample, Slice, file_groups
from floe_ingestion_dlt.library_errors.source_errors import result_of, with_source_errors
from floe_ingestion_dlt.ports.source import (
    Copies,
    Message,
    ParquetCopy,
    Position,
    Reading,
    Source,
    SourceError,
)

# Less than the minute after which Dagster gives up a sensor.
LIST_SECONDS: Final = 50.0


@final
@dataclass(frozen=True, slots=True)
class FilesystemSource(Source):
    """Files as one unit; the folder is listed when the unit is read."""

    settings: Filesystem

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether the folder or bucket exists and can be listed; a relative path is not checked, and files are not needed."""
        return within(timeout, lambda: result_of(partial(_look, self.settings)), "the file system")

    def units(self) -> Result[tuple[str, ...], Fault]:
        return Success(self.settings.resources)

    def files(self) -> Result[FileList | None, Fault]:
        """The files that match the glob; empty ones are left out, as when they are read."""
        return within(LIST_SECONDS, lambda: result_of(partial(_listed, self.settings)), "the file system")

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:  # noqa: ARG002 - all files are one unit
        """All rows of the files that are read, because files do not say which of their rows are new."""
        read = read_rows if self.settings.may_nest else _read_tables
        return with_source_errors(read(self.settings, reading))

    def slices(
        self,
        unit: str,  # noqa: ARG002 - see read
        count: int,
        by: str | None,
        reading: Reading = Reading(),  # noqa: B008 - it is immutable
    ) -> Result[tuple[Rows, ...], Fault]:
        """Groups of files of about the same size; each file is in one group."""
        if self.settings.may_nest:
            step = "Load it without slices, or set reader_options.nested to json or struct."
            return Failure(NotSliceable("rows of nested tables follow those of their root table", step))
        if by is not None:
            step = "Remove slice_by: each file is in one slice."
            return Failure(NotSliceable("files have no key by which they could be divided", step))
        return result_of(lambda: Success(_groups(self.settings, count, reading)))

    def place(self) -> str:
        settings = self.settings
        how = json.dumps(dict(settings.reader_options), sort_keys=True)
        added = "".join(sorted(f"#{each.value}" for each in settings.provenance))
        return f"{redacted(settings.url)}#{settings.pattern}#{settings.format.value}#{how}{added}"


def _look(source: Filesystem) -> Result[None, Fault]:
    check_packages(source.format)
    if is_relative(source.url):
        return Success(None)
    fs, root = open_filesystem(source)
    if has_buckets(source.url):
        fs.ls(root.partition("/")[0], detail=False)
        return Success(None)
    return Success(None) if fs.exists(root) else Failure(no_such_place(source.url))


def _read_tables(source: Filesystem, reading: Reading) -> Iterator[Message]:
    folder = folder_reading(source, reading)
    yield from with_position(read_files(source, folder, Expected.by(reading), reading), reading.cursor)
    yield from folder.done()


def read_files(
    source: Filesystem, folder: FolderReading, expected: Expected, reading: Reading
) -> Generator[pa.Table | ParquetCopy, None, None]:
    """The rows of the files that are to be read, in order of path; large Parquet files may be copied.

    If the files have no rows, and the destination has none of their columns, there is a table without rows.
    """
    cursor, report, part = reading.ordered_by, reading.report, reading.part
    reader, limits = reader_of(source, folder.files, expected, reading)
    provenance = ProvenanceColumns(source.provenance)
    folders = FolderColumns.of(folder.files if source.has_hive_folders else (), expected)
    chosen = folder.chosen
    if isinstance(reader, CsvReader):
        reader.look((opener(file, shown_path(file.path), limits), shown_path(file.path)) for file in chosen)
    has_rows = False
    if isinstance(part, Sample):
        tables = _sample(folder.in_turn(), reader, limits)
    else:
        adds_columns = source.provenance or folders.types
        tables = _tables(folder.in_turn(), reader, limits, None if adds_columns else reading.copies)
    for table, file in tables:
        if isinstance(table, ParquetCopy):
            has_rows = True
            yield table
            continue
        filled = provenance.added_to(folders.added_to(table, file), file)
        check_cursor(cursor, filled.column_names, shown_path(file.path))
        has_rows = has_rows or filled.num_rows > 0 or isinstance(part, Sample)
        yield filled
    if not has_rows and not isinstance(part, Slice):
        for table in tables_without_rows(reader.schemas(), cursor, expected, report):
            check_cursor(cursor, table.column_names, shown_path(chosen[0].path))
            yield provenance.added_to(folders.added_to(table, chosen[0]), chosen[0])
    expected.keep({**reader.found(), **folders.types})


def _groups(source: Filesystem, count: int, reading: Reading) -> tuple[FileGroup, ...]:
    files, _ = found_files(source)
    known = files_to_pass_over(source, reading)
    if known is not None:
        files = new_files(files, known, source.on_changed_file, reading.report)
        _check_new(source, files, known)
    named = by_path(files).items()
    sizes = {path: sum(file.size for file in found) for path, found in named}
    versions = {path: version_of(found) for path, found in named}
    groups = file_groups(sizes, versions, count, are_once=known is not None) if sizes else ()
    return tuple(replace(group, folders=folders_of(files)) for group in groups)


def _check_new(source: Filesystem, files: Sequence[SourceFile], known: KnownFiles) -> None:
    """Refuse slices of files that have changed if rows of the table are replaced by theirs: workers do not know which rows."""
    if source.on_changed_file is not OnChangedFile.RELOAD:
        return
    for path, found in by_path(files).items():
        if known.seen(path, version_of(found)) is Seen.CHANGED:
            step = "Load once without slices: later loads can be in slices again."
            raise SourceError(NotSliceable(f"{shown_path(path)} was written again, and is reloaded", step))


def _tables(
    files: Iterable[SourceFile], reader: Reader, limits: FileLimits | None, copies: Copies | None = None
) -> Generator[tuple[pa.Table | ParquetCopy, SourceFile], None, None]:
    """The rows of all files, with their file."""
    for file in files:
        path = shown_path(file.path)
        copy = None
        if copies and file.size >= SMALLEST_BYTES and isinstance(reader, ParquetReader):
            copy = copied(reader, file.open, path, copies)
        if copy is not None:
            yield copy, file
            continue
        for table in reader.read(opener(file, path, limits), path):
            if table.num_rows:
                yield table, file


def _sample(
    files: Iterable[SourceFile], reader: Reader, limits: FileLimits | None
) -> Iterator[tuple[pa.Table | ParquetCopy, SourceFile]]:
    """The first rows of the first file with rows, which say how untyped values are read; of files with types, the columns of all."""
    if isinstance(reader, TypedReader):
        columns = ((reader.without_rows(file.open, shown_path(file.path)), file) for file in files)
        yield from ((table, file) for table, file in columns if table is not None)
        return
    with closing(_tables(files, reader, limits)) as tables:
        yield from islice(tables, 1)


def _listed(source: Filesystem) -> Result[FileList, Fault]:
    files, _ = found_files(source)
    return Success(FileList.of((file.path, file.version) for file in files))
