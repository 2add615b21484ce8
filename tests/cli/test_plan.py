"""`floe-ingest plan` says what `run` then does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.declared import ingest, with_cursor


@pytest.fixture(autouse=True)
def loaded_once(folder: Path) -> None:
    with_cursor(folder)
    assert ingest("run", "people").exit_code == 0


def test_says_what_is_new(folder: Path) -> None:
    (folder / "people" / "2.csv").write_text("id,name,town\n3,c,Oslo\n")
    found = ingest("plan")
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        "bronze.people",
        "  append: 1 row",
        "  new column town (string)",
        "  cursor id: from 2 to 3",
        "bronze.places",
        "  append: 2 rows",
        "  new table bronze.places",
    ]


def test_says_that_nothing_is_new() -> None:
    assert "bronze.people\n  nothing new\n" in ingest("plan", "people").stdout


def test_says_why_a_run_would_fail_and_ends_as_it(folder: Path) -> None:
    text = (folder / "floe.yaml").read_text()
    (folder / "floe.yaml").write_text(text.replace("cursor_field: id", "cursor_field: nope"))
    found = ingest("plan", "people", "--json")
    assert (1, 1) == (found.exit_code, ingest("run", "people").exit_code)
    (plan,) = json.loads(found.stdout)
    assert (False, "bronze.people") == (plan["success"], plan["table"])
    assert "nope" in plan["error"]
