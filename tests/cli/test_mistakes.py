"""Mistakes in a declaration: `floe-ingest` names the field or place, what was given, and what would be right."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.cli.declared import ingest

FILES: Final = {
    "name": "shop",
    "source_type": "filesystem",
    "source_config": {"path": "people", "format": "csv"},
    "destination_table": "bronze.shop",
}
DATABASE: Final = {"connection_string": "sqlite:///shop.db", "table": "customers"}
CATALOG: Final = {"type": "sql", "uri": "sqlite:///catalog.db", "warehouse": "lake"}
CLIENT: Final = {"base_url": "http://127.0.0.1:9/"}


def of_files(**config: Any) -> dict[str, Any]:
    return FILES | {"source_config": {**FILES["source_config"], **config}}  # type: ignore[dict-item]


def of_database(**config: Any) -> dict[str, Any]:
    given = {key: value for key, value in {**DATABASE, **config}.items() if value is not None}
    return FILES | {"source_type": "sql_database", "source_config": given}


def of_api(**config: Any) -> dict[str, Any]:
    return FILES | {"source_type": "rest_api", "source_config": config}


def one_resource(endpoint: Mapping[str, Any], **client: Any) -> dict[str, Any]:
    return of_api(client={**CLIENT, **client}, resources=[{"name": "x", "endpoint": endpoint}])


# What is declared, and what has to be said: the field as it is written, what was given, and the cure.
OF_SETTINGS: Final[Mapping[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "a field of a source": (FILES | {"write_mod": "append"}, ("shop.write_mod", "did you mean write_mode?")),
    "a field of source_config": (of_files(fmt="csv"), ("source_config.fmt", "format")),
    "a format as type": (FILES | {"source_type": "csv"}, ("source_type", "'csv'", "filesystem")),
    "a database as type": (
        FILES | {"source_type": "postgres"},
        ("source_type", "'postgres'", "sql_database"),
    ),
    "a write mode": (
        FILES | {"write_mode": "overwrite"},
        ("shop.write_mode", "'overwrite'", "append, replace, merge"),
    ),
    "a merge without a key": (
        FILES | {"write_mode": "merge"},
        ("shop.primary_key", "missing", "identify a row"),
    ),
    "a text in place of options": (
        FILES | {"source_config": "files"},
        ("source_config", "a mapping is needed", "a text was given"),
    ),
    "a table without a namespace": (
        FILES | {"destination_table": "orders"},
        ("destination_table", "'orders'", "bronze."),
    ),
    "a table with blanks": (
        FILES | {"destination_table": "my schema.my table"},
        ("destination_table", "'my schema.my table'"),
    ),
    "a format that is a file's ending": (
        of_files(format="xlsx"),
        ("source_config.format", "'xlsx'", "did you mean excel?"),
    ),
    "a type of a column": (
        of_files(reader_options={"column_types": {"id": "int"}}),
        ("column_types.id", "int64"),
    ),
    "an option of a reader": (
        of_files(reader_options={"delimter": ";"}),
        ("reader_options.delimter", "delimiter?"),
    ),
    "a table and a query": (of_database(query="select 1"), ("table, query", "exactly one")),
    "an address without base_url": (
        of_api(client={"baseurl": "http://x/"}, resources=["x"]),
        ("client.base_url", "baseurl is no option"),
    ),
    "a setting of another tool": (of_files(initial_value=1), ("source_config.initial_value", "use one of")),
    "a variable that is not set": (
        of_files(path="${NOWHERE}/x"),
        ("source_config.path", "NOWHERE is not set", "${NOWHERE:-default}"),
    ),
}
OF_THE_WHOLE: Final[Mapping[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "a field": ({"catalog": CATALOG, "catalog_config": None}, ("catalog:", "did you mean catalog_config?")),
    "retries": (
        {"retry_config": {"max_retries": "many"}},
        ("retry_config.max_retries", "'many'", "such as 3"),
    ),
    "sources as a mapping": ({"sources": {"a": {}}}, ("sources:", "a list is needed", "a mapping was given")),
    "no source": ({"sources": []}, ("no sources are declared", "Add one to sources")),
    "one table twice": (
        {"sources": [FILES, FILES | {"name": "other"}]},
        ("floe.yaml:", "sources:", "'bronze.shop'", "shop and other"),
    ),
    "tables that differ by case": (
        {"sources": [FILES, FILES | {"name": "other", "destination_table": "Bronze.shop"}]},
        ("'Bronze.shop'", "case"),
    ),
    "one name twice": (
        {"sources": [FILES, FILES | {"destination_table": "bronze.x"}]},
        ("sources:", "shop is at the positions 0 and 1", "a name of its own"),
    ),
    "a property of the catalog": (
        {"catalog_config": {**CATALOG, "s3.acces-key-id": "x"}},
        ("catalog_config", "s3.acces-key-id", "s3.access-key-id is"),
    ),
    "the warehouse of the catalog": (
        {"catalog_config": {"type": "sql", "uri": "sqlite:///c.db", "warehose": "x"}},
        ("warehose", "warehouse is"),
    ),
    "a type of catalog": (
        {"catalog_config": {**CATALOG, "type": "sqlite"}},
        ("catalog_config.type", "'sqlite'", "to sql"),
    ),
    "a variable of the catalog": (
        {"catalog_config": {"uri": "${POLARIS_URI}"}},
        ("catalog_config.uri", "POLARIS_URI is not set"),
    ),
}
# What only a look at the source shows; the exit code of `run` is 1, or 75 if it may pass.
OF_SOURCES: Final[Mapping[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "a folder": (of_files(path="nowhere"), ("nowhere does not exist", "Set path")),
    "a home folder": (of_files(path="~/files"), ("~/files does not exist", "~ is the home folder")),
    "a pattern": (of_files(file_glob="*.cvs"), ("*.cvs", "1 file was skipped")),
    "an encoding": (of_files(path="latin"), ("1.csv, row 2, column name", "Set reader_options.encoding")),
    "an array of JSON": (
        of_files(path="array", format="jsonl", file_glob="*.json"),
        ("line 1 begins a JSON array", "Set format to json"),
    ),
    "a table": (of_database(table="customerz"), ("customerz", "which has customers", "Set table")),
    "a query": (of_database(table=None, query="selec 1"), ("query:", "selec", "Correct query")),
    "a condition": (of_database(where="nam = 1"), ("nam", "Correct where")),
    "a file of a database": (
        of_database(connection_string="sqlite:///gone.db"),
        ("gone.db does not exist", "Set connection_string"),
    ),
    "a cursor of a file": (
        FILES | {"cursor_field": "updated"},
        ("updated", "which has id, name", "Set cursor_field"),
    ),
    "a cursor of a table": (
        of_database() | {"cursor_field": "updated"},
        ("updated", "which has id", "Set cursor_field"),
    ),
    "a key": (FILES | {"write_mode": "merge", "primary_key": "nope"}, ("primary_key", "'nope'", "id, name")),
    "a key without merge": (
        FILES | {"primary_key": "nope"},
        ("primary_key (nope) is not used", "set write_mode to merge"),
    ),
    "a delimiter": (of_files(path="semicolons"), ("one column", "set reader_options.delimiter to ';'")),
    "a scheme": (
        of_database(connection_string="postgres://h/d"),
        ("connection_string", "'postgres://...'", "postgresql://"),
    ),
    "a driver": (
        of_database(connection_string="postgresql+asyncfoo://h/d"),
        ("no driver asyncfoo", "postgresql+psycopg://"),
    ),
    "a dialect": (
        of_database(connection_string="snowflake://h/d"),
        ("the package snowflake-sqlalchemy", "pip install"),
    ),
    "a host of a database": (
        of_database(connection_string="postgresql://u:zqHush@127.0.0.1:1/d"),
        ("127.0.0.1", "port 1", "reachable"),
    ),
    "a host of an API": (
        of_api(url="http://nohost.invalid/x"),
        ("http://nohost.invalid/", "no address is known", "Check the host's name"),
    ),
    "a paginator": (
        of_api(url="http://127.0.0.1:9/x", paginator={"type": "pages"}),
        ("source_config.paginator", "'pages'", "page_number"),
    ),
    "a field of a client": (
        one_resource({"path": "x"}, header={}),
        ("source_config.client", "'header'", "headers"),
    ),
    "a field of an endpoint": (one_resource({"pth": "x"}), ("resources[0].endpoint", "'pth'", "path")),
    "a kind of auth": (
        one_resource({"path": "x"}, auth={"type": "barer"}),
        ("client.auth.type", "'barer'", "bearer"),
    ),
    "a field of auth": (
        one_resource({"path": "x"}, auth={"type": "bearer", "tokn": "zqHush"}),
        ("client.auth", "'tokn'", "token"),
    ),
    "a bucket without keys": (
        of_files(path="s3://bucket/x"),
        (
            "credentials is missing",
            "aws_access_key_id",
            "beside source_config",
            "SOURCES__FILESYSTEM__CREDENTIALS__AWS_ACCESS_KEY_ID",
        ),
    ),
    "keys that are none": (
        of_files(path="s3://b/x") | {"credentials": "zqHush"},
        ("credentials is not valid", "a mapping beside source_config"),
    ),
}


@pytest.fixture(autouse=True)
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.delenv("POLARIS_URI", raising=False)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    for name, file, content in (
        ("latin", "1.csv", "id,name\n1,\u00e9\n".encode("latin-1")),
        ("array", "1.json", b'[{"id": 1}]'),
        ("semicolons", "1.csv", b"id;name\n1;a\n"),
    ):
        (folder / name).mkdir()
        (folder / name / file).write_bytes(content)
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
        connection.commit()


def declare(folder: Path, source: object, **others: object) -> None:
    settings = {"catalog_config": CATALOG, "pipelines_dir": "p", "retry_config": {"max_retries": 0}}
    given = {**settings, "sources": [source], **others}
    (folder / "floe.yaml").write_text(
        yaml.safe_dump({name: value for name, value in given.items() if value is not None})
    )


def check_words(said: str, expected: tuple[str, ...]) -> None:
    assert [] == [part for part in expected if part not in said], said
    strange = ("pydantic.dev", "type=", "Value error", "what was given", "Traceback", "zqHush")
    assert [] == [part for part in strange if part in said], said


@pytest.mark.parametrize("mistake", OF_SETTINGS)
def test_a_wrong_source_is_said_before_anything_is_read(folder: Path, mistake: str) -> None:
    source, expected = OF_SETTINGS[mistake]
    declare(folder, source)
    found = ingest("check", "--offline")
    assert (2, "") == (found.exit_code, found.stdout)
    check_words(found.stderr, ("floe.yaml:", "sources[0].shop", *expected))
    assert found.stderr == ingest("run").stderr
    assert not (folder / "catalog.db").exists()


@pytest.mark.parametrize("mistake", OF_THE_WHOLE)
def test_a_wrong_declaration_is_said_before_anything_is_read(folder: Path, mistake: str) -> None:
    changed, expected = OF_THE_WHOLE[mistake]
    declare(folder, FILES, **changed)
    found = ingest("check", "--offline")
    assert (2, "") == (found.exit_code, found.stdout)
    check_words(found.stderr, ("floe.yaml:", *expected))


@pytest.mark.parametrize("mistake", OF_SOURCES)
def test_what_is_wrong_in_a_source_is_said_by_a_run(folder: Path, mistake: str) -> None:
    source, expected = OF_SOURCES[mistake]
    declare(folder, source)
    found = ingest("run")
    said = " ".join(found.stdout.split())
    check_words(said, ("bronze.shop:", *expected))
    assert "" == found.stderr


def test_a_table_that_cannot_have_its_name_in_the_catalog_is_said_in_words(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.execute('CREATE TABLE "Odd Table!" (id INTEGER)')
    (folder / "floe.yaml").write_text(
        "sources:\n  - name: shop\n    source_type: sql_database\n    destination_table: bronze.shop\n"
        "    source_config: {connection_string: 'sqlite:///shop.db', tables: '*'}\n"
    )
    for command in ("check", "plan", "run"):
        found = ingest(command)
        assert found.exit_code != 0
        assert "Odd Table!" in found.output
        assert "validation error" not in found.output
        assert "[type=" not in found.output
