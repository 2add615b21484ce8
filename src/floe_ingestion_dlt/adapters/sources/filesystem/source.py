"""The source port on files of a folder or a bucket."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, assert_never, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor, with_position
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.compression import unpacked
from floe_ingestion_dlt.adapters.sources.filesystem.csv_delimiters import delimiter_of
from floe_ingestion_dlt.adapters.sources.filesystem.csv_files import CsvReader
from floe_ingestion_dlt.adapters.sources.filesystem.files import (
    OpenFile,
    SourceFile,
    files_of,
    has_buckets,
    is_local,
    is_relative,
    open_filesystem,
    others,
)
from floe_ingestion_dlt.adapters.sources.filesystem.folder_columns import FolderColumns
from floe_ingestion_dlt.adapters.sources.filesystem.jsonl_files import JsonlReader
from floe_ingestion_dlt.adapters.sources.filesystem.local_files import Skipped
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_files import ParquetReader
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import (
    CsvOptions,
    JsonlOptions,
    ParquetOptions,
)
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.domain.events import FilesSkipped
from floe_ingestion_dlt.domain.faults import Category, Fault, NotSliceable, SourceFailed
from floe_ingestion_dlt.domain.file_limits import FileLimits
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import LONGEST_PATH, shown
from floe_ingestion_dlt.domain.slices import FileGroup, Part, Rows, Sample, Slice, file_groups
from floe_ingestion_dlt.library_errors.source_errors import result_of, with_source_errors
from floe_ingestion_dlt.ports.source import (
    Message,
    NothingToReadError,
    Position,
    Reading,
    Report,
    Source,
    unreadable,
    unreported,
)

# Less than the minute after which Dagster gives up a sensor.
LIST_SECONDS: Final = 50.0


class Reader(Protocol):
    """Reads files of one format, one after the other."""

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's rows."""
        ...

    def found(self) -> dict[str, pa.DataType]:
        """The types in which values without a type were read so far, by column."""
        ...


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
        """All rows, because files do not say which rows are new."""
        expected = Expected.by(reading)
        tables = read_files(self.settings, reading.ordered_by, expected, reading.report, reading.part)
        is_sample = isinstance(reading.part, Sample)
        return with_source_errors(
            with_position((table for table in tables if table.num_rows or is_sample), reading.cursor)
        )

    def slices(self, unit: str, count: int, by: str | None) -> Result[tuple[Rows, ...], Fault]:  # noqa: ARG002 - see read
        """Groups of files of about the same size; each file is in one group."""
        if by is not None:
            step = "Remove slice_by: each file is in one slice."
            return Failure(NotSliceable("files have no key by which they could be divided", step))
        return result_of(lambda: Success(_groups(self.settings, count)))

    def place(self) -> str:
        settings = self.settings
        how = json.dumps(dict(settings.reader_options), sort_keys=True)
        return f"{redacted(settings.url)}#{settings.pattern}#{settings.format.value}#{how}"


def _look(source: Filesystem) -> Result[None, Fault]:
    if is_relative(source.url):
        return Success(None)
    fs, root = open_filesystem(source)
    if has_buckets(source.url):
        fs.ls(root.partition("/")[0], detail=False)
        return Success(None)
    return Success(None) if fs.exists(root) else Failure(_no_such_place(source.url))


def read_files(
    source: Filesystem,
    cursor: str | None,
    expected: Expected,
    report: Report = unreported,
    part: Part | None = None,
) -> Iterator[pa.Table]:
    """The rows of all files, or those of a *part*, in order of path; NothingToReadError if all are empty or none matches."""
    files, skipped = _files(source)
    reader, limits = _reader(source, files, expected, report)
    _report_skipped(skipped, report)
    if not files:
        _report_others(source, report)
        raise NothingToReadError(f"{_shown(source.url)} has no files that match {shown(source.pattern)}")
    folders = FolderColumns.of(files if source.has_hive_folders else (), expected)
    chosen = list(_in_part(files, part))
    if isinstance(reader, CsvReader):
        reader.look((_opener(file, _shown(file.path), limits), _shown(file.path)) for file in chosen)
    if isinstance(part, Sample):
        yield from _sample(source, chosen, reader, limits, folders)
    else:
        for file in chosen:
            path = _shown(file.path)
            for found in reader.read(_opener(file, path, limits), path):
                table = folders.added_to(found, file)
                check_cursor(cursor, table.column_names, path)
                yield table
    expected.keep({**reader.found(), **folders.types})


def _opener(file: SourceFile, path: str, limits: FileLimits | None) -> OpenFile:
    """How the file is opened; errors of a compressed one name the *path*."""
    return file.open if limits is None else partial(unpacked, file.open, file.path, path, limits)


def _groups(source: Filesystem, count: int) -> tuple[FileGroup, ...]:
    files, _ = _files(source)
    named = _by_path(files).items()
    sizes = {path: sum(file.size for file in found) for path, found in named}
    versions = {path: " ".join(file.version for file in found) for path, found in named}
    return file_groups(sizes, versions, count)


def _by_path(files: Sequence[SourceFile]) -> dict[str, list[SourceFile]]:
    """The files by their paths without credentials, which can be sent to workers; several files can have the same."""
    found: dict[str, list[SourceFile]] = {}
    for file in files:
        found.setdefault(redacted(file.path), []).append(file)
    return found


def _sample(
    source: Filesystem,
    files: Sequence[SourceFile],
    reader: Reader,
    limits: FileLimits | None,
    folders: FolderColumns,
) -> Iterator[pa.Table]:
    """The first rows of the first file, which says how untyped values are read; of Parquet files, the columns of all."""
    if source.format is FileFormat.PARQUET:
        options = ParquetOptions.model_validate(dict(source.reader_options))
        for file in files:
            columns = ParquetReader(options).columns(file.open, _shown(file.path))
            if columns is not None:
                yield folders.added_to(columns, file)
        return
    path = _shown(files[0].path)
    with closing(reader.read(_opener(files[0], path, limits), path)) as tables:
        yield from (folders.added_to(table, files[0]) for table in islice(tables, 1))


def _in_part(files: Sequence[SourceFile], part: Part | None) -> Iterator[SourceFile]:
    """The files of the part, in order of path; all files if there is no part."""
    if not isinstance(part, Slice) or not isinstance(part.rows, FileGroup):
        yield from files
        return
    by_path = _by_path(files)
    for path in part.rows.paths:
        if path not in by_path:
            step = "Run again: the files that are there now are divided into slices."
            raise unreadable(
                f"{_shown(path)} was removed after the folder was listed", step, Category.TRANSIENT
            )
        yield from by_path[path]


def _files(source: Filesystem) -> tuple[list[SourceFile], Sequence[Skipped]]:
    fs, root = open_filesystem(source)
    if is_local(fs) and not fs.exists(root):
        missing = _no_such_place(source.url)
        raise unreadable(missing.cause, missing.next_step)
    return files_of(fs, root, source)


def _listed(source: Filesystem) -> Result[FileList, Fault]:
    files, _ = _files(source)
    return Success(FileList.of((file.path, file.version) for file in files))


def _report_others(source: Filesystem, report: Report) -> None:
    """Report the files of a folder of which none is read; SourceError if files are needed."""
    count, first = others(*open_filesystem(source))
    reason = f"they are empty, or do not match {shown(source.pattern)}"
    if source.needs_files:
        there = f"{count:,} files, such as {_shown(first)}: {reason}" if first else "no files"
        raise unreadable(
            f"{_shown(source.url)} has {there}",
            "Set include_glob to a pattern for the files, or on_no_files to ok if there may be none.",
            Category.CONFIGURATION,
        )
    if first is not None:
        report(FilesSkipped(count, reason, _shown(first)))


def _report_skipped(skipped: Sequence[Skipped], report: Report) -> None:
    """Report one event for each reason why files were not read."""
    for reason in sorted({each.reason for each in skipped}):
        paths = [_shown(each.path) for each in skipped if each.reason == reason]
        report(FilesSkipped(len(paths), reason, paths[0]))


def _shown(path: str) -> str:
    return shown(redacted(path), LONGEST_PATH)


def _reader(
    source: Filesystem, files: Sequence[SourceFile], expected: Expected, report: Report
) -> tuple[Reader, FileLimits | None]:
    """The reader, and the limits of compressed files; Parquet has its own compression."""
    options = dict(source.reader_options)
    match source.format:
        case FileFormat.CSV:
            csv = CsvOptions.model_validate(options)
            named = ((file, _shown(file.path)) for file in files)
            opened = ((_opener(file, path, csv.limits()), path) for file, path in named)
            return CsvReader(csv, delimiter_of(csv, opened, report), report, expected), csv.limits()
        case FileFormat.JSON | FileFormat.JSONL:
            has_documents = source.format is FileFormat.JSON
            jsonl = JsonlOptions.model_validate(options)
            return JsonlReader(jsonl, expected, has_documents=has_documents), jsonl.limits()
        case FileFormat.PARQUET:
            return ParquetReader(ParquetOptions.model_validate(options)), None
        case _:
            assert_never(source.format)


def _no_such_place(url: str) -> SourceFailed:
    step = "Set path to a folder or file that is there."
    if "$" in url:
        step = "Write the path without variables: they are not replaced in it."
    elif url.startswith("~"):
        step = f"Write the whole path: ~ is the home folder of the user that runs this, {Path.home()}."
    return SourceFailed(f"{_shown(url)} does not exist", Category.PERMANENT, step)
