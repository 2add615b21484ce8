from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.dlt.sources import csv_files, jsonl_files, open_resource, probe, source_fault
from floe_ingestion_dlt.adapters.dlt.sources.columns import NAMED_TYPES
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceType
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.file_options import TYPE_NAMES
from floe_ingestion_dlt.source_options import parse_source


def plan_of(path: Path | str, kind: str = "csv", **config: object) -> LoadPlan:
    parsed = parse_source(SourceType.FILESYSTEM, {"path": str(path), "format": kind, **config}, None)
    return LoadPlan(parsed.source, "files", TableName(("bronze",), "things"), Append())


def tables_of(plan: LoadPlan) -> list[pa.Table]:
    return list(open_resource(plan, None).unwrap())


def rows_of(plan: LoadPlan) -> list[dict[str, Any]]:
    return [row for table in tables_of(plan) for row in table.to_pylist()]


def failure_of(plan: LoadPlan, cursor: str | None = None) -> SourceFailed:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        list(open_resource(plan, cursor).unwrap())
    return source_fault(caught.value)


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    database = dlt.destinations.duckdb(str(tmp_path / "lake.duckdb"))
    return dlt.pipeline(
        "files", pipelines_dir=str(tmp_path / "dlt"), destination=database, dataset_name="bronze"
    )


def load(pipeline: dlt.Pipeline, plan: LoadPlan, cursor: str | None = None, **how: Any) -> None:
    pipeline.run(open_resource(plan, cursor).unwrap(), **how)


def loaded(pipeline: dlt.Pipeline, columns: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        found: Sequence[Any] = client.execute_sql(f"SELECT {columns} FROM things ORDER BY ALL") or []
        return [tuple(row) for row in found]


class TestCsv:
    def test_values_have_types(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(
            "id,price,at,day,name,ok\n1,2.5,2024-01-01T10:00:00.123Z,2024-01-02,x,true\n2,3,2024-01-01T11:00:00Z,2024-01-03,,false\n"
        )
        (table,) = tables_of(plan_of(tmp_path))
        assert [
            pa.int64(),
            pa.float64(),
            pa.timestamp("us", tz="UTC"),
            pa.date32(),
            pa.string(),
            pa.bool_(),
        ] == table.schema.types
        assert dt.datetime(2024, 1, 1, 10, 0, 0, 123000, tzinfo=dt.UTC) == table["at"][0].as_py()

    def test_files_come_in_order_of_path_from_all_folders(self, tmp_path: Path) -> None:
        for name in ("b/2.csv", "a/1.csv", "0.csv", "ignored.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(f"name\n{name}\n")
        assert [row["name"] for row in rows_of(plan_of(tmp_path))] == ["0.csv", "a/1.csv", "b/2.csv"]

    def test_a_path_may_be_one_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("id\n1\n")
        assert rows_of(plan_of(tmp_path / "a.txt")) == [{"id": 1}]

    def test_a_path_may_end_in_a_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id\n1\n")
        (tmp_path / "b.csv").write_text("id\n2\n")
        assert rows_of(plan_of(f"{tmp_path}/b*.csv")) == [{"id": 2}]

    def test_a_folder_named_like_a_pattern_is_taken_as_it_is(self, tmp_path: Path) -> None:
        for folder, number in (("[ab]", 1), ("a", 2)):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "x.csv").write_text(f"id\n{number}\n")
        assert rows_of(plan_of(tmp_path / "[ab]")) == [{"id": 1}]

    def test_a_url_may_be_of_any_file_system(self) -> None:
        with fsspec.filesystem("memory").open("/lake/in/a.csv", "w") as file:
            file.write("id\n7\n")
        assert rows_of(plan_of("memory://lake/in")) == [{"id": 7}]

    def test_a_compressed_file_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id\n1\n"))
        assert rows_of(plan_of(tmp_path, include_glob="*.csv.gz")) == [{"id": 1}]

    def test_leading_zeros_survive_as_a_string(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("zip\n01234\n")
        plan = plan_of(tmp_path, reader_options={"column_types": {"zip": "string"}})
        assert rows_of(plan) == [{"zip": "01234"}]

    def test_quoted_newlines_and_delimiters_survive(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id;note\n1;'a;b\nc'\n")
        plan = plan_of(tmp_path, reader_options={"delimiter": ";", "quote_char": "'"})
        assert rows_of(plan) == [{"id": 1, "note": "a;b\nc"}]

    def test_names_stand_in_for_a_header(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("1,x\n")
        plan = plan_of(tmp_path, reader_options={"has_header": False, "column_names": ["id", "name"]})
        assert rows_of(plan) == [{"id": 1, "name": "x"}]

    def test_names_replace_a_header(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("A,B\n1,x\n")
        plan = plan_of(tmp_path, reader_options={"column_names": ["id", "name"]})
        assert rows_of(plan) == [{"id": 1, "name": "x"}]

    def test_null_values_apply_to_texts(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,name\n1,-\n2,b\n")
        plan = plan_of(tmp_path, reader_options={"null_values": ["-"]})
        assert [row["name"] for row in rows_of(plan)] == [None, "b"]

    def test_an_empty_field_is_null_and_a_quoted_one_a_text(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('id,name,n\n1,,\n2,"",4\n3,NA,5\n')
        assert [(row["name"], row["n"]) for row in rows_of(plan_of(tmp_path))] == [
            (None, None),
            ("", 4),
            ("NA", 5),
        ]

    def test_another_encoding_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes("name\nZoë\n".encode("latin-1"))
        plan = plan_of(tmp_path, reader_options={"encoding": "latin-1"})
        assert rows_of(plan) == [{"name": "Zoë"}]
        assert "encoding" in failure_of(plan_of(tmp_path)).next_step

    def test_empty_files_and_bare_headers_have_no_rows(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("")
        (tmp_path / "b.csv").write_text("id\n")
        (tmp_path / "c.csv").write_text("id\n1\n")
        assert rows_of(plan_of(tmp_path)) == [{"id": 1}]

    def test_a_row_with_too_few_fields_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("a,b\n1,2\n3\n")
        fault = failure_of(plan_of(tmp_path))
        assert f"{tmp_path}/a.csv, row 3: 1 fields instead of 2" == fault.cause
        assert Category.PERMANENT is fault.category

    def test_a_later_value_of_another_type_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
        (tmp_path / "a.csv").write_text("id,n\n" + "1,2\n" * 50 + "1,ACME\n")
        fault = failure_of(plan_of(tmp_path))
        assert f"{tmp_path}/a.csv, row 52, column n: a value cannot be read as int64" == fault.cause
        assert "reader_options.column_types" in fault.next_step

    def test_another_file_of_another_type_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id\n1\n")
        (tmp_path / "b.csv").write_text("id\nx\n")
        assert failure_of(plan_of(tmp_path)).cause.startswith(f"{tmp_path}/b.csv, row 2, column id")

    def test_seconds_may_be_followed_by_fractions(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
        (tmp_path / "a.csv").write_text(
            "at\n" + "2024-01-01 00:00:00\n" * 20 + "2024-01-01 00:00:00.000001\n"
        )
        assert dt.datetime(2024, 1, 1, 0, 0, 0, 1) == rows_of(plan_of(tmp_path))[-1]["at"]  # noqa: DTZ001

    def test_a_column_without_a_value_yet_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
        (tmp_path / "a.csv").write_text("id,late\n" + "1,\n" * 100 + "2,x\n")
        tables = tables_of(plan_of(tmp_path))
        assert tables[0].column_names == ["id"]
        assert tables[-1].to_pylist()[-1] == {"id": 2, "late": "x"}

    def test_a_column_that_is_empty_in_one_file_takes_the_type_of_the_next(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,n\n1,\n")
        (tmp_path / "b.csv").write_text("id,n\n1,5\n")
        assert rows_of(plan_of(tmp_path)) == [{"id": 1}, {"id": 1, "n": 5}]

    def test_two_columns_of_one_name_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("a,a\n1,2\n")
        assert "more than one column named a" in failure_of(plan_of(tmp_path)).cause

    def test_a_type_for_a_column_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("a\n1\n")
        fault = failure_of(plan_of(tmp_path, reader_options={"column_types": {"b": "string"}}))
        assert "no column b; it has a" in fault.cause

    def test_late_columns_load(
        self, tmp_path: Path, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files, "BLOCK_BYTES", 64)
        (tmp_path / "a.csv").write_text("id,late\n" + "1,\n" * 100 + "2,x\n")
        load(pipeline, plan_of(tmp_path / "a.csv"))
        assert loaded(pipeline, "count(*), count(late)") == [(101, 1)]


class TestJsonl:
    def test_values_are_what_json_says(self, tmp_path: Path) -> None:
        row = {"id": 9007199254740993, "at": "2024-01-01", "zip": "007", "o": {"b": 1, "a": [1]}, "x": 1.5}
        (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n\n")
        assert [{**row, "o": '{"b": 1, "a": [1]}'}] == rows_of(plan_of(tmp_path, "jsonl"))

    def test_named_types_are_read_from_texts_and_numbers(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text(
            '{"at": "2024-01-01T00:00:00Z", "price": 1.10, "tag": 5, "w": 0.5}\n'
        )
        types = {"at": "timestamp[us, tz=UTC]", "price": "decimal128(10, 2)", "tag": "string"}
        (row,) = rows_of(plan_of(tmp_path, "jsonl", reader_options={"column_types": types}))
        expected = {
            "at": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
            "price": Decimal("1.10"),
            "tag": "5",
            "w": 0.5,
        }
        assert expected == row

    def test_a_broken_line_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": \n')
        assert f"{tmp_path}/a.jsonl, line 2 is not JSON" == failure_of(plan_of(tmp_path, "jsonl")).cause

    def test_a_line_that_is_no_object_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n[1]\n')
        assert "line 2 is not a JSON object" in failure_of(plan_of(tmp_path, "jsonl")).cause

    @pytest.mark.parametrize("lines_of_a_batch", [1, 100])
    def test_a_value_of_another_type_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines_of_a_batch: int
    ) -> None:
        monkeypatch.setattr(jsonl_files, "BATCH_LINES", lines_of_a_batch)
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2}\n{"id": "x"}\n')
        fault = failure_of(plan_of(tmp_path, "jsonl"))
        assert fault.cause.startswith(f"{tmp_path}/a.jsonl, line 3, column id: it ")
        assert "reader_options.column_types" in fault.next_step

    def test_a_fraction_after_integers_is_not_cut_off(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jsonl_files, "BATCH_LINES", 1)
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 1.5}\n')
        assert "line 2, column id: it is int64 but has floats" in failure_of(plan_of(tmp_path, "jsonl")).cause

    def test_an_integer_too_large_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 9223372036854775808}\n')
        assert "line 2, column id" in failure_of(plan_of(tmp_path, "jsonl")).cause

    def test_keys_may_come_and_go(
        self, tmp_path: Path, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jsonl_files, "BATCH_LINES", 1)
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2, "n": 5}\n{"id": 3, "n": null}\n{"n": 6}\n')
        load(pipeline, plan_of(tmp_path / "a.jsonl", "jsonl"))
        assert loaded(pipeline, "id, n") == [(1, None), (2, 5), (3, None), (None, 6)]


class TestParquet:
    def test_columns_can_be_chosen(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "a.parquet")
        assert rows_of(plan_of(tmp_path, "parquet", reader_options={"columns": ["b"]})) == [{"b": "x"}]
        fault = failure_of(plan_of(tmp_path, "parquet", reader_options={"columns": ["c"]}))
        assert "no column c; it has a, b" in fault.cause

    def test_a_damaged_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.parquet").write_bytes(b"PAR1 nonsense")
        assert f"{tmp_path}/a.parquet" in failure_of(plan_of(tmp_path, "parquet")).cause


class TestIncremental:
    def test_rows_that_share_the_last_value_load_once(self, tmp_path: Path, pipeline: dlt.Pipeline) -> None:
        file = tmp_path / "a.csv"
        file.write_text("id,at\n1,10\n2,20\n3,20\n")
        for _ in range(2):
            load(pipeline, plan_of(file), "at")
        assert loaded(pipeline, 'id, "at"') == [(1, 10), (2, 20), (3, 20)]
        file.write_text("id,at\n1,10\n2,20\n3,20\n4,20\n5,30\n0,5\n")
        load(pipeline, plan_of(file), "at")
        assert loaded(pipeline, 'id, "at"') == [(1, 10), (2, 20), (3, 20), (4, 20), (5, 30)]

    def test_a_new_version_of_a_row_with_the_last_value_is_merged(
        self, tmp_path: Path, pipeline: dlt.Pipeline
    ) -> None:
        file = tmp_path / "a.csv"
        for text in ("id,at,v\n1,10,a\n2,20,a\n", "id,at,v\n1,10,a\n2,20,b\n"):
            file.write_text(text)
            load(pipeline, plan_of(file), "at", write_disposition="merge", primary_key="id")
        assert loaded(pipeline, "id, v") == [(1, "a"), (2, "b")]

    def test_a_later_row_with_the_key_of_a_boundary_row_loads(
        self, tmp_path: Path, pipeline: dlt.Pipeline
    ) -> None:
        file = tmp_path / "a.csv"
        for text in ("id,at\n2,20\n", "id,at\n2,20\n2,30\n"):
            file.write_text(text)
            load(pipeline, plan_of(file), "at", write_disposition="append", primary_key="id")
        assert loaded(pipeline, 'id, "at"') == [(2, 20), (2, 30)]

    def test_a_missing_cursor_is_named_with_the_columns_there_are(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,name\n1,x\n")
        fault = failure_of(plan_of(tmp_path), "updated_at")
        assert "the cursor updated_at is not in" in fault.cause
        assert fault.cause.endswith("which has id, name")
        assert Category.CONFIGURATION is fault.category

    def test_a_null_cursor_is_refused(self, tmp_path: Path, pipeline: dlt.Pipeline) -> None:
        (tmp_path / "a.csv").write_text("id,at\n1,\n2,3\n")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
            load(pipeline, plan_of(tmp_path / "a.csv"), "at")
        assert "the cursor at is null in a row" in source_fault(caught.value).cause

    def test_a_cursor_with_a_space_in_its_name_works(self, tmp_path: Path, pipeline: dlt.Pipeline) -> None:
        (tmp_path / "a.csv").write_text("id,Updated At\n1,5\n")
        for _ in range(2):
            load(pipeline, plan_of(tmp_path / "a.csv"), "Updated At")
        assert loaded(pipeline, "id, updated_at") == [(1, 5)]


class TestPlace:
    def test_an_absolute_path_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        plan = plan_of(tmp_path / "gone")
        for fault in (probe(plan.source, 5).failure(), failure_of(plan)):
            assert isinstance(fault, SourceFailed)
            assert f"{tmp_path}/gone does not exist" == fault.cause
            assert Category.PERMANENT is fault.category

    def test_a_relative_path_is_not_probed(self) -> None:
        assert Success(None) == probe(plan_of("no/such/folder").source, 5)

    def test_an_empty_folder_is_fine(self, tmp_path: Path) -> None:
        assert Success(None) == probe(plan_of(tmp_path).source, 5)
        assert tables_of(plan_of(tmp_path)) == []

    def test_a_bucket_out_of_reach_is_transient_and_shows_no_secret(self) -> None:
        secret = Secret(
            json.dumps(
                {
                    "aws_access_key_id": "AKIA",
                    "aws_secret_access_key": "hush",
                    "endpoint_url": "http://127.0.0.1:9",
                    "region_name": "us-east-1",
                }
            )
        )
        parsed = parse_source(SourceType.FILESYSTEM, {"bucket_url": "s3://b/x", "format": "csv"}, secret)
        answer = probe(parsed.source, 1)
        assert isinstance(answer, Failure)
        assert Category.TRANSIENT is answer.failure().category
        assert "hush" not in repr(answer) + repr(parsed)

    def test_the_types_that_can_be_named_are_known_here(self) -> None:
        assert set(TYPE_NAMES) == set(NAMED_TYPES)
