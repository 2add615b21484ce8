"""Which files of a folder are read, if each file is loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

from floe_ingestion_dlt.adapters.sources.filesystem.files import SourceFile
from floe_ingestion_dlt.adapters.sources.filesystem.found_files import files_to_read
from floe_ingestion_dlt.adapters.sources.filesystem.readers import shown_path
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem, Incremental, OnChangedFile
from floe_ingestion_dlt.domain.events import FilesChanged, FilesSkipped
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.known_files import NO_FILES, KnownFiles, Seen
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.slices import FileGroup, Slice
from floe_ingestion_dlt.ports.source import FilesRead, NothingToReadError, Reading, Report, unreadable

BEING_WRITTEN: Final = "it is being written, and is left to a later run"
# Files by their paths without credentials; several can have the same.
Named: TypeAlias = dict[str, list[SourceFile]]


def by_path(files: Iterable[SourceFile]) -> Named:
    """The files by their paths without credentials, which can be stored and sent to workers."""
    found: Named = {}
    for file in files:
        # only addresses can have credentials
        path = redacted(file.path) if "://" in file.path else file.path
        found.setdefault(path, []).append(file)
    return found


def version_of(files: Iterable[SourceFile]) -> str:
    """The version of all files that have one path."""
    return " ".join(file.content for file in files)


def files_to_pass_over(source: Filesystem, reading: Reading) -> KnownFiles | None:
    """The files that are not read again; None if all files are read, and it is not kept which they are.

    Raises SourceError if only new files are wanted and rows of all others would be removed.
    """
    if reading.window is not None or source.incremental is Incremental.ALL:
        return None
    replaces = reading.known_files is None
    if source.incremental is None:
        if reading.cursor is not None or not (reading.is_appended or replaces):
            return None
        # a later load that appends passes over the files of a load that replaced all rows
        return NO_FILES if reading.known_files is None else reading.known_files
    if reading.known_files is None:
        raise unreadable(
            "with incremental: files only new files are read, but the write mode removes rows that are not read",
            "Set incremental to all, or write_mode to append, or to merge without delete_missing.",
            Category.CONFIGURATION,
        )
    return reading.known_files


def new_files(
    files: Sequence[SourceFile], known: KnownFiles, on_changed: OnChangedFile, report: Report
) -> list[SourceFile]:
    """The files that are new, and those that have changed if they are read again."""
    named = by_path(files)
    seen = {path: known.seen(path, version_of(found)) for path, found in named.items()}
    changed = [path for path, how in seen.items() if how is Seen.CHANGED]
    if changed and on_changed is OnChangedFile.ERROR:
        raise unreadable(
            f"{len(changed)} files were written again after they had been loaded, such as {shown_path(changed[0])}",
            "Set on_changed_file to append to load all of their rows again, or to ignore; or write such files under new names.",
        )
    is_ignored = on_changed is OnChangedFile.IGNORE
    if changed:
        report(FilesChanged(len(changed), shown_path(changed[0]), are_ignored=is_ignored))
    taken = {Seen.NEW} if is_ignored else {Seen.NEW, Seen.CHANGED}
    return [file for path, found in named.items() if seen[path] in taken for file in found]


@final
@dataclass(slots=True)
class FolderReading:
    """One reading of a folder: all *files* that match, and those that are *chosen* because they are new, or in a slice.

    *known* are the files that were loaded before; None if it is not kept which files were read. A file that is being written
    *may_wait* for a later run, unless rows that are not read would be removed.
    """

    files: Sequence[SourceFile]
    chosen: Sequence[SourceFile]
    known: KnownFiles | None
    report: Report
    may_wait: bool = False
    complete: list[SourceFile] = field(default_factory=list)

    def in_turn(self) -> Iterator[SourceFile]:
        """The chosen files, each of which must be read before the next one.

        If files may wait, one that was written since the folder was listed is left to a later run. One that was written while it
        was read raises SourceError: it is not known which of its rows were read.
        """
        for file in self.chosen:
            if self.may_wait and _is_written(file):
                self.report(FilesSkipped(1, BEING_WRITTEN, shown_path(file.path)))
                continue
            yield file
            if self.may_wait and _is_written(file):
                raise unreadable(
                    f"{shown_path(file.path)} was written while it was read",
                    "Run again when the file is complete.",
                    Category.TRANSIENT,
                )
            self.complete.append(file)

    def done(self) -> Iterator[FilesRead]:
        """What is known when the rows of the files that were read are loaded."""
        if self.known is not None:
            named = by_path(self.complete).items()
            yield FilesRead(self.known.with_files((path, version_of(found)) for path, found in named))


def folder_reading(source: Filesystem, reading: Reading) -> FolderReading:
    """The files to read; NothingToReadError if there are none, or none that is new."""
    files, part = files_to_read(source, reading.report), reading.part
    if isinstance(part, Slice):
        return FolderReading(files, [*_in_slice(files, part)], None, reading.report)
    known = files_to_pass_over(source, reading)
    if known is None:
        return FolderReading(files, files, None, reading.report)
    new = new_files(files, known, source.on_changed_file, reading.report)
    if not new:
        place = shown_path(source.url)
        raise NothingToReadError(
            f"{place} has no new files: all {len(files):,} that match were loaded before"
        )
    return FolderReading(
        files, new, None if part else known, reading.report, may_wait=reading.known_files is not None
    )


def _in_slice(files: Sequence[SourceFile], part: Slice) -> Iterator[SourceFile]:
    """The files of the slice, in order of path."""
    if not isinstance(part.rows, FileGroup):
        yield from files
        return
    named = by_path(files)
    for path, version in zip(part.rows.paths, part.rows.versions, strict=True):
        if path not in named or version_of(named[path]) != version:
            raise unreadable(
                f"{shown_path(path)} was removed or written after the folder was listed",
                "Run again: the files that are there now are divided into slices.",
                Category.TRANSIENT,
            )
        yield from named[path]


def _is_written(file: SourceFile) -> bool:
    return file.version_now is not None and file.version_now() != file.version
