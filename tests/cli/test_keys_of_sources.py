"""The key of a merge, which may stand in `source_config`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.declared import ingest


class TestKeysInSourceConfig:
    def test_are_those_of_the_merge(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        for wrong, code in (("id", 0), ("nope", 1)):
            options = f"format: csv\n      primary_key: {wrong}\n    write_mode: merge"
            (folder / "floe.yaml").write_text(text.replace("format: csv", options, 1))
            assert ingest("check").exit_code == 0
            found = ingest("run", "people")
            assert found.exit_code == code, found.output
        assert "nope" in found.stdout

    def test_that_do_not_fit_the_write_mode_are_named(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        options = "format: csv\n      merge_strategy: upsert"
        (folder / "floe.yaml").write_text(text.replace("format: csv", options, 1))
        found = ingest("check")
        assert found.exit_code == 2
        assert "merge_strategy" in found.stderr
        (folder / "floe.yaml").write_text(text.replace("format: csv", f"{options}\n    write_mode: merge", 1))
        found = ingest("check")
        assert found.exit_code == 2
        assert "primary_key" in found.stderr
        assert "Traceback" not in found.output

    def test_a_run_says_how_many_rows_it_deleted(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        database = folder / "shop.db"
        with closing(sqlite3.connect(database)) as shop, shop:
            shop.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
            shop.executemany("INSERT INTO people VALUES (?, ?)", [(n, "a") for n in range(100)])
        source = f"connection_string: sqlite:///{database}\n      table: people\n      primary_key: id\n      delete_missing: keys"
        merged = text.replace("path: people\n      format: csv", source, 1).replace(
            "source_type: filesystem", "source_type: sql_database\n    write_mode: merge", 1
        )
        (folder / "floe.yaml").write_text(merged)
        assert "deleted" not in ingest("run", "people").stdout
        with closing(sqlite3.connect(database)) as shop, shop:
            shop.execute("DELETE FROM people WHERE id < 3")
        found = ingest("run", "people")
        assert found.exit_code == 0, found.output
        assert "loaded, 3 deleted" in found.stdout
