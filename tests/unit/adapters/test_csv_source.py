from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import dlt
import fsspec
import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.sources.filesystem import csv_files
from floe_ingestion_dlt.domain.faults import Category
from tests.unit.adapters.file_plans import failure_of, load, loaded, plan_of, rows_of, tables_of


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
        fault = failure_of(plan_of(tmp_path))
        assert "a.csv, row 2, column name: a text is not in utf-8" in fault.cause
        assert "reader_options.encoding" in fault.next_step

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

    def test_a_later_value_that_does_not_fit_into_a_named_type_is_refused_with_its_row(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text("id,n\n" + "1,2\n" * 50 + "1,ACME\n")
        fault = failure_of(plan_of(tmp_path, reader_options={"column_types": {"n": "int64"}}))
        assert f"{tmp_path}/a.csv, row 52, column n: a value cannot be read as int64" == fault.cause
        assert "reader_options.column_types" in fault.next_step

    def test_a_later_value_of_another_type_stands_beside_the_column(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text("id,n\n" + "1,2\n" * 50 + "1,ACME\n1,3\n")
        rows = rows_of(plan_of(tmp_path))
        values = [row.get("n", row.get("n__v_text")) or row.get("n__v_text") for row in rows]
        assert [*[2] * 50, "ACME", 3] == values

    def test_seconds_may_be_followed_by_fractions(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text(
            "at\n" + "2024-01-01 00:00:00\n" * 20 + "2024-01-01 00:00:00.000001\n"
        )
        assert dt.datetime(2024, 1, 1, 0, 0, 0, 1) == rows_of(plan_of(tmp_path))[-1]["at"]  # noqa: DTZ001

    def test_a_column_without_a_value_yet_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text("id,late\n" + "1,\n" * 100 + "2,x\n")
        tables = tables_of(plan_of(tmp_path))
        assert tables[0].column_names == ["id"]
        assert tables[-1].to_pylist()[-1] == {"id": 2, "late": "x"}

    def test_a_column_that_is_empty_in_one_file_takes_the_type_of_the_next(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,n\n1,\n")
        (tmp_path / "b.csv").write_text("id,n\n1,5\n")
        assert rows_of(plan_of(tmp_path)) == [{"id": 1, "n": None}, {"id": 1, "n": 5}]

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
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text("id,late\n" + "1,\n" * 100 + "2,x\n")
        load(pipeline, plan_of(tmp_path / "a.csv"))
        assert loaded(pipeline, "count(*), count(late)") == [(101, 1)]
