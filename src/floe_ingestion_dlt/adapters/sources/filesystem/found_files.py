"""The files that a source reads, and what is said of those that it does not read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.sources.filesystem.files import (
    SourceFile,
    files_of,
    is_local,
    open_filesystem,
    others,
)
from floe_ingestion_dlt.adapters.sources.filesystem.local_files import Skipped
from floe_ingestion_dlt.adapters.sources.filesystem.readers import shown_path
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.domain.events import FilesSkipped
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import NothingToReadError, Report, SourceError, unreadable

# How the names of files begin that Excel makes beside a workbook while it is open.
OPEN_IN_EXCEL: Final = "~$"


def files_to_read(source: Filesystem, report: Report) -> list[SourceFile]:
    """The files in order of path; NothingToReadError if there are none. Other files are reported."""
    files, skipped = found_files(source)
    _report_skipped(skipped, report)
    if not files:
        _report_others(source, report)
        raise NothingToReadError(f"{shown_path(source.url)} has no files that match {shown(source.pattern)}")
    return files


def found_files(source: Filesystem) -> tuple[list[SourceFile], Sequence[Skipped]]:
    """The files that are read, and those that are passed over."""
    fs, root = open_filesystem(source)
    if is_local(fs) and not fs.exists(root):
        raise SourceError(no_such_place(source.url))
    files, skipped = files_of(fs, root, source)
    if source.format is not FileFormat.EXCEL:
        return files, skipped
    open_ones = [file for file in files if file.path.rpartition("/")[2].startswith(OPEN_IN_EXCEL)]
    left_out = [Skipped(file.path, "Excel has made it for a workbook that is open") for file in open_ones]
    return [file for file in files if file not in open_ones], [*skipped, *left_out]


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


def no_such_place(url: str) -> SourceFailed:
    """The fault if there is nothing at the *url*."""
    step = "Set path to a folder or file that is there."
    if "$" in url:
        step = "Write variables as ${NAME}: others are not replaced."
    elif url.startswith("~"):
        step = f"Write the whole path: ~ is the home folder of the user that runs this, {Path.home()}."
    return SourceFailed(f"{shown_path(url)} does not exist", Category.CONFIGURATION, step)
