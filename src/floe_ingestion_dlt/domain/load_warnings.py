"""Events of a reading that a user should look at, although the run succeeds: its report has them."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from floe_ingestion_dlt.domain.events import (
    ConnectionNotEncrypted,
    CursorUnused,
    DelimiterLooksWrong,
    Event,
    FilesSkipped,
    KeyUnused,
    PagesMayBeMissing,
    SessionSettingRefused,
    StateLost,
)

LoadWarning: TypeAlias = (
    FilesSkipped
    | DelimiterLooksWrong
    | PagesMayBeMissing
    | KeyUnused
    | CursorUnused
    | ConnectionNotEncrypted
    | SessionSettingRefused
    | StateLost
)


def with_warning(known: tuple[LoadWarning, ...], event: Event) -> tuple[LoadWarning, ...]:
    """The *known* warnings and the *event*, if it is a warning; each is there once."""
    match event:
        case (
            FilesSkipped()
            | DelimiterLooksWrong()
            | PagesMayBeMissing()
            | KeyUnused()
            | CursorUnused()
            | ConnectionNotEncrypted()
            | SessionSettingRefused()
            | StateLost()
        ):
            return known if event in known else (*known, event)
        case _:
            return known


def warning_text(warning: LoadWarning) -> str:  # noqa: PLR0911 - a table, with a row for each kind
    """The warning as a sentence that says what to do."""
    match warning:
        case FilesSkipped():
            return f"{warning.files} files were skipped: {warning.reason}, such as {warning.first}"
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
        case ConnectionNotEncrypted():
            return f"{warning.setting}: {warning.cause}. {warning.next_step}"
        case SessionSettingRefused():
            option = warning.setting.option
            return f"the database refused {option}, and was read without it: {warning.cause}"
        case StateLost():
            return f"the file with the state of {warning.table} is gone from the table's location"
        case _:
            assert_never(warning)
