"""The commands of `floe-ingest` about declarations and loads, with files in and tables out."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from floe_ingestion_dlt.plugin import DltIngestionPlugin
from tests.cli.declared import declare, ingest, rows_in, with_cursor


class TestCheck:
    def test_says_that_nothing_is_wrong_and_loads_nothing(self, folder: Path) -> None:
        found = ingest("check")
        assert (0, "floe.yaml: 2 sources, nothing wrong\n") == (found.exit_code, found.stdout)
        assert not (folder / "lake").exists()

    def test_names_every_fault_of_every_source_with_its_line(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text().replace("path: people", "pth: people")
        (folder / "floe.yaml").write_text(
            text.replace("places\n      format: csv", "places\n      format: cvs")
        )
        found = ingest("check")
        assert found.exit_code == 2
        lines = found.stderr.splitlines()
        assert any(
            line.startswith("floe.yaml:7: sources[0].people.source_config.pth: not an option")
            for line in lines
        )
        assert any(
            line.startswith("floe.yaml:14: sources[1].places.source_config.format: ") for line in lines
        )

    def test_gives_programs_the_same_as_json(self, folder: Path) -> None:
        declare(folder, people="${NOWHERE}")
        found = ingest("check", "--json")
        assert found.exit_code == 2
        (fault,) = json.loads(found.stdout)
        assert (7, "sources[0].people.source_config.path") == (fault["line"], fault["field"])
        assert "NOWHERE is not set" in fault["text"]

    def test_reaches_the_sources_unless_it_is_told_not_to(self, folder: Path) -> None:
        declare(folder, people="gone")
        found = ingest("check")
        assert found.exit_code == 2
        assert found.stderr.startswith("floe.yaml:4: sources[0].people: ")
        assert "gone" in found.stderr
        assert ingest("check", "--offline").exit_code == 0

    def test_finds_a_pattern_that_no_file_has(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        (folder / "floe.yaml").write_text(
            text.replace("path: people", "path: people\n      file_glob: '*.cvs'")
        )
        found = ingest("check")
        assert found.exit_code == 2
        assert found.stderr.startswith("floe.yaml:4: sources[0].people: no file is found there. ")

    def test_reaches_the_catalog(self, folder: Path) -> None:
        declare(folder, catalog="{type: hive, uri: 'http://127.0.0.1:9/x', warehouse: lake}", people="people")
        found = ingest("check")
        assert found.exit_code == 2
        assert "catalog_config" in found.stderr

    def test_ends_as_one_that_may_succeed_later_if_the_catalog_does_not_answer_now(
        self, folder: Path
    ) -> None:
        declare(folder, catalog="{uri: 'http://127.0.0.1:9/x', warehouse: lake}", people="people")
        found = ingest("check")
        assert found.exit_code == 75
        assert "catalog_config" in found.stderr
        assert "refused" in found.stderr

    def test_ends_as_wrong_if_one_source_is_wrong_and_another_does_not_answer_now(self, folder: Path) -> None:
        api = "source_type: rest_api\n    source_config: {client: {base_url: 'http://127.0.0.1:9'}, resources: [people]}"
        text = (folder / "floe.yaml").read_text()
        files = "source_type: filesystem\n    source_config:\n      path: people\n      format: csv"
        (folder / "floe.yaml").write_text(text.replace(files, api))
        assert ingest("check").exit_code == 75
        (folder / "places" / "1.csv").unlink()
        assert ingest("check").exit_code == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "no mapping"),
            ("- a\n", "no mapping"),
            ("sources: []\n", "no sources are declared"),
            (
                "plugins: {ingestion: {type: airbyte, config: {}}}\n",
                "plugins.ingestion.type: 'airbyte' is another plugin",
            ),
            ("plugin: {ingestion: {}}\n", "Did you mean plugins by plugin?"),
            ("plugins: {ingestion: {}}\n", "plugins.ingestion: there is no config here"),
            ("a: [\n", "no YAML"),
            ("plugins:\n  ingestion:\n    type: x\n    config: {}\n", "floe.yaml:3: plugins.ingestion.type"),
            ("x: 1\nplugins:\n  y: {}\n", "floe.yaml:2: plugins: there is no ingestion"),
            ("sources:\n  - name: a\n    name: b\n", "floe.yaml:3: sources[0].name: name stands twice"),
        ],
    )
    def test_says_what_a_file_lacks(self, folder: Path, text: str, said: str) -> None:
        (folder / "floe.yaml").write_text(text)
        found = ingest("check", "--offline")
        assert found.exit_code == 2
        assert said in found.stderr

    def test_says_which_package_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(_: object) -> None:
            raise ImportError("the package x is missing. Install it: pip install x")

        monkeypatch.setattr(DltIngestionPlugin, "startup", missing)
        for command in ("check", "run", "status"):
            found = ingest(command)
            assert found.exit_code == 2
            assert "pip install x" in found.stderr

    def test_says_that_there_is_no_file(self, folder: Path) -> None:
        (folder / "floe.yaml").unlink()
        found = ingest("check")
        assert found.exit_code == 2
        assert found.stderr.startswith("floe.yaml: there is no such file")


class TestRun:
    def test_leaves_the_loggers_of_the_process_as_they_were(self) -> None:
        before = list(logging.getLogger("dlt").filters)
        assert ingest("run").exit_code == 0
        assert before == logging.getLogger("dlt").filters

    def test_loads_all_sources_and_then_nothing_new(self, folder: Path) -> None:
        first = ingest("run")
        assert first.exit_code == 0
        assert first.stdout.count("loaded") == 2
        second = ingest("run")
        assert (0, 2) == (second.exit_code, second.stdout.count("nothing new"))
        assert [1, 2] == rows_in(folder, "bronze.people") == rows_in(folder, "bronze.places")

    def test_loads_the_sources_that_are_named_several_at_once(self, folder: Path) -> None:
        found = ingest("run", "places", "people", "--jobs", "2", "--json")
        outcomes = {outcome["table"]: outcome for outcome in json.loads(found.stdout)}
        assert {"bronze.people", "bronze.places"} == outcomes.keys()
        assert all(outcome["success"] and outcome["rows"] == 2 for outcome in outcomes.values())
        assert [1, 2] == rows_in(folder, "bronze.places")

    def test_takes_the_number_of_tables_at_once_from_the_declaration(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        (folder / "floe.yaml").write_text(f"memory_limit: 512MiB\nparallel_sources: 2\n{text}")
        refused = ingest("run")
        assert refused.exit_code == 2
        assert (
            "floe.yaml:1: memory_limit: 2 loads at once need at least 768MiB, and it is 512MiB"
            in refused.stderr
        )
        (folder / "floe.yaml").write_text(f"memory_limit: 768MiB\nparallel_sources: 2\n{text}")
        assert ingest("run").exit_code == 0
        assert [1, 2] == rows_in(folder, "bronze.places")

    def test_refuses_more_jobs_than_the_memory_is_enough_for(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        (folder / "floe.yaml").write_text(f"{text}memory_limit: 1GiB\n")
        refused = ingest("run", "--jobs", "4")
        assert refused.exit_code == 2
        assert "memory_limit: 4 loads at once need at least 1280MiB, and it is 1024MiB" in refused.stderr
        assert not (folder / "lake").exists()
        assert ingest("run", "--jobs", "3").exit_code == 0

    def test_goes_on_after_a_failure_and_says_what_to_do(self, folder: Path) -> None:
        declare(folder, people="gone", places="places")
        found = ingest("run")
        assert found.exit_code == 1
        assert "failed" in found.stdout
        assert "gone" in found.stdout
        assert [1, 2] == rows_in(folder, "bronze.places")

    def test_begins_nothing_after_a_failure_if_asked(self, folder: Path) -> None:
        declare(folder, people="gone", places="places")
        found = ingest("run", "--fail-fast", "--json")
        assert ["people"] == [outcome["source"] for outcome in json.loads(found.stdout)]
        assert not (folder / "lake").exists()

    def test_shows_warnings(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        (folder / "floe.yaml").write_text(text.replace("bronze.people", "bronze.people\n    primary_key: id"))
        found = ingest("run", "people")
        assert found.exit_code == 0
        assert "bronze.people: " in found.stdout
        assert "primary_key" in found.stdout

    def test_says_that_it_may_pass(self, folder: Path) -> None:
        declare(folder, catalog="{uri: 'http://127.0.0.1:9/x', warehouse: lake}", people="people")
        found = ingest("run", "--json")
        (outcome,) = json.loads(found.stdout)
        assert (75, True) == (found.exit_code, outcome["try_again"])

    def test_replaces_all_rows_if_asked(self, folder: Path) -> None:
        ingest("run")
        (folder / "people" / "1.csv").write_text("id,name\n7,g\n")
        assert ingest("run", "people", "--refresh").exit_code == 0
        assert [7] == rows_in(folder, "bronze.people")

    def test_refuses_a_source_that_is_not_declared(self) -> None:
        found = ingest("run", "pepole")
        assert found.exit_code == 2
        assert "there is no source pepole. Name one of people, places." in found.stderr


class TestPatterns:
    @pytest.fixture(autouse=True)
    def shop(self, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "shop.db")) as shop, shop:
            for name in ("orders", "lines"):
                shop.execute(f"create table {name} (id integer primary key)")
                shop.execute(f"insert into {name} values (1), (2)")
        text = (folder / "floe.yaml").read_text().partition("sources:")[0]
        (folder / "floe.yaml").write_text(
            f"""{text}sources:
  - name: shop
    source_type: sql_database
    source_config: {{connection_string: "sqlite:///{folder}/shop.db", tables: "*"}}
    destination_table: bronze.shop
"""
        )

    def test_are_checked_as_all_tables_that_they_name(self) -> None:
        found = ingest("check")
        assert (0, "") == (found.exit_code, found.stderr)

    def test_are_loaded_as_all_tables_that_they_name(self, folder: Path) -> None:
        assert ingest("run").exit_code == 0
        assert [1, 2] == rows_in(folder, "bronze.orders") == rows_in(folder, "bronze.lines")


class TestWindow:
    def test_replaces_the_rows_between_two_values_of_the_cursor(self, folder: Path) -> None:
        with_cursor(folder)
        ingest("run", "people")
        (folder / "people" / "1.csv").write_text("id,name\n1,x\n2,y\n")
        found = ingest("run", "people", "--window", "1..2", "--json")
        (outcome,) = json.loads(found.stdout)
        assert (0, 1) == (found.exit_code, outcome["rows"])
        assert [1, 2] == rows_in(folder, "bronze.people")

    def test_is_no_refresh(self, folder: Path) -> None:
        with_cursor(folder)
        found = ingest("run", "people", "--window", "1..2", "--refresh")
        assert found.exit_code == 1
        assert "refresh" in found.stdout

    def test_needs_a_cursor_and_two_ends(self, folder: Path) -> None:
        found = ingest("run", "people", "--window", "1..2")
        assert found.exit_code == 1
        assert "Set cursor_field" in found.stdout
        assert ingest("run", "people", "--window", "1").exit_code == 2
        with_cursor(folder)
        assert "--window" in ingest("run", "people", "--window", "2..a").stdout


def test_the_program_reads_variables_from_a_file(folder: Path) -> None:
    (folder / ".env").write_text(f"LAKE={folder}/other\nPEOPLE=people # a comment\n")
    declare(folder, people="${PEOPLE}")
    environment: dict[str, Any] = {name: value for name, value in os.environ.items() if name != "LAKE"}
    done = subprocess.run(
        [sys.executable, "-m", "floe_ingestion_dlt.cli", "run", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [2] == [outcome["rows"] for outcome in json.loads(done.stdout)]
    assert (folder / "other").is_dir()


@pytest.mark.parametrize("verbose", [False, True])
def test_steps_are_logged_to_the_standard_error_only_if_they_are_asked_for(*, verbose: bool) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "floe_ingestion_dlt.cli",
            "run",
            "--json",
            *(["--verbose"] if verbose else []),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(json.loads(done.stdout)) == 2
    assert verbose == ("normalize" in done.stderr and "load_id" in done.stderr)
    assert verbose or not done.stderr
