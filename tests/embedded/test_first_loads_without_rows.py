"""A first load of files that have columns and no rows makes the table, so that models which read it run."""

from __future__ import annotations

import gzip
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.domain.events import ColumnsWithoutType
from tests.embedded.sliced import threads
from tests.platforms import TABLE, Platform

HEADERS = {"a.csv": "id,name\n", "b.csv": "id,at\n"}


def load(platform: Platform, **options: Any) -> None:
    result = platform.load(**options)
    assert result.success, result.errors


def load_in_slices(platform: Platform) -> None:
    with threads() as pool:
        assert platform.plugin.load_in_slices(platform.pipeline(), 2, pool).fault is None


def columns(platform: Platform) -> dict[str, str]:
    if not platform.catalog.table_exists(TABLE):
        return {}
    return {field.name: str(field.field_type) for field in platform.catalog.load_table(TABLE).schema().fields}


def untyped(platform: Platform) -> list[ColumnsWithoutType]:
    return [e.event for e in platform.telemetry.events if isinstance(e.event, ColumnsWithoutType)]


@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_the_columns_of_all_headers_are_text(platform: Platform, mode: str) -> None:
    for name, text in HEADERS.items():
        platform.csv(name, text)
    load(platform, write_mode=mode, source_config={"primary_key": "id"} if mode == "merge" else {})
    assert {"id": "string", "name": "string", "at": "string"} == columns(platform)
    assert [ColumnsWithoutType(("id", "name", "at"), makes_table=True)] == untyped(platform)
    assert [] == platform.rows()


def test_a_compressed_header_is_one(platform: Platform) -> None:
    (platform.data / "a.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfid,name"))
    load(platform)
    assert {"id": "string", "name": "string"} == columns(platform)


def test_a_column_has_the_type_that_is_named_for_it(platform: Platform) -> None:
    platform.csv("a.csv", "id,price,name\n")
    types = {"id": "int64", "price": "decimal128(10, 2)"}
    source = {"reader_options": {"column_types": types}}
    load(platform, source_config=source)
    assert {"id": "long", "price": "decimal(10, 2)", "name": "string"} == columns(platform)
    platform.csv("a.csv", "id,price,name\n1,2.50,ann\n")
    load(platform, source_config=source)
    assert {"id": "long", "price": "decimal(10, 2)", "name": "string"} == columns(platform)
    assert [1] == [row["id"] for row in platform.rows()]


def test_later_numbers_are_exact_in_a_column_of_text(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n")
    load(platform)
    platform.csv("a.csv", "id,name\n007,ann\n10.50,\n")
    load(platform)
    assert {"id": "string", "name": "string"} == columns(platform)
    assert ["007", "10.50"] == sorted(row["id"] for row in platform.rows())


def test_a_header_beside_rows_gives_no_column_its_type(platform: Platform) -> None:
    platform.csv("a.csv", "id,later\n")
    platform.csv("b.csv", "id\n1\n")
    load(platform)
    assert {"id": "long"} == columns(platform)
    assert [] == untyped(platform)


def test_a_table_that_is_there_gets_no_column_from_a_header(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    load(platform)
    platform.csv("a.csv", "id,later\n")
    load(platform, write_mode="replace")
    assert ({"id": "long"}, []) == (columns(platform), platform.rows())


def test_folders_give_their_columns(platform: Platform) -> None:
    (platform.data / "dt=2026-01-31").mkdir()
    platform.csv("dt=2026-01-31/a.csv", "id\n")
    load(platform)
    assert {"id": "string", "dt": "date"} == columns(platform)


def test_a_cursor_without_a_type_waits_for_its_values(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n")
    load(platform, cursor="id")
    assert {} == columns(platform)
    assert [ColumnsWithoutType(("id", "name"), makes_table=False)] == untyped(platform)
    platform.csv("a.csv", "id,name\n9,x\n10,y\n")
    load(platform, cursor="id")
    assert {"id": "long", "name": "string"} == columns(platform)


def test_a_cursor_with_a_type_makes_the_table(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n")
    source = {"reader_options": {"column_types": {"id": "int64"}}}
    load(platform, cursor="id", source_config=source)
    assert {"id": "long", "name": "string"} == columns(platform)
    platform.csv("a.csv", "id,name\n9,x\n10,y\n")
    load(platform, cursor="id", source_config=source)
    assert 2 == len(platform.rows())


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_parquet_files_have_the_types_of_their_schemas(platform: Platform, mode: str) -> None:
    struct = pa.struct([("x", pa.int32())])
    first: dict[str, pa.DataType] = {"id": pa.int32(), "v": struct, "n": pa.null()}
    second: dict[str, pa.DataType] = {"id": pa.int64(), "d": pa.date32()}
    for name, kinds in (("a", first), ("b", second)):
        pq.write_table(pa.schema(kinds).empty_table(), platform.data / f"{name}.parquet")
    load(platform, write_mode=mode, source_config={"format": "parquet"})
    expected = {"id": "long", "v": "struct<2: x: optional int>", "n": "string", "d": "date"}
    found = columns(platform)
    assert expected.keys() == found.keys()
    assert ("long", "string", "date") == (found["id"], found["n"], found["d"])
    assert "x" in found["v"]
    assert [ColumnsWithoutType(("n",), makes_table=True)] == untyped(platform)


def test_parquet_files_make_the_columns_that_are_chosen(platform: Platform) -> None:
    kinds: dict[str, pa.DataType] = {"id": pa.int32(), "v": pa.string()}
    pq.write_table(pa.schema(kinds).empty_table(), platform.data / "a.parquet")
    load(platform, source_config={"format": "parquet", "reader_options": {"columns": ["id"]}})
    assert {"id": "long"} == columns(platform)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_json_without_objects_has_no_columns(platform: Platform, kind: str) -> None:
    (platform.data / f"a.{kind}").write_text("[]" if kind == "json" else "\n")
    load(platform, source_config={"format": kind})
    assert {} == columns(platform)


def test_slices_of_headers_make_the_table(platform: Platform) -> None:
    for name, text in HEADERS.items():
        platform.csv(name, text)
    load_in_slices(platform)
    assert {"id": "string", "name": "string", "at": "string"} == columns(platform)


def test_slices_of_which_the_first_has_no_rows_have_the_types_of_the_others(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n")
    platform.csv("b.csv", "id,name\n1,ann\n")
    load_in_slices(platform)
    assert {"id": "long", "name": "string"} == columns(platform)
