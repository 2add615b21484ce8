"""Columns of a source are taken, left out, renamed, cast and masked, whatever the kind of source is."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import Window
from tests.embedded.rows_of_each_kind import KINDS, load, pipeline, run
from tests.platforms import TABLE, Platform

pytestmark = pytest.mark.some_of_them

SECRET = "salt of the test, with 12 words"
ROWS: list[dict[str, Any]] = [
    {"Id": 1, "zip": 7, "E-Mail": "jane@example.org", "notes": "n1"},
    {"Id": 2, "zip": 8, "E-Mail": "joe@example.org", "notes": "n2"},
]


def digest(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def python_rows(
    platform: Platform, rows: list[dict[str, Any]], settings: dict[str, Any], **options: Any
) -> Any:
    return platform.load(rows, source_config=dict(settings), **options)


@KINDS
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Id", "zip"], {"id", "zip"}),
        ({"*": "drop", "id": "keep", "zip": "string"}, {"id", "zip"}),
        ({"notes": "drop", "e_mail": "drop"}, {"id", "zip"}),
        (
            {"Id": {"name": "customer"}, "Notes": {"name": "Free Text"}},
            {"customer", "zip", "e_mail", "free_text"},
        ),
        ({"zip": {"name": "id", "type": "string"}, "Id": {"name": "zip"}}, {"id", "zip", "e_mail", "notes"}),
    ],
)
def test_columns_are_taken_left_out_and_renamed(
    platform: Platform, kind: str, columns: Any, expected: set[str]
) -> None:
    for _ in range(2):
        load(platform, kind, ROWS, source_config={"columns": columns})
    assert expected == platform.columns()
    assert 4 == len(platform.rows())


@KINDS
def test_swapped_names_have_each_others_values(platform: Platform, kind: str) -> None:
    swapped = {"zip": {"name": "id", "type": "string"}, "Id": {"name": "zip"}}
    load(platform, kind, ROWS, source_config={"columns": swapped})
    assert [{"zip": 1, "id": "7"}, {"zip": 2, "id": "8"}] == platform.rows("zip", "id")


@KINDS
def test_values_are_cast(platform: Platform, kind: str) -> None:
    types = {"a": "string", "b": "double", "c": "decimal(10, 2)", "d": "date", "e": "long"}
    rows = [{"a": 1, "b": 2, "c": 3, "d": "2026-01-31", "e": "4"}]
    for _ in range(2):
        load(platform, kind, rows, source_config={"columns": types})
    expected: dict[str, Any] = {"a": "1", "b": 2.0, "c": Decimal("3.00"), "d": date(2026, 1, 31), "e": 4}
    # a text is no number in JSON lines, so it has a column of its own there
    if kind == "jsonl":
        del expected["e"]
        expected["e__v_text"] = "4"
    assert [expected] * 2 == platform.rows()


def test_values_of_python_rows_are_cast(platform: Platform) -> None:
    types = {"a": "string", "b": "double", "d": "date", "at": "timestamp"}
    rows = [{"a": 1, "b": 2, "d": "2026-01-31", "at": "2026-01-31T10:00:00"}]
    assert python_rows(platform, rows, {"columns": types}).success
    schema = platform.catalog.load_table(TABLE).schema()
    assert {"a": "string", "b": "double", "d": "date", "at": "timestamp"} == {
        name: str(schema.find_type(name)) for name in types
    }


def test_digits_that_are_texts_stay_texts(platform: Platform) -> None:
    platform.csv("a.csv", "zip\n01234\n1\n")
    assert platform.load(source_config={"columns": {"ZIP": "string"}}).success
    assert [{"zip": "01234"}, {"zip": "1"}] == platform.rows()


def test_a_value_that_cannot_be_cast_is_refused_without_being_shown(platform: Platform) -> None:
    result = run(platform, "parquet", [{"a": "jane"}], source_config={"columns": {"a": "long"}})
    assert not result.success
    assert "'a'" in str(result.errors).replace('"', "'")
    assert "columns.a" in str(result.errors)
    assert "jane" not in str(result.errors)


@KINDS
@pytest.mark.parametrize("mask", [{"E-Mail": "hash", "notes": "drop"}, {"e_mail": "hash", "NOTES": "drop"}])
def test_masked_values_reach_neither_table_nor_disk(
    platform: Platform, kind: str, mask: dict[str, str]
) -> None:
    settings = {"mask": mask, "mask_secret": SECRET, "cursor_field": "Id"}
    for _ in range(2):
        load(platform, kind, ROWS, source_config=settings)
    assert [digest("jane@example.org"), digest("joe@example.org")] == [
        r["e_mail"] for r in platform.rows("id", "e_mail")
    ]
    assert {"id", "zip", "e_mail"} == platform.columns()
    written = [
        path for path in platform.folder.rglob("*") if path.is_file() and not _is_source(platform, path)
    ]
    assert len(written) > 5
    assert not [
        path for path in written if b"jane@" in path.read_bytes() or SECRET.encode() in path.read_bytes()
    ]


def _is_source(platform: Platform, path: Path) -> bool:
    return path.is_relative_to(platform.data) or path.name == "a.db"


@KINDS
def test_rows_are_merged_by_a_hashed_key_of_another_name(platform: Platform, kind: str) -> None:
    settings = {
        "columns": {"E-Mail": {"name": "person"}},
        "mask": {"E-Mail": "hash"},
        "mask_secret": SECRET,
        "primary_key": "person",
    }
    for rows in (ROWS, [ROWS[1] | {"zip": 9}]):
        load(platform, kind, rows, write_mode="merge", source_config=settings)
    assert {digest("jane@example.org"): 7, digest("joe@example.org"): 9} == {
        row["person"]: row["zip"] for row in platform.rows()
    }


def test_equal_values_have_equal_hashes_in_every_kind_of_source(platform: Platform) -> None:
    settings = {"mask": {"zip": "hash"}, "mask_secret": SECRET}
    for kind in ("csv", "jsonl", "parquet", "sqlite"):
        load(
            platform,
            kind,
            ROWS,
            source_config=settings | ({"file_glob": f"*.{kind}"} if kind != "sqlite" else {}),
        )
    assert python_rows(platform, ROWS, settings).success
    assert {digest("7"), digest("8")} == {row["zip"] for row in platform.rows("id", "zip")}


@KINDS
@pytest.mark.parametrize("setting", [{"mask": {"emial": "drop"}}, {"columns": {"emial": "string"}}])
def test_a_misspelled_column_is_refused_and_nothing_stays(
    platform: Platform, kind: str, setting: dict[str, Any]
) -> None:
    result = run(platform, kind, ROWS, source_config=setting)
    assert not result.success
    assert "'emial'" in str(result.errors).replace('"', "'")
    assert "E-Mail" in str(result.errors)
    assert not platform.plugin.run(pipeline(platform, kind, ROWS, source_config=setting)).success
    load(platform, kind, ROWS)
    assert 2 == len(platform.rows())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mask": {"a": "hash"}}, "mask_secret"),
        ({"mask": {"a": "blur"}}, "hash"),
        ({"columns": {"a": "strnig"}}, "strnig"),
        ({"columns": {"a": {"rename": "b"}}}, "name, type"),
        ({"columns": []}, "columns are needed"),
        ({"columns": {"*": "string"}}, "drop or keep"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    platform: Platform, settings: dict[str, Any], words: str
) -> None:
    source = {"path": str(platform.data), "format": "csv"} | settings
    with pytest.raises(ValueError, match="source_config") as refused:
        platform.plugin.create_pipeline(
            IngestionConfig(source_type="filesystem", source_config=source, destination_table=TABLE)
        )
    assert words in str(refused.value)


def test_columns_of_provenance_are_no_others(platform: Platform) -> None:
    platform.csv("a.csv", "id,zip\n1,2\n")
    settings = {"columns": ["id"], "provenance": ["file", "line"]}
    assert platform.load(source_config=settings).success
    assert [{"id": 1, "_floe_file": "a.csv", "_floe_line": 2}] == platform.rows(
        "id", "_floe_file", "_floe_line"
    )
    assert "zip" not in platform.columns()


@pytest.mark.parametrize(
    "changes", [{"mask": {"E-Mail": "hash"}}, {"mask": {"e_mail": "drop"}}, {"columns": ["Id"]}], ids=str
)
def test_a_cursor_that_would_not_be_stored_is_refused(platform: Platform, changes: dict[str, Any]) -> None:
    settings = {"mask_secret": SECRET, "cursor_field": "E-Mail", **changes}
    result = run(platform, "parquet", ROWS, source_config=settings)
    assert not result.success
    assert "cursor_field" in str(result.errors)
    written = [
        path for path in platform.folder.rglob("*") if path.is_file() and not _is_source(platform, path)
    ]
    assert not [path for path in written if b"jane@" in path.read_bytes()]


@pytest.mark.parametrize("changes", [{"mask": {"zip": "hash"}}, {"columns": {"zip": "drop"}}], ids=str)
def test_a_window_of_a_column_that_is_not_stored_is_refused(
    platform: Platform, changes: dict[str, Any]
) -> None:
    load(platform, "parquet", ROWS)
    made = pipeline(platform, "parquet", ROWS, source_config={"mask_secret": SECRET, **changes})
    report = platform.plugin.load(made, window=Window("zip", 7, 8))
    assert report.fault is not None
    assert "window" in report.fault.message
    assert [1, 2] == [row["id"] for row in platform.rows()]
