"""Tables and queries of a database, from SQLite to the rows that a reader sees."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from tests.platforms import TABLE, Platform


def run(platform: Platform, *statements: str) -> None:
    with closing(sqlite3.connect(platform.folder / "source.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def load(platform: Platform, cursor: str | None = None, **source: Any) -> IngestionResult:
    config = {"connection_string": f"sqlite:///{platform.folder}/source.db", **source}
    options = {"cursor_field": cursor} if cursor else {}
    pipeline = platform.plugin.create_pipeline(
        IngestionConfig("sql_database", config | options, TABLE, write_mode=source.pop("mode", "append"))
    )
    return platform.plugin.run(pipeline)


def kinds(platform: Platform) -> dict[str, str]:
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name: str(field.field_type) for field in fields}


class TestTablesWithoutRows:
    def test_the_first_load_makes_the_table_with_its_columns(self, platform: Platform) -> None:
        run(
            platform, "CREATE TABLE x (id INTEGER NOT NULL, v TEXT, m DECIMAL(10, 2), d DECIMAL, at DATETIME)"
        )
        result = load(platform, table="x")
        assert (True, 0) == (result.success, result.rows_loaded)
        assert {
            "id": "long",
            "v": "string",
            "m": "decimal(10, 2)",
            "d": "decimal(38, 9)",
            "at": "timestamp",
        } == kinds(platform)
        assert [] == platform.rows()

    @pytest.mark.parametrize("cursor", [None, "id"])
    def test_rows_that_come_later_are_loaded(self, platform: Platform, cursor: str | None) -> None:
        run(platform, "CREATE TABLE x (id INTEGER, v TEXT)")
        assert load(platform, cursor, table="x").success
        assert load(platform, cursor, table="x").success
        run(platform, "INSERT INTO x VALUES (1, 'a')")
        assert 1 == load(platform, cursor, table="x").rows_loaded
        assert [{"id": 1, "v": "a"}] == platform.rows()

    def test_named_types_are_those_of_the_columns(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (id INTEGER, m DECIMAL)")
        assert load(platform, table="x", column_types={"m": "decimal128(38, 12)"}).success
        assert {"id": "long", "m": "decimal(38, 12)"} == kinds(platform)


class TestDecimals:
    @pytest.mark.parametrize("value", ["3.999", "'3.999'", "123456789.5", "'abc'"])
    def test_a_value_that_is_no_such_decimal_is_refused_and_not_rounded(
        self, platform: Platform, value: str
    ) -> None:
        run(platform, "CREATE TABLE x (id INTEGER, m DECIMAL(10, 2))", f"INSERT INTO x VALUES (1, {value})")
        (error,) = load(platform, table="x").errors
        assert "x, column m: " in error
        assert "column_types" in error
        assert value.strip("'") not in error

    def test_a_value_with_fewer_places_is_loaded(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (m DECIMAL(10, 2))", "INSERT INTO x VALUES (3), (3.99), (0.1), (NULL)")
        assert load(platform, table="x").success
        found = [row["m"] for row in platform.rows("m")]
        assert [Decimal("0.10"), Decimal("3.00"), Decimal("3.99"), None] == found

    def test_a_decimal_without_bounds_gets_the_places_that_it_needs(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (m DECIMAL)", "INSERT INTO x VALUES (0.123456789012)")
        assert load(platform, table="x").success
        assert ("decimal(38, 12)", [{"m": Decimal("0.123456789012")}]) == (
            kinds(platform)["m"],
            platform.rows(),
        )

    def test_later_loads_use_the_tables_type(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (m DECIMAL)", "INSERT INTO x VALUES (0.123456789012)")
        load(platform, table="x")
        run(platform, "DELETE FROM x", "INSERT INTO x VALUES (1.5)")
        assert load(platform, table="x").success
        assert {"m": "decimal(38, 12)"} == kinds(platform)

    def test_one_type_holds_for_all_batches_of_a_load_and_another_can_be_named(
        self, platform: Platform
    ) -> None:
        run(platform, "CREATE TABLE x (m DECIMAL)", "INSERT INTO x VALUES (1.5), (0.123456789012)")
        (error,) = load(platform, table="x", chunk_rows=1).errors
        assert "column m: a value does not fit into decimal128(38, 9)" in error
        assert "column_types" in error
        named = {"m": "decimal128(38, 12)"}
        assert load(platform, table="x", chunk_rows=1, column_types=named).success
        assert {"m": "decimal(38, 12)"} == kinds(platform)


class TestColumnTypes:
    @pytest.mark.parametrize(
        ("kind", "value", "iceberg", "expected"),
        [
            ("string", "7", "string", "7"),
            ("int64", "'12'", "long", 12),
            ("float64", "1", "double", 1.0),
            ("bool", "1", "boolean", True),
            ("decimal128(5, 1)", "1.5", "decimal(5, 1)", Decimal("1.5")),
            ("date32", "'2026-01-02'", "date", date(2026, 1, 2)),
        ],
    )
    def test_a_column_has_the_named_type(
        self, platform: Platform, kind: str, value: str, iceberg: str, expected: object
    ) -> None:
        run(platform, "CREATE TABLE x (v)", f"INSERT INTO x VALUES ({value}), ({value})")
        for what in ({"table": "x"}, {"query": "SELECT v FROM x"}):
            result = load(platform, column_types={"v": kind}, **what)
            assert result.success, result.errors
        assert {"v": iceberg} == kinds(platform)
        assert [{"v": expected}] * 4 == platform.rows()

    def test_a_value_that_does_not_fit_is_refused(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (v)", "INSERT INTO x VALUES ('secret')")
        (error,) = load(platform, table="x", column_types={"v": "int64"}).errors
        assert "column v" in error
        assert "secret" not in error

    def test_a_column_that_is_not_there_is_refused(self, platform: Platform) -> None:
        run(platform, "CREATE TABLE x (v)")
        (error,) = load(platform, table="x", column_types={"w": "string"}).errors
        assert "x has no column w; it has v" in error

    def test_an_unknown_type_is_refused_before_the_run(self, platform: Platform) -> None:
        with pytest.raises(ValueError, match="decimal128"):
            load(platform, table="x", column_types={"v": "numeric"})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM x -- all",
        "SELECT * FROM x;",
        "SELECT * FROM x ; -- all; rows\n",
        "SELECT * FROM x /* all */ ;;",
        "WITH y AS (SELECT * FROM x) SELECT * FROM y",
        "SELECT * FROM x ORDER BY u DESC",
        "SELECT * FROM x ORDER BY u LIMIT 100 -- most",
        "SELECT id, u, '-- ; 50%' AS t FROM x -- it's all",
        "SELECT id, u FROM x UNION ALL SELECT id, u FROM x WHERE 1 = 0",
    ],
)
def test_a_query_is_read_by_its_cursor_however_it_ends(platform: Platform, query: str) -> None:
    run(platform, "CREATE TABLE x (id INTEGER, u INTEGER)", "INSERT INTO x VALUES (1, 5)")
    assert 1 == load(platform, "u", query=query).rows_loaded
    run(platform, "INSERT INTO x VALUES (2, 6)")
    result = load(platform, "u", query=query)
    assert (True, 1) == (result.success, result.rows_loaded), result.errors
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


@pytest.mark.parametrize("what", [{"table": "x"}, {"query": "SELECT * FROM x"}])
def test_json_is_kept_as_it_is_written(platform: Platform, what: dict[str, str]) -> None:
    text = '{"a": 1.10,  "a": 12345678901234567.89}'
    run(platform, "CREATE TABLE x (v JSON)", f"INSERT INTO x VALUES ('{text}'), ('\"x\"'), ('null')")
    assert load(platform, **what).success
    assert sorted(['"x"', "null", text]) == [row["v"] for row in platform.rows("v")]


def test_the_schema_of_a_table_elsewhere_is_shown(platform: Platform) -> None:
    other = platform.folder / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE there (id INTEGER)")
    run(platform, "CREATE TABLE here (id INTEGER)")
    (error,) = load(platform, table="main.here").errors
    assert "Set schema to main and table to here" in error


@pytest.mark.parametrize("name", ["it's", 'q"q', "50%", "%(p)s", "a.b", "a\\b", "[x]", ":id", "名前", "'"])
def test_a_cursor_may_have_any_name(platform: Platform, name: str) -> None:
    quoted = name.replace('"', '""')
    run(platform, f'CREATE TABLE x (id INTEGER, "{quoted}" INTEGER)', "INSERT INTO x VALUES (1, 5)")
    assert 1 == load(platform, name, table="x").rows_loaded
    run(platform, "INSERT INTO x VALUES (2, 6)")
    assert 1 == load(platform, name, table="x").rows_loaded
    assert [1, 2] == [row["id"] for row in platform.rows("id")]
