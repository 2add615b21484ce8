from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.sources.column_types import TYPE_NAMES
from floe_ingestion_dlt.adapters.sources.columns import NAMED_TYPES
from floe_ingestion_dlt.adapters.sources.filesystem import jsonl_files
from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.library_errors.causes import causes
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from floe_ingestion_dlt.ports.source import NothingToReadError
from tests.misbehaving.server import MisbehavingServer, Status
from tests.sources import probe
from tests.unit.adapters.file_plans import failure_of, load, loaded, plan_of, rows_of, tables_of


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

    @pytest.mark.parametrize("lines_of_a_batch", [1, 2, 100])
    def test_a_value_of_another_type_stands_beside_the_column(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines_of_a_batch: int
    ) -> None:
        monkeypatch.setattr(jsonl_files, "BATCH_LINES", lines_of_a_batch)
        (tmp_path / "a.jsonl").write_text('{"n": 0, "id": 1}\n{"n": 1, "id": "x"}\n{"n": 2, "id": 3}\n')
        rows = rows_of(plan_of(tmp_path, "jsonl"))
        if lines_of_a_batch == 1:
            assert [{"n": 0, "id": 1}, {"n": 1, "id": "x"}, {"n": 2, "id": 3}] == rows
        else:
            assert [(1, None), (None, "x"), (3, None)] == [(r.get("id"), r.get("id__v_text")) for r in rows]

    @pytest.mark.parametrize("lines_of_a_batch", [1, 100])
    def test_a_value_that_does_not_fit_into_a_named_type_is_refused_with_its_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines_of_a_batch: int
    ) -> None:
        monkeypatch.setattr(jsonl_files, "BATCH_LINES", lines_of_a_batch)
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2}\n{"id": "x"}\n')
        fault = failure_of(plan_of(tmp_path, "jsonl", reader_options={"column_types": {"id": "int64"}}))
        assert fault.cause.startswith(f"{tmp_path}/a.jsonl, line 3, column id: ")
        assert "reader_options.column_types" in fault.next_step

    def test_an_integer_of_more_than_64_bits_is_exact(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 9223372036854775808}\n')
        assert [{"id": Decimal(1)}, {"id": Decimal(2**63)}] == rows_of(plan_of(tmp_path, "jsonl"))

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
        assert "the column updated_at is not in" in fault.cause
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
            assert Category.CONFIGURATION is fault.category

    def test_a_relative_path_is_not_probed(self) -> None:
        assert Success(None) == probe(plan_of("no/such/folder").source, 5)

    def test_an_empty_folder_is_there_but_says_nothing_of_rows(self, tmp_path: Path) -> None:
        assert Success(None) == probe(plan_of(tmp_path).source, 5)
        with pytest.raises(Exception, match=r"no files that match \*\*/\*\.csv") as caught:
            tables_of(plan_of(tmp_path))
        assert any(isinstance(link, NothingToReadError) for link in causes(caught.value))

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
        parsed = parse_source(FILESYSTEM, {"bucket_url": "s3://b/x", "format": "csv"}, secret)
        answer = probe(parsed.source, 1)
        assert isinstance(answer, Failure)
        assert Category.TRANSIENT is answer.failure().category
        assert "hush" not in repr(answer) + repr(parsed)

    def test_the_types_that_can_be_named_are_known_here(self) -> None:
        assert set(TYPE_NAMES) == set(NAMED_TYPES)


class TestHttp:
    def test_a_file_at_a_signed_address_is_read(self) -> None:
        with MisbehavingServer(Status(200, b"id,name\n1,ann\n")) as server:
            plan = plan_of(f"{server.url}/orders.csv?X-Amz-Signature=5ecre7")
            assert Success(None) == probe(plan.source, 10.0)
            assert [{"id": 1, "name": "ann"}] == rows_of(plan)

    def test_a_file_that_is_not_there_is_told_without_its_signature(self) -> None:
        with MisbehavingServer(Status(404)) as server:
            fault = probe(plan_of(f"{server.url}/orders.csv?X-Amz-Signature=5ecre7").source, 10.0).failure()
        assert "orders.csv" in fault.message
        assert "5ecre7" not in fault.message
