"""Which files of a folder are read, if each file is loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

from floe_ingestion_dlt.adapters.sources.filesystem.files import SourceFile
from floe_ingestion_dlt.adapters.sources.filesystem.found_files import files_to_read
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import name_of
from floe_ingestion_dlt.adapters.sources.filesystem.readers import shown_path
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem, Incremental
from floe_ingestion_dlt.domain.events import FilesChanged, FilesSkipped
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.known_files import NO_FILES, KnownFiles, OnChangedFile, Seen
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
        found.setdefault(_plain(file), []).append(file)
    return found


def version_of(files: Iterable[SourceFile]) -> str:
    """The version of all files that have one path."""
    return " ".join(file.content for file in files)


def folders_of(files: Iterable[SourceFile]) -> tuple[str, ...]:
    """The folders below which rows name their files; none if rows name their files by whole paths."""
    return tuple(dict.fromkeys(_plain(file).removesuffix(file.below) for file in files if file.below))


def _plain(file: SourceFile) -> str:
    """The file's path without credentials, which only addresses can have."""
    return redacted(file.path) if "://" in file.path else file.path


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
    if source.on_changed_file is OnChangedFile.RELOAD and not (
        reading.is_appended and reading.cursor is None
    ):
        raise unreadable(
            "on_changed_file: reload replaces all rows of a changed file, but a cursor or a merge takes only some of its rows",
            "Remove cursor_field and set write_mode to append, or set on_changed_file to append: a merge updates rows by their keys.",
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
    if on_changed is OnChangedFile.RELOAD:
        _check_names([file for path in changed for file in named[path]], known)
    if changed:
        report(FilesChanged(len(changed), shown_path(changed[0]), on_changed))
    taken = {Seen.NEW} if on_changed is OnChangedFile.IGNORE else {Seen.NEW, Seen.CHANGED}
    return [file for path, found in named.items() if seen[path] in taken for file in found]


def _check_names(changed: Sequence[SourceFile], known: KnownFiles) -> None:
    """Refuse to replace the rows of *changed* files if another folder may have files of the same names."""
    folders = folders_of(changed)
    if folders and not known.are_all_below(folders):
        raise unreadable(
            f"{shown_path(changed[0].path)} was written again, but the table may have rows of files of another folder, and rows"
            " name a file only by its path below its folder",
            "Give each folder a table of its own, or set path to one folder that has all files, and load once with refresh=True."
            " Or set on_changed_file to append or ignore.",
            Category.CONFIGURATION,
        )


@final
@dataclass(slots=True)
class FolderReading:
    """One reading of a folder: all *files* that match, and those that are *chosen* because they are new, or in a slice.

    *known* are the files that were loaded before; None if it is not kept which files were read. A file that is being written
    *may_wait* for a later run, unless rows that are not read would be removed. If it *reloads* files that have changed, their rows replace those of before.
    """

    files: Sequence[SourceFile]
    chosen: Sequence[SourceFile]
    known: KnownFiles | None
    report: Report
    may_wait: bool = False
    reloads: bool = False
    complete: list[SourceFile] = field(default_factory=list)

    def in_turn(self) -> Iterator[SourceFile]:
        """The chosen files, each of which must be read before the next one.

        If files may wait, one that was written since the folder was listed is left to a later run. One that was written while it
        was read raises SourceError: it is not known which of its rows were read.
        """
        for file in self.chosen:
            if self.may_wait and file.is_written:
                self.report(FilesSkipped(1, BEING_WRITTEN, shown_path(file.path)))
                continue
            yield file
            if self.may_wait and file.is_written:
                raise unreadable(
                    f"{shown_path(file.path)} was written while it was read",
                    "Run again when the file is complete.",
                    Category.TRANSIENT,
                )
            self.complete.append(file)

    def done(self) -> Iterator[FilesRead]:
        """What is known when the rows of the files that were read are loaded."""
        if self.known is not None:
            read = [(path, version_of(files)) for path, files in by_path(self.complete).items()]
            known = self.known.with_files(read, folders_of(self.complete))
            yield FilesRead(known, self._changed(self.known) if self.reloads else ())

    def _changed(self, known: KnownFiles) -> tuple[str, ...]:
        """The names of the files that were read and have changed, as their rows have them."""
        named = by_path(self.complete).items()
        changed = (files for path, files in named if known.seen(path, version_of(files)) is Seen.CHANGED)
        return tuple(sorted({name_of(file) for files in changed for file in files}))


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
        files,
        new,
        None if part else known,
        reading.report,
        may_wait=reading.known_files is not None,
        reloads=source.on_changed_file is OnChangedFile.RELOAD,
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
