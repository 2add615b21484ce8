"""Which events are warnings, and that each says what to look at."""

from __future__ import annotations

from typing import Final, get_args

import pytest

from floe_ingestion_dlt.adapters.telemetry.names import Level, event_entry
from floe_ingestion_dlt.domain.database_sessions import SessionLimits, session_settings
from floe_ingestion_dlt.domain.events import (
    ConnectionNotEncrypted,
    CursorUnused,
    DelimiterFound,
    DelimiterLooksWrong,
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
from floe_ingestion_dlt.domain.load_warnings import LoadWarning, warning_text, with_warning
from floe_ingestion_dlt.domain.names import TableName

SETTING: Final = session_settings("postgresql", SessionLimits(), None, "")[0]
WARNINGS: Final[list[tuple[LoadWarning, str]]] = [
    (FilesSkipped(3, "not matched", "a.txt"), "a.txt"),
    (
        FilesChanged(2, "a.csv", OnChangedFile.IGNORE),
        "2 files were written again after a load, such as a.csv: what",
    ),
    (
        FilesChanged(2, "a.csv", OnChangedFile.APPEND),
        "2 files were written again after a load, such as a.csv: all",
    ),
    (FilesChanged(2, "a.csv", OnChangedFile.RELOAD), "their rows replace those that the table has"),
    (DelimiterLooksWrong(",", ";", "a.csv"), "a.csv"),
    (PagesMayBeMissing("orders", "next"), "next"),
    (KeyUnused(("id", "at"), "append"), "primary_key (id, at) is not used by write_mode append"),
    (CursorUnused("at", "replace"), "replace reads all rows, whatever cursor_field (at) says"),
    (RowsWithoutCursor("at", 3), "3 rows were left out, because the cursor at is null in them"),
    (SourceWithoutKeys("orders"), "an empty source never empties a table"),
    (ConnectionNotEncrypted("sslmode", "others may read", "Add it."), "Add it."),
    (SessionSettingRefused(SETTING, "denied"), "denied"),
    (StateLost(TableName(("bronze",), "orders")), "bronze.orders"),
]


@pytest.mark.parametrize(("warning", "text"), WARNINGS)
def test_a_warning_is_logged_as_one_and_says_what_to_look_at(warning: LoadWarning, text: str) -> None:
    assert event_entry(warning).level in {Level.WARNING, Level.ERROR}
    assert text in warning_text(warning)
    assert (warning,) == with_warning(with_warning((), warning), warning)


def test_every_kind_of_warning_is_tested() -> None:
    assert set(get_args(LoadWarning)) == {type(warning) for warning, _ in WARNINGS}


def test_other_events_are_no_warnings() -> None:
    assert () == with_warning((), DelimiterFound(";", "a.csv"))
