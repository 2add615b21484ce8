from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest
import sqlalchemy as sa
from returns.result import Success
from sqlalchemy.dialects import mysql

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources, source_types
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.adapters.sources.sql_database.rows import arrow_type
from floe_ingestion_dlt.domain.faults import Category, Invalid, MissingPackage, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.library_errors.source_errors import fault_of, source_fault
from tests.sources import open_resource, probe

TYPES = """
CREATE TABLE things (
    id INTEGER PRIMARY KEY, name VARCHAR(20), price NUMERIC(10, 2), at DATETIME, day DATE, ok BOOLEAN, raw BLOB,
    ratio FLOAT, tags JSON, never VARCHAR
)"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "source.db"
    run(path, TYPES)
    run(
        path,
        "INSERT INTO things VALUES (1, 'a', 1.10, '2024-01-01 10:00:00.000001', '2024-01-01', 1, x'00ff', 0.5,"
        " '{\"a\": [1]}', NULL), (2, 'b', NULL, '2024-01-02 10:00:00.000000', NULL, 0, NULL, NULL, NULL, NULL)",
    )
    return path


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    lake = dlt.destinations.duckdb(str(tmp_path / "lake.duckdb"))
    return dlt.pipeline("sql", pipelines_dir=str(tmp_path / "dlt"), destination=lake, dataset_name="bronze")


def run(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def plan_of(path: Path | str, **config: object) -> LoadPlan:
    config = config or {"table": "things"}
    parsed = parse_source(SQL_DATABASE, {"connection_string": f"sqlite:///{path}", **config}, None)
    return LoadPlan(parsed.source, parsed.source.resources[0], TableName(("bronze",), "copied"), Append())


def tables_of(plan: LoadPlan) -> list[pa.Table]:
    return list(open_resource(plan, None).unwrap())


def failure_of(plan: LoadPlan, cursor: str | None = None) -> SourceFailed:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        list(open_resource(plan, cursor).unwrap())
    return source_fault(caught.value)


def load(pipeline: dlt.Pipeline, plan: LoadPlan, cursor: str) -> None:
    pipeline.run(open_resource(plan, cursor).unwrap())


def loaded(pipeline: dlt.Pipeline, columns: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        found: Sequence[Any] = client.execute_sql(f"SELECT {columns} FROM copied ORDER BY ALL") or []
        return [tuple(row) for row in found]


class TestTypes:
    def test_a_table_has_the_types_of_the_database(self, database: Path) -> None:
        (table,) = tables_of(plan_of(database))
        expected = {
            "id": pa.int64(),
            "name": pa.string(),
            "price": pa.decimal128(10, 2),
            "at": pa.timestamp("us"),
            "day": pa.date32(),
            "ok": pa.bool_(),
            "raw": pa.binary(),
            "ratio": pa.float64(),
            "tags": pa.string(),
        }
        assert expected == {field.name: field.type for field in table.schema if field.name in expected}
        assert {
            "id": 1,
            "name": "a",
            "price": Decimal("1.10"),
            "at": dt.datetime(2024, 1, 1, 10, 0, 0, 1),  # noqa: DTZ001
            "day": dt.date(2024, 1, 1),
            "ok": True,
            "raw": b"\x00\xff",
            "ratio": 0.5,
            "tags": '{"a": [1]}',
            "never": None,
        } == table.to_pylist()[0]

    def test_every_batch_has_the_same_types(self, database: Path) -> None:
        # tables with other types would not be one
        (table,) = tables_of(plan_of(database, table="things", chunk_rows=1))
        assert (2, 2) == (len(table), table.column("id").num_chunks)

    def test_a_query_has_the_types_of_its_values(self, database: Path) -> None:
        plan = plan_of(
            database, query="SELECT id, name, price, 'at 10:30::x' AS note FROM things ORDER BY id;"
        )
        (table,) = tables_of(plan)
        assert [pa.int64(), pa.string(), pa.float64(), pa.string()] == table.schema.types
        assert table.to_pylist()[0] == {"id": 1, "name": "a", "price": 1.1, "note": "at 10:30::x"}

    def test_a_value_of_another_type_is_named(self, database: Path) -> None:
        plan = plan_of(database, query="SELECT 1 AS n UNION ALL SELECT 'x'", chunk_rows=1)
        fault = failure_of(plan)
        assert fault.message == "the source failed: query, column n: it is int64 but has texts"
        assert "CAST" in fault.next_step

    def test_a_fraction_after_integers_is_not_cut_off(self, database: Path) -> None:
        plan = plan_of(database, query="SELECT 1 AS n UNION ALL SELECT 1.5", chunk_rows=1)
        assert "column n: it is int64 but has floats" in failure_of(plan).cause

    def test_a_column_whose_first_value_comes_late_is_loaded(self, database: Path) -> None:
        plan = plan_of(database, query="SELECT 1 AS id, NULL AS v UNION ALL SELECT 2, 'x'", chunk_rows=1)
        assert [row for t in tables_of(plan) for row in t.to_pylist()] == [{"id": 1}, {"id": 2, "v": "x"}]

    def test_two_columns_of_one_name_are_refused(self, database: Path) -> None:
        plan = plan_of(database, query="SELECT a.id, b.id FROM things a JOIN things b ON a.id = b.id")
        assert "more than one column named id" in failure_of(plan).cause

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (sa.SmallInteger(), pa.int64()),
            (sa.Numeric(), pa.decimal128(38, 9)),
            (sa.Numeric(60, 2), pa.decimal128(38, 9)),
            (sa.Numeric(asdecimal=False), pa.float64()),
            (sa.Double(), pa.float64()),
            (sa.DateTime(timezone=True), pa.timestamp("us", tz="UTC")),
            (sa.Time(), pa.time64("us")),
            (sa.Uuid(), pa.string()),
            (sa.Time(timezone=True), pa.string()),
            (sa.Interval(), pa.string()),
            (mysql.DOUBLE(asdecimal=True), pa.float64()),
            (sa.types.NullType(), None),
        ],
    )
    def test_each_sql_type_has_one_arrow_type(
        self, kind: sa.types.TypeEngine[Any], expected: pa.DataType | None
    ) -> None:
        assert expected == arrow_type(kind)


class TestIncremental:
    @pytest.mark.parametrize(
        "config", [{"table": "things"}, {"query": "SELECT id, at, ':x::y %s' AS note FROM things"}]
    )
    def test_rows_that_share_the_last_value_load_once(
        self, database: Path, pipeline: dlt.Pipeline, config: dict[str, object]
    ) -> None:
        plan = plan_of(database, **config)
        for _ in range(2):
            load(pipeline, plan, "at")
        assert loaded(pipeline, "id") == [(1,), (2,)]
        run(
            database,
            "INSERT INTO things (id, at) VALUES (3, '2024-01-02 10:00:00.000000'), (4, '2025-01-01 00:00:00.000000'), (5, '2020-01-01 00:00:00.000000')",
        )
        load(pipeline, plan, "at")
        assert loaded(pipeline, "id") == [(1,), (2,), (3,), (4,)]

    def test_the_database_is_asked_for_new_rows_only(self, database: Path, pipeline: dlt.Pipeline) -> None:
        plan = plan_of(database)
        load(pipeline, plan, "id")
        run(database, "UPDATE things SET price = 'no number' WHERE id = 1")
        run(database, "INSERT INTO things (id) VALUES (3)")
        load(pipeline, plan, "id")
        assert loaded(pipeline, "id") == [(1,), (2,), (3,)]

    def test_a_null_cursor_is_refused_in_later_loads_too(
        self, database: Path, pipeline: dlt.Pipeline
    ) -> None:
        load(pipeline, plan_of(database), "at")
        run(database, "INSERT INTO things (id, at) VALUES (3, NULL)")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
            load(pipeline, plan_of(database), "at")
        assert "the cursor at is null in a row" in source_fault(caught.value).cause

    @pytest.mark.parametrize("config", [{"table": "things"}, {"query": "SELECT id, name FROM things"}])
    def test_a_missing_cursor_is_named_with_the_columns_there_are(
        self, database: Path, config: dict[str, object]
    ) -> None:
        fault = failure_of(plan_of(database, **config), "updated_at")
        assert "the column updated_at is not in" in fault.cause
        assert "which has id, name" in fault.cause


class TestConnection:
    def test_a_database_that_answers_is_reached(self, database: Path) -> None:
        assert Success(None) == probe(plan_of(database).source, 5)

    def test_dlts_own_configuration_has_the_connection(
        self, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = parse_source(SQL_DATABASE, {"table": "things"}, None)
        fault = probe(parsed.source, 5).failure()
        assert Category.CONFIGURATION is fault.category
        monkeypatch.setenv("SOURCES__SQL_DATABASE__CREDENTIALS", f"sqlite:///{database}")
        assert Success(None) == probe(parsed.source, 5)

    def test_a_file_in_a_folder_that_is_not_there_is_a_wrong_setting(self, tmp_path: Path) -> None:
        fault = probe(plan_of(tmp_path / "no" / "folder.db").source, 5).failure()
        assert Category.CONFIGURATION is fault.category

    def test_a_file_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        path = tmp_path / "misspelt.db"
        fault = probe(plan_of(path).source, 5).failure()
        assert isinstance(fault, SourceFailed)
        assert f"the database {path} does not exist" == fault.cause
        assert not path.exists()

    def test_a_missing_table_is_told_with_those_there_are(self, database: Path) -> None:
        run(database, "CREATE VIEW recent AS SELECT * FROM things")
        fault = failure_of(plan_of(database, table="thing"))
        assert Category.CONFIGURATION is fault.category
        assert "there is no table thing in the database, which has things, recent" == fault.cause

    @pytest.mark.parametrize(("column", "value"), [("at", "01/02/2024"), ("day", "soon")])
    def test_a_value_that_is_not_of_its_columns_type_is_told_with_the_column(
        self, tmp_path: Path, column: str, value: str
    ) -> None:
        kinds = {"at": "DATETIME", "day": "DATE"}
        run(tmp_path / "odd.db", f"CREATE TABLE things (id INTEGER, {column} {kinds[column]})")
        run(tmp_path / "odd.db", f"INSERT INTO things VALUES (1, '{value}')")
        fault = failure_of(plan_of(tmp_path / "odd.db"))
        assert f"things, column {column}: a value does not match the column's type" in fault.cause
        assert "CAST" in fault.next_step

    def test_a_text_that_is_not_in_utf8_is_no_passing_fault(self, database: Path) -> None:
        run(database, "UPDATE things SET name = CAST(x'ff41' AS TEXT)")
        fault = failure_of(plan_of(database, table="things"))
        assert (Category.PERMANENT, "things: a text is not in UTF-8") == (fault.category, fault.cause)

    def test_a_dialect_that_nobody_knows_is_told_by_its_name(self) -> None:
        address = {"connection_string": "postgrs://u:hush@h/d", "table": "t"}
        fault = probe(parse_source(SQL_DATABASE, address, None).source, 5).failure()
        assert isinstance(fault, Invalid)
        assert "postgrs://..." == fault.given

    def test_a_missing_driver_comes_with_its_install_command(self) -> None:
        parsed = parse_source(SQL_DATABASE, {"connection_string": "oracle://u:hush@h/d", "table": "t"}, None)
        fault = probe(parsed.source, 5).failure()
        assert isinstance(fault, MissingPackage)
        assert fault.install == "pip install oracledb"

    def test_an_installed_driver_without_its_library_is_not_to_be_installed_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = "libodbc.so.2: cannot open shared object file: No such file or directory"
        (tmp_path / "pyodbc.py").write_text(f"raise ImportError({text!r}, name='pyodbc', path='pyodbc.so')")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "pyodbc", raising=False)
        address = {"connection_string": "mssql+pyodbc://u:hush@h/d?driver=x", "table": "t"}
        fault = probe(parse_source(SQL_DATABASE, address, None).source, 5).failure()
        assert "the package pyodbc needs the package libodbc.so.2, which is not installed" in fault.message
        assert "package of your system" in fault.next_step

    def test_an_unreadable_connection_shows_no_secret(self) -> None:
        parsed = parse_source(SQL_DATABASE, {"connection_string": "nodb://u:hush@h:x/d", "table": "t"}, None)
        fault = probe(parsed.source, 5).failure()
        assert Category.CONFIGURATION is fault.category
        assert "hush" not in repr(fault) + repr(parsed)

    def test_a_failing_statement_shows_no_values(self, database: Path) -> None:
        fault = failure_of(plan_of(database, query="SELECT * FROM gone WHERE x = 'hush'"))
        assert "hush" not in fault.cause
        assert Category.CONFIGURATION is fault.category

    @pytest.mark.parametrize("kind", source_types())
    def test_what_a_source_needs_is_installed(self, kind: str) -> None:
        assert Success(None) == RegisteredSources().check_packages(kind)

    def test_a_missing_module_is_told_as_a_missing_package(self) -> None:
        fault = fault_of(ModuleNotFoundError("no", name="s3fs.core"))
        assert getattr(fault, "install", None) == "pip install s3fs"
