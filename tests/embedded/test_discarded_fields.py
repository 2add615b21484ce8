"""Under discard_value, a field for which a struct has no place is left out by itself: the others stay, and it is counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import dlt
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt import LoadReport
from tests.platforms import TABLE, Platform

A = pa.struct([("a", pa.int64())])
AB = pa.struct([("a", pa.int64()), ("b", pa.string())])

SHAPES: dict[str, tuple[Callable[[pa.DataType], pa.DataType], Callable[[Any], Any], str]] = {
    "struct": (lambda kind: kind, lambda value: value, "s"),
    "list": (pa.list_, lambda value: [value], "s.element"),
    "map": (lambda kind: pa.map_(pa.string(), kind), lambda value: [("k", value)], "s.value"),
    "struct in a struct": (lambda kind: pa.struct([("t", kind)]), lambda value: {"t": value}, "s.t"),
}


def loaded(platform: Platform, data: object = None, **options: Any) -> LoadReport:
    report = platform.plugin.load(platform.pipeline(**options), source=data)
    assert report.success, report.error
    return report


def table_of(
    platform: Platform, values: list[Any], kind: pa.DataType, *, first: int = 1, **options: Any
) -> LoadReport:
    ids = range(first, first + len(values))
    rows = pa.table({"id": pa.array(ids, pa.int64()), "s": pa.array(values, kind)})
    return loaded(platform, dlt.resource(iter([rows]), name="orders"), **options)


def lost(report: LoadReport) -> dict[str, int]:
    return {entry.column: entry.rows for entry in report.discarded}


def values(platform: Platform) -> list[Any]:
    """The values in the files: pyiceberg reads a null list as an empty one."""
    rows = [
        row
        for task in platform.catalog.load_table(TABLE).scan().plan_files()
        for row in pq.read_table(task.file.file_path.removeprefix("file://")).to_pylist()
    ]
    return [row["s"] for row in sorted(rows, key=lambda row: row["id"])]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fresh", [False, True], ids=["same host", "fresh host"])
def test_a_new_field_is_left_out_and_the_others_stay(platform: Platform, shape: str, *, fresh: bool) -> None:
    of, value, path = SHAPES[shape]
    table_of(platform, [value({"a": 1})], of(A))
    if fresh:
        platform.forget_local_state()
    sent = [value({"a": 2, "b": "x"}), value({"a": 3, "b": None}), None]
    report = table_of(platform, sent, of(AB), first=2, schema_contract="discard_value")
    assert {f"{path}.b": 1} == lost(report)
    assert [value({"a": 1}), value({"a": 2}), value({"a": 3}), None] == values(platform)
    assert {"id", "s"} == {name for name in platform.columns() if "." not in name}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_field_of_another_type_is_left_out_and_the_others_stay(platform: Platform, shape: str) -> None:
    of, value, path = SHAPES[shape]
    table_of(platform, [value({"a": 1, "b": "x"})], of(AB))
    kind = pa.struct([("a", pa.string()), ("b", pa.string())])
    sent = [value({"a": "?", "b": "y"})]
    report = table_of(platform, sent, of(kind), first=2, schema_contract="discard_value")
    assert {f"{path}.a": 1} == lost(report)
    assert [value({"a": 1, "b": "x"}), value({"a": None, "b": "y"})] == values(platform)


def test_evolve_grows_the_struct_and_freeze_refuses(platform: Platform) -> None:
    table_of(platform, [{"a": 1}], A)
    data = dlt.resource(iter([pa.table({"id": [2], "s": pa.array([{"a": 2, "b": "x"}], AB)})]), name="orders")
    refused = platform.plugin.load(platform.pipeline(schema_contract="freeze"), source=data)
    assert refused.error is not None
    assert "column s widens from struct<a: long> to struct<a: long, b: string>" in refused.error
    table_of(platform, [{"a": 2, "b": "x"}], AB, first=2)
    assert [{"a": 1, "b": None}, {"a": 2, "b": "x"}] == [row["s"] for row in platform.rows("id", "s")]


def test_a_merge_keeps_the_known_fields(platform: Platform) -> None:
    options: dict[str, Any] = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
    table_of(platform, [{"a": 1}], A, **options)
    report = table_of(platform, [{"a": 2, "b": "x"}], AB, schema_contract="discard_value", **options)
    assert ([{"a": 2}], {"s.b": 1}) == (values(platform), lost(report))


def test_a_row_at_the_cursor_is_known_by_its_known_fields(platform: Platform) -> None:
    for name, kind, rows in (("a", A, [{"a": 1}]), ("b", AB, [{"a": 1, "b": "x"}, {"a": 2, "b": None}])):
        ids = pa.array([1] * len(rows), pa.int64())
        pq.write_table(pa.table({"id": ids, "s": pa.array(rows, kind)}), platform.data / f"{name}.parquet")
        source = {"format": "parquet", "cursor_field": "id"}
        report = loaded(platform, schema_contract="discard_value", source_config=source)
        (platform.data / f"{name}.parquet").unlink()
    assert [{"a": 1}, {"a": 2}] == sorted(values(platform), key=lambda value: value["a"])
    assert 1 == report.rows


def test_avro_records_keep_their_known_fields(platform: Platform) -> None:
    for number, fields in enumerate([{"a": "long"}, {"a": "long", "b": "string"}]):
        inner = {"type": "record", "name": "S", "fields": [{"name": n, "type": t} for n, t in fields.items()]}
        schema = {
            "type": "record",
            "name": "R",
            "fields": [{"name": "id", "type": "long"}, {"name": "s", "type": inner}],
        }
        with (platform.data / "a.avro").open("wb") as file:
            fastavro.writer(file, schema, [{"id": number, "s": {"a": number, "b": "x"}}])
        report = loaded(platform, schema_contract="discard_value", source_config={"format": "avro"})
    assert [{"a": 0}, {"a": 1}] == values(platform)
    assert {"s.b": 1} == lost(report)


def lines(platform: Platform, *found: Any, nested: str = "struct", **options: Any) -> LoadReport:
    text = "\n".join(json.dumps({"id": n, "s": value}) for n, value in enumerate(found, len(options) * 10))
    (platform.data / "a.jsonl").write_text(text)
    source = {"format": "jsonl", "reader_options": {"nested": nested}}
    return loaded(platform, source_config=source, **options)


@pytest.mark.parametrize("nested", ["struct", "json"])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [value]], ids=["object", "list"])
def test_each_json_value_keeps_the_fields_that_fit(
    platform: Platform, nested: str, wrap: Callable[[Any], Any]
) -> None:
    lines(platform, wrap({"a": 1, "c": 1}))
    sent = [{"a": 2, "c": 2}, {"a": "?", "c": 3}, {"a": 4, "b": "x"}, {"b": "y"}]
    report = lines(platform, *map(wrap, sent), nested=nested, schema_contract="discard_value")
    kept = [(1, 1), (2, 2), (None, 3), (4, None), (None, None)]
    assert [wrap({"a": a, "c": c}) for a, c in kept] == values(platform)
    assert 3 == sum(lost(report).values()), lost(report)


def test_a_list_of_which_an_item_does_not_fit_is_left_out_as_a_whole(platform: Platform) -> None:
    lines(platform, {"a": [1], "c": 1})
    report = lines(platform, {"a": [1, "x"], "c": 2}, schema_contract="discard_value")
    assert [{"a": [1], "c": 1}, {"a": None, "c": 2}] == values(platform)
    assert 1 == sum(lost(report).values())


def test_a_value_that_fits_into_a_column_beside_is_kept_whole(platform: Platform) -> None:
    lines(platform, {"a": 1}, {"a": "x"})
    lines(platform, {"a": "y"}, schema_contract="discard_value")
    rows = platform.rows("id", "s", "s__v_json")
    assert [{"id": 10, "s": None, "s__v_json": {"a": "y"}}] == rows[-1:]


def test_rows_of_python_values_keep_the_keys_that_the_table_has(platform: Platform) -> None:
    platform.load([{"id": 1, "s": {"a": 1}, "lines": [{"a": 1}]}])
    rows = [{"id": 2, "s": {"a": 2, "b": "x"}, "lines": [{"a": 2, "b": "x"}]}]
    report = loaded(platform, dlt.resource(rows, name="orders"), schema_contract="discard_value")
    assert [{"id": 1, "s__a": 1}, {"id": 2, "s__a": 2}] == platform.rows()
    assert [{"a": 1}, {"a": 2}] == platform.rows("a", table=f"{TABLE}__lines")
    assert 1 == lost(report)["s__b"]
