"""The source port on files of a folder or a bucket."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor, with_position
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.csv_files import CsvReader
from floe_ingestion_dlt.adapters.sources.filesystem.files import (
    SourceFile,
    files_of,
    has_buckets,
    is_local,
    is_relative,
    open_filesystem,
    others,
)
from floe_ingestion_dlt.adapters.sources.filesystem.folder_columns import FolderColumns
from floe_ingestion_dlt.adapters.sources.filesystem.local_files import Skipped
from floe_ingestion_dlt.adapters.sources.filesystem.new_files import (
    NewFiles,
    by_path,
    files_to_pass_over,
    new_files,
    unchanged_files,
    version_of,
)
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import ProvenanceColumns
from floe_ingestion_dlt.adapters.sources.filesystem.readers import (
    Reader,
    TypedReader,
    check_packages,
    opener,
    reader_of,
    shown_path,
)
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.without_rows import tables_without_rows
from floe_ingestion_dlt.domain.events import FilesSkipped
from floe_ingestion_dlt.domain.faults import Category, Fault, NotSliceable, SourceFailed
from floe_ingestion_dlt.domain.file_limits import FileLimits
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.domain.known_files import KnownFiles
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.domain.slices import FileGroup, Part, Rows, Sample, Slice, file_groups
from floe_ingestion_dlt.library_errors.source_errors import result_of, with_source_errors
from floe_ingestion_dlt.ports.source import (
    FilesRead,
    Message,
    NothingToReadError,
    Position,
    Reading,
    Report,
    Source,
    unreadable,
)

# How the names of files begin that Excel makes beside a workbook while it is open.
OPEN_IN_EXCEL: Final = "~$"
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
        return with_source_errors(self._messages(reading))

    def _messages(self, reading: Reading) -> Iterator[Message]:
        done = Done()
        tables = read_files(self.settings, Expected.by(reading), reading, done)
        yield from with_position(tables, reading.cursor)
        if done.known is not None:
            yield FilesRead(done.known)

    def slices(
        self,
        unit: str,  # noqa: ARG002 - see read
        count: int,
        by: str | None,
        reading: Reading = Reading(),  # noqa: B008 - it is immutable
    ) -> Result[tuple[Rows, ...], Fault]:
        """Groups of files of about the same size; each file is in one group."""
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
    return Success(None) if fs.exists(root) else Failure(_no_such_place(source.url))


@final
@dataclass(slots=True)
class Done:
    """What is known about files after a reading; None if files are not kept in mind."""

    known: KnownFiles | None = None


def read_files(
    source: Filesystem, expected: Expected, reading: Reading, done: Done | None = None
) -> Generator[pa.Table, None, None]:
    """The rows of the files that are to be read, in order of path; NothingToReadError if all are empty or none matches.

    If the files have no rows, and the destination has none of their columns, there is a table without rows.
    """
    cursor, report, part = reading.ordered_by, reading.report, reading.part
    files, skipped = _files(source)
    reader, limits = reader_of(source, files, expected, report)
    _report_skipped(skipped, report)
    if not files:
        _report_others(source, report)
        raise NothingToReadError(f"{shown_path(source.url)} has no files that match {shown(source.pattern)}")
    new = _new_files(source, files, reading)
    provenance = ProvenanceColumns(source.provenance)
    folders = FolderColumns.of(files if source.has_hive_folders else (), expected)
    chosen = list(_in_part(files if new is None else new.files, part))
    if isinstance(reader, CsvReader):
        reader.look((opener(file, shown_path(file.path), limits), shown_path(file.path)) for file in chosen)
    complete: list[SourceFile] = []
    if new is not None and part is None:
        chosen_now = unchanged_files(chosen, complete.append, report)
    else:
        chosen_now = iter(chosen)
    tables = _sample if isinstance(part, Sample) else _tables
    has_rows = False
    for table, file in tables(chosen_now, reader, limits):
        filled = provenance.added_to(folders.added_to(table, file), file)
        check_cursor(cursor, filled.column_names, shown_path(file.path))
        has_rows = has_rows or filled.num_rows > 0 or isinstance(part, Sample)
        yield filled
    if not has_rows and not isinstance(part, Slice):
        for table in tables_without_rows(reader.schemas(), cursor, expected, report):
            check_cursor(cursor, table.column_names, shown_path(chosen[0].path))
            yield provenance.added_to(folders.added_to(table, chosen[0]), chosen[0])
    expected.keep({**reader.found(), **folders.types})
    if done is not None and new is not None and part is None:
        done.known = new.after(complete)


def _new_files(source: Filesystem, files: Sequence[SourceFile], reading: Reading) -> NewFiles | None:
    """The files that were not loaded before; None if all are read, NothingToReadError if there are none."""
    known = None if isinstance(reading.part, Slice) else files_to_pass_over(source, reading)
    if known is None:
        return None
    found = new_files(files, known, source.on_changed_file, reading.report)
    if not found.files:
        place = shown_path(source.url)
        raise NothingToReadError(
            f"{place} has no new files: all {len(files):,} that match were loaded before"
        )
    return found


def _groups(source: Filesystem, count: int, reading: Reading) -> tuple[FileGroup, ...]:
    files, _ = _files(source)
    known = files_to_pass_over(source, reading)
    if known is not None:
        files = [*new_files(files, known, source.on_changed_file, reading.report).files]
    named = by_path(files).items()
    sizes = {path: sum(file.size for file in found) for path, found in named}
    versions = {path: version_of(found) for path, found in named}
    return file_groups(sizes, versions, count, are_once=known is not None) if sizes else ()


def _tables(
    files: Iterable[SourceFile], reader: Reader, limits: FileLimits | None
) -> Generator[tuple[pa.Table, SourceFile], None, None]:
    """The rows of all files, with their file."""
    for file in files:
        path = shown_path(file.path)
        for table in reader.read(opener(file, path, limits), path):
            if table.num_rows:
                yield table, file


def _sample(
    files: Iterable[SourceFile], reader: Reader, limits: FileLimits | None
) -> Iterator[tuple[pa.Table, SourceFile]]:
    """The first rows of the first file with rows, which say how untyped values are read; of files with types, the columns of all."""
    if isinstance(reader, TypedReader):
        columns = ((reader.without_rows(file.open, shown_path(file.path)), file) for file in files)
        yield from ((table, file) for table, file in columns if table is not None)
        return
    with closing(_tables(files, reader, limits)) as tables:
        yield from islice(tables, 1)


def _in_part(files: Sequence[SourceFile], part: Part | None) -> Iterator[SourceFile]:
    """The files of the part, in order of path; all files if there is no part."""
    if not isinstance(part, Slice) or not isinstance(part.rows, FileGroup):
        yield from files
        return
    named = by_path(files)
    for path, version in zip(part.rows.paths, part.rows.versions, strict=True):
        if path not in named or version_of(named[path]) != version:
            step = "Run again: the files that are there now are divided into slices."
            raise unreadable(
                f"{shown_path(path)} was removed or written after the folder was listed",
                step,
                Category.TRANSIENT,
            )
        yield from named[path]


def _files(source: Filesystem) -> tuple[list[SourceFile], Sequence[Skipped]]:
    fs, root = open_filesystem(source)
    if is_local(fs) and not fs.exists(root):
        missing = _no_such_place(source.url)
        raise unreadable(missing.cause, missing.next_step)
    files, skipped = files_of(fs, root, source)
    if source.format is not FileFormat.EXCEL:
        return files, skipped
    open_ones = [file for file in files if file.path.rpartition("/")[2].startswith(OPEN_IN_EXCEL)]
    left_out = [Skipped(file.path, "Excel has made it for a workbook that is open") for file in open_ones]
    return [file for file in files if file not in open_ones], [*skipped, *left_out]


def _listed(source: Filesystem) -> Result[FileList, Fault]:
    files, _ = _files(source)
    return Success(FileList.of((file.path, file.version) for file in files))


def _report_others(source: Filesystem, report: Report) -> None:
    """Report the files of a folder of which none is read; SourceError if files are needed."""
    count, first = others(*open_filesystem(source))
    reason = f"they are empty, or do not match {shown(source.pattern)}"
    if source.needs_files:
        there = f"{count:,} files, such as {shown_path(first)}: {reason}" if first else "no files"
        raise unreadable(
            f"{shown_path(source.url)} has {there}",
            "Set include_glob to a pattern for the files, or on_no_files to ok if there may be none.",
            Category.CONFIGURATION,
        )
    if first is not None:
        report(FilesSkipped(count, reason, shown_path(first)))


def _report_skipped(skipped: Sequence[Skipped], report: Report) -> None:
    """Report one event for each reason why files were not read."""
    for reason in sorted({each.reason for each in skipped}):
        paths = [shown_path(each.path) for each in skipped if each.reason == reason]
        report(FilesSkipped(len(paths), reason, paths[0]))


def _no_such_place(url: str) -> SourceFailed:
    step = "Set path to a folder or file that is there."
    if "$" in url:
        step = "Write the path without variables: they are not replaced in it."
    elif url.startswith("~"):
        step = f"Write the whole path: ~ is the home folder of the user that runs this, {Path.home()}."
    return SourceFailed(f"{shown_path(url)} does not exist", Category.PERMANENT, step)
