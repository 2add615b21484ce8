"""Events of a reading that a user should look at, although the run succeeds: its report has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from floe_ingestion_dlt.domain.events import (
    ConnectionNotEncrypted,
    CursorUnused,
    DelimiterLooksWrong,
    Event,
    FilesChanged,
    FilesSkipped,
    KeyUnused,
    PagesMayBeMissing,
    RowsWithoutCursor,
    SessionSettingRefused,
    SourceWithoutKeys,
    StateLost,
)
from floe_ingestion_dlt.domain.known_files import OnChangedFile

LoadWarning: TypeAlias = (
    FilesSkipped
    | FilesChanged
    | DelimiterLooksWrong
    | PagesMayBeMissing
    | KeyUnused
    | CursorUnused
    | RowsWithoutCursor
    | SourceWithoutKeys
    | ConnectionNotEncrypted
    | SessionSettingRefused
    | StateLost
)


def with_warning(known: tuple[LoadWarning, ...], event: Event) -> tuple[LoadWarning, ...]:
    """The *known* warnings and the *event*, if it is a warning; each is there once."""
    match event:
        case (
            FilesSkipped()
            | FilesChanged()
            | DelimiterLooksWrong()
            | PagesMayBeMissing()
            | KeyUnused()
            | CursorUnused()
            | RowsWithoutCursor()
            | SourceWithoutKeys()
            | ConnectionNotEncrypted()
            | SessionSettingRefused()
            | StateLost()
        ):
            return known if event in known else (*known, event)
        case _:
            return known


def with_warnings(known: tuple[LoadWarning, ...], more: Iterable[LoadWarning]) -> tuple[LoadWarning, ...]:
    """The *known* warnings and *more*, each once."""
    return tuple(dict.fromkeys((*known, *more)))


def warning_text(warning: LoadWarning) -> str:  # noqa: C901, PLR0911 - a table, with a row for each kind
    """The warning as a sentence that says what to do."""
    match warning:
        case FilesSkipped():
            return f"{_files(warning.files)} skipped: {warning.reason}, such as {warning.first}"
        case FilesChanged():
            return _changed(warning)
        case DelimiterLooksWrong():
            return (
                f"{warning.file} has one column with the delimiter {warning.delimiter!r}: "
                f"set reader_options.delimiter to {warning.other!r}, or to auto"
            )
        case PagesMayBeMissing():
            return f"{warning.resource}: the last answer has a sign of more pages: {warning.sign}. Check the paginator"
        case KeyUnused():
            key = ", ".join(warning.key)
            return f"primary_key ({key}) is not used by write_mode {warning.write_mode}: set write_mode to merge, or remove it"
        case CursorUnused():
            return f"write_mode {warning.write_mode} reads all rows, whatever cursor_field ({warning.column}) says: set write_mode to append or merge, or remove it"
        case RowsWithoutCursor():
            return f"{warning.rows} rows were left out, because the cursor {warning.column} is null in them (on_null: exclude)"
        case SourceWithoutKeys():
            return f"{warning.resource}: the source has no row, so delete_missing deleted none: an empty source never empties a table. Run once with refresh=True if it is really empty"
        case ConnectionNotEncrypted():
            return f"{warning.setting}: {warning.cause}. {warning.next_step}"
        case SessionSettingRefused():
            option = warning.setting.option
            return f"the database refused {option}, and was read without it: {warning.cause}"
        case StateLost():
            return f"the file with the state of {warning.table} is gone from the table's location"
        case _:
            assert_never(warning)


def _files(count: int) -> str:
    return "1 file was" if count == 1 else f"{count:,} files were"


def _changed(warning: FilesChanged) -> str:
    files = f"{_files(warning.files)} written again after a load, such as {warning.first}"
    match warning.on_changed:
        case OnChangedFile.IGNORE:
            return f"{files}: what is new in them is not loaded"
        case OnChangedFile.RELOAD:
            return f"{files}: their rows replace those that the table has of them"
        case _:
            return f"{files}: all of their rows are loaded again. on_changed_file says what becomes of such files"
