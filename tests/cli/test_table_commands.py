"""The commands of `floe-ingest` about tables that are there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.declared import ingest, rows_in, with_cursor


class TestStatus:
    def test_shows_tables_that_are_there_and_those_that_are_not(self) -> None:
        ingest("run", "people")
        found = ingest("status")
        people, places = found.stdout.splitlines()[1:]
        assert people.startswith("bronze.people")
        assert " 2 " in people
        assert "not loaded yet" in places

    def test_gives_programs_the_loads(self) -> None:
        ingest("run", "people")
        state, other = json.loads(ingest("status", "--json").stdout)
        assert [2] == [load["rows"] for load in state["loads"]]
        assert {"table": "bronze.places", "exists": False} == other


class TestReset:
    def test_takes_a_table_back_to_a_load(self, folder: Path) -> None:
        ingest("run", "people")
        first, _ = json.loads(ingest("status", "--json").stdout)
        (folder / "people" / "2.csv").write_text("id,name\n3,c\n")
        ingest("run", "people")
        found = ingest("reset", "bronze.people", "--to-snapshot", str(first["snapshot"]), "--yes")
        assert found.exit_code == 0
        assert "1 loads undone, with 1 rows" in found.stdout
        assert [1, 2] == rows_in(folder, "bronze.people")

    def test_takes_the_cursor_back_to_a_value(self, folder: Path) -> None:
        with_cursor(folder)
        ingest("run", "people")
        found = ingest("reset", "bronze.people", "--to-cursor", "1", "--yes")
        assert "the next load reads from id = 1" in found.stdout

    def test_asks_before_it_does_anything(self, folder: Path) -> None:
        with_cursor(folder)
        ingest("run", "people")
        assert ingest("reset", "bronze.people", "--to-cursor", "1").exit_code == 1
        assert "id = 2" in ingest("status", "people").stdout

    @pytest.mark.parametrize("options", [[], ["--to-cursor", "1", "--to-snapshot", "1"]])
    def test_wants_one_target(self, options: list[str]) -> None:
        assert ingest("reset", "bronze.people", "--yes", *options).exit_code == 2

    def test_says_that_there_is_no_such_table(self) -> None:
        found = ingest("reset", "bronze.people", "--to-cursor", "1", "--yes")
        assert found.exit_code == 1
        assert "bronze.people" in found.stderr


class TestVerify:
    def test_finds_nothing_in_sound_tables(self) -> None:
        ingest("run")
        found = ingest("verify", "bronze")
        assert (0, True) == (found.exit_code, "0 faults" in found.stdout)

    def test_names_damage_and_what_to_do(self, folder: Path) -> None:
        ingest("run", "people")
        (data,) = (folder / "lake").rglob("bronze/people/data/*.parquet")
        data.unlink()
        found = ingest("verify", "bronze.people", "--json")
        assert found.exit_code == 1
        (fault,) = json.loads(found.stdout)["faults"]
        assert data.name in fault["fault"]
        assert fault["next_step"]

    def test_says_that_there_is_no_such_table(self) -> None:
        found = ingest("verify", "bronze.nothing")
        assert found.exit_code == 1
        assert "bronze.nothing" in found.stderr


class TestLeftovers:
    def test_are_listed_and_deleted_only_if_asked(self, folder: Path) -> None:
        ingest("run", "people")
        (data,) = (folder / "lake").rglob("bronze/people/data/*.parquet")
        left = data.with_name("floe-1-left.parquet")
        left.write_bytes(data.read_bytes())
        os.utime(left, (0, 0))
        listed = ingest("leftovers", "bronze", "--json")
        assert [left.name] == [Path(one["path"]).name for one in json.loads(listed.stdout)]
        assert left.exists()
        assert "1 files" in ingest("leftovers", "bronze", "--delete").stdout
        assert not left.exists()
        assert data.exists()

    def test_an_age_that_is_too_short_is_refused(self) -> None:
        ingest("run", "people")
        found = ingest("leftovers", "bronze", "--days", "0")
        assert found.exit_code == 1
        assert "older_than" in found.stderr


def test_the_value_of_a_cursor_cannot_move_the_cursor_of_the_terminal(folder: Path) -> None:
    with_cursor(folder)
    (folder / "people" / "1.csv").write_text("id,name\n\x1b[2J,a\n")
    for command in ("plan", "run", "status"):
        found = ingest(command, "people") if command != "status" else ingest(command)
        assert found.exit_code == 0, found.output
        assert "\x1b" not in found.output
    assert "[2J" in found.output
