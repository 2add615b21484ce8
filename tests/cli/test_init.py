"""`floe-ingest init`: from what somebody has to a declaration that loads it, by a person at a terminal or a program."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from dotenv import dotenv_values

from floe_ingestion_dlt.cli.found_files import drafts_of
from tests.cli.declared import ingest, rows_in
from tests.cli.terminal import at_a_terminal


@pytest.fixture(autouse=True)
def data(folder: Path) -> Path:
    (folder / "floe.yaml").unlink()
    (folder / "in").mkdir()
    return folder / "in"


def declared(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "floe.yaml").read_text())
    return found


def configs(place: Path) -> dict[str, dict[str, Any]]:
    return {draft.name: dict(draft.source_config) for draft in drafts_of(place, "in")}


class TestFiles:
    @pytest.mark.parametrize(
        "name",
        [
            "z\n  - {name: evil, source_type: filesystem, source_config: {path: ., format: csv}, destination_table: b.c}\n#.csv",
            "a\x1b[31m[bold]b.csv",
            "${HOME}.csv",
            "{{a}} # b: 'c'.csv",
            "\u202egpj.csv",
        ],
    )
    def test_the_name_of_a_file_is_a_name_and_nothing_else(self, data: Path, folder: Path, name: str) -> None:
        (data / name).write_text("id\n1\n")
        (data / "other.csv").write_text("key\n1\n")
        done = ingest("init", "in")
        assert done.exit_code == 0, done.output
        assert len(done.stdout.splitlines()) == 4
        assert "\x1b" not in done.stdout
        assert {source["source_type"] for source in declared(folder)["sources"]} == {"filesystem"}
        assert "evil" not in {source["name"] for source in declared(folder)["sources"]}
        done = ingest("run")
        assert done.exit_code == 0, done.output
        assert done.stdout.count("loaded") == 2

    def test_files_of_one_header_are_one_table_and_others_another(self, data: Path) -> None:
        for day in (1, 2):
            (data / f"orders_2026-0{day}.csv").write_text(f"id,sum\n{day},3\n")
        (data / "customers.csv").write_text("id,name\n1,a\n")
        assert configs(data) == {
            "customers": {"path": "in", "format": "csv", "file_glob": "customers.csv"},
            "orders": {"path": "in", "format": "csv", "file_glob": "orders_2026-0*.csv"},
        }

    def test_a_folder_of_one_kind_is_taken_whole(self, data: Path) -> None:
        (data / "a").mkdir()
        for name in ("a/x.parquet", "y.parquet", ".hidden.parquet", "_tmp.parquet", "readme.md"):
            pq.write_table(pa.table({"id": [1]}), data / name)
        assert configs(data) == {"in": {"path": "in", "format": "parquet"}}

    def test_files_that_no_pattern_holds_together_are_loaded_each_by_itself(self, data: Path) -> None:
        for name, header in (("a", "id"), ("b", "x"), ("c", "id"), ("c [1]", "id")):
            (data / f"{name}.csv").write_text(f"{header}\n1\n")
        found = configs(data)
        assert {config["file_glob"] for config in found.values()} == {
            "a.csv",
            "b.csv",
            "c.csv",
            "c [[]1].csv",
        }
        assert len(found) == 4

    def test_other_delimiters_packed_files_and_json_are_seen(self, data: Path) -> None:
        (data / "s.csv").write_text("id;name\n1;a\n")
        (data / "lines.json").write_text('{"id": 1}\n{"id": 2}\n')
        (data / "array.json").write_text('[{"id": 1}]')
        assert configs(data) == {
            "array": {"path": "in", "format": "json", "file_glob": "array.json"},
            "lines": {"path": "in", "format": "jsonl", "file_glob": "lines.json"},
            "s": {"path": "in", "format": "csv", "reader_options": {"delimiter": "auto"}},
        }

    def test_marks_line_ends_and_empty_files_divide_no_table(self, data: Path) -> None:
        for name, content in (("a1", b"\xef\xbb\xbfid\n1\n"), ("a2", b"id\r\n2\r\n"), ("a3", b"")):
            (data / f"{name}.csv").write_bytes(content)
        assert configs(data) == {"a": {"path": "in", "format": "csv"}}

    def test_files_with_the_same_columns_are_one_table_in_every_format(self, data: Path) -> None:
        for name, columns in (("a1", {"id": [1]}), ("a2", {"id": [2]}), ("b1", {"id": [1], "x": [2]})):
            pq.write_table(pa.table(columns), data / f"{name}.parquet")
        for name, key in (("e1", "id"), ("e2", "id"), ("f", "x")):
            (data / f"{name}.jsonl").write_text(f'{{"{key}": 1}}\n{{"{key}": 2}}\n')
        for name in ("plan 2025.xlsx", "plan 2026.xlsx", "stock.xlsx"):
            (data / name).write_bytes(b"x")
        found = {(config["format"], config["file_glob"]) for config in configs(data).values()}
        assert found == {
            ("parquet", "a*.parquet"),
            ("parquet", "b1.parquet"),
            ("jsonl", "e*.jsonl"),
            ("jsonl", "f.jsonl"),
            ("excel", "plan 202*.xlsx"),
            ("excel", "stock.xlsx"),
        }

    def test_what_is_written_is_checked_and_loaded(self, data: Path) -> None:
        (data / "Kunden: neu.csv").write_text("id,name\n1,a\n2,b\n")
        (data / "orders.csv").write_text("id,sum\n1,3\n")
        made = ingest("init", "in", "--namespace", "raw")
        assert made.exit_code == 0, made.output
        assert "raw.kunden_neu" in made.stdout
        assert ingest("check").stdout == "floe.yaml: 2 sources, nothing wrong\n"
        loaded = json.loads(ingest("run", "--json").stdout)
        assert {(each["table"], each["rows"]) for each in loaded} == {
            ("raw.kunden_neu", 2),
            ("raw.orders", 1),
        }


class TestDatabase:
    def test_all_tables_are_loaded(self, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "shop.db")) as connection:
            connection.executescript(
                "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER); INSERT INTO a VALUES (7)"
            )
        assert ingest("init", f"sqlite:///{folder}/shop.db").exit_code == 0
        assert declared(folder)["sources"][0]["destination_table"] == "bronze.shop"
        loaded = json.loads(ingest("run", "--json").stdout)
        assert {each["table"]: each["rows"] for each in loaded} == {"bronze.a": 1, "bronze.b": 0}

    def test_a_password_goes_to_a_file_of_its_owner(self, folder: Path) -> None:
        (folder / ".env").write_text("OTHER=1")
        url = "postgresql://me:it's\\$x@db.example/shop-9"
        assert ingest("init", url).exit_code == 0
        text = (folder / "floe.yaml").read_text()
        assert "${SHOP_9_DATABASE_URL}" in text
        assert "it's" not in text
        assert dotenv_values(folder / ".env", interpolate=False) == {"OTHER": "1", "SHOP_9_DATABASE_URL": url}

    def test_the_file_is_made_for_its_owner_alone(self, folder: Path) -> None:
        assert ingest("init", "postgresql://me:x@db/shop").exit_code == 0
        assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_an_api_and_a_catalog_are_declared(folder: Path) -> None:
    made = ingest(
        "init",
        "https://api.example/v1/orders?x=1",
        "--catalog",
        "https://polaris.example/api/catalog",
        "--warehouse",
        "lake",
    )
    assert made.exit_code == 0
    found = declared(folder)
    assert found["catalog_config"] == {
        "type": "rest",
        "uri": "https://polaris.example/api/catalog",
        "warehouse": "lake",
    }
    assert found["sources"][0]["source_config"] == {"url": "https://api.example/v1/orders?x=1"}
    assert ingest("check", "--offline").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["in"], "no files of a known format"),
        (["s3://lake/x"], "is a bucket"),
        (["people", "--namespace", "a b"], "--namespace: 'a b'"),
    ],
)
def test_what_cannot_be_declared_is_said_and_nothing_is_written(
    folder: Path, arguments: list[str], said: str
) -> None:
    made = ingest("init", *arguments)
    assert made.exit_code == 2
    assert said in made.stderr
    assert not (folder / "floe.yaml").exists()


def test_a_declaration_that_is_there_stays(folder: Path) -> None:
    (folder / "floe.yaml").write_text(before := "sources: []\n")
    assert ingest("init", "people").exit_code == 2
    assert before == (folder / "floe.yaml").read_text()


def test_a_person_is_asked_and_has_tables_after_four_commands(data: Path, folder: Path) -> None:
    (data / "orders.csv").write_text("id,sum\n1,3\n2,4\n")
    code, shown = at_a_terminal(folder, ["init"], ["in", ""])
    assert code == 0, shown
    assert "What do you load?" in shown
    assert "bronze.orders: orders.csv" in shown
    for arguments, expected in (
        (["check"], "nothing wrong"),
        (["run"], "loaded"),
        (["status"], "bronze.orders"),
    ):
        code, shown = at_a_terminal(folder, arguments, [])
        assert code == 0, shown
        assert expected in shown
    assert [1, 2] == rows_in(folder / ".floe", "bronze.orders")
