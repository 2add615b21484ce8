"""`floe-ingest preview` shows rows as a first load would write them, and writes nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.declared import ingest, rows_in, with_cursor


def test_shows_the_first_rows_under_the_names_of_the_table(folder: Path) -> None:
    (folder / "people" / "1.csv").write_text("id,Full Name\n1,Ada\n2,\n3,Grace\n")
    found = ingest("preview", "people", "--rows", "2")
    assert found.exit_code == 0, found.output
    lines = [line.split() for line in found.stdout.splitlines()]
    assert [["bronze.people"], ["id", "full_name"], ["1", "Ada"], ["2"]] == lines[:4]
    assert "Grace" not in found.stdout


def test_casts_masks_and_nested_tables_are_those_of_a_load(folder: Path) -> None:
    (folder / "people" / "1.csv").unlink()
    rows = [{"id": 1, "mail": "ada@example.org", "phone": 1, "tags": [{"k": "x"}, {"k": "y"}]}]
    (folder / "people" / "1.jsonl").write_text("\n".join(map(json.dumps, rows)))
    text = (folder / "floe.yaml").read_text()
    options = "format: jsonl\n      reader_options: {nested: tables}\n      mask: {mail: hash, phone: drop}\n      mask_secret: s"
    (folder / "floe.yaml").write_text(text.replace("format: csv", options, 1))
    found = ingest("preview", "people", "--json")
    assert found.exit_code == 0, found.output
    root, nested = json.loads(found.stdout)
    assert ["id", "mail"] == list(root["rows"][0])
    assert re.fullmatch("[0-9a-f]{64}", root["rows"][0]["mail"])
    assert {"table": "bronze.people__tags", "rows": [{"k": "x"}, {"k": "y"}]} == nested


def test_rows_that_were_loaded_are_shown_as_well(folder: Path) -> None:
    with_cursor(folder)
    assert ingest("run", "people").exit_code == 0
    before = rows_in(folder, "bronze.people")
    (shown,) = json.loads(ingest("preview", "people", "--json").stdout)
    assert {"table": "bronze.people", "rows": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]} == shown
    assert before == rows_in(folder, "bronze.people")


def test_a_value_cannot_move_the_cursor_of_the_terminal(folder: Path) -> None:
    (folder / "people" / "1.csv").write_text("id,name\n1,\x1b[2Jgone\n")
    shown = ingest("preview", "people").stdout
    assert "gone" in shown
    assert "\x1b" not in shown


def test_values_of_every_type_are_json(folder: Path) -> None:
    (folder / "people" / "1.csv").unlink()
    values = {
        "f": [float("nan"), 1.5],
        "b": [b"\x00\x1b", None],
        "d": pa.array([Decimal("1.50"), None]),
        "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None]),
        "ok": [True, False],
        "many": [[1, None], []],
    }
    pq.write_table(pa.table(values), folder / "people" / "1.parquet")
    text = (folder / "floe.yaml").read_text()
    (folder / "floe.yaml").write_text(text.replace("format: csv", "format: parquet", 1))
    found = ingest("preview", "people", "--json")
    assert found.exit_code == 0, found.output
    ((first, second),) = (table["rows"] for table in json.loads(found.stdout, parse_constant=pytest.fail))
    assert {
        "f": "nan",
        "b": "001b",
        "d": "1.50",
        "at": "2026-01-01 00:00:00+00:00",
        "ok": True,
        "many": [1, None],
    } == first
    assert {"f": 1.5, "b": None, "d": None, "at": None, "ok": False, "many": []} == second


def test_a_long_text_is_cut_for_people_and_not_for_programs(folder: Path) -> None:
    (folder / "people" / "1.csv").write_text(f"id,name\n1,{'x' * 100}\n")
    assert f"{'x' * 60}... (100 characters)" in ingest("preview", "people").stdout
    (shown,) = json.loads(ingest("preview", "people", "--json").stdout)
    assert "x" * 100 == shown["rows"][0]["name"]


def test_a_source_without_rows_has_its_columns(folder: Path) -> None:
    (folder / "people" / "1.csv").write_text("id,name\n")
    shown = ingest("preview", "people").stdout
    assert "id  name" in shown
    assert "no rows" in shown


def test_says_why_it_cannot_be_read_and_ends_as_a_run(folder: Path) -> None:
    (folder / "people" / "1.csv").write_text('id,name\n1,"a\n')
    found = ingest("preview", "people")
    assert (1, 1) == (found.exit_code, ingest("run", "people").exit_code)
    assert "1.csv" in found.stdout
