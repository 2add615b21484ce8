"""Avro files as Arrow: the types of their schemas, and no value changed."""

from __future__ import annotations

import datetime as dt
import io
import sys
import uuid
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.faults import Category, MissingPackage
from tests.sources import probe
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of, tables_of

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)
LOCAL = AT.replace(tzinfo=None)
U = uuid.UUID(int=7)


def avro(path: Path, fields: dict[str, Any], rows: Sequence[dict[str, Any]], codec: str = "null") -> None:
    schema = {"type": "record", "name": "a.R", "fields": [{"name": k, "type": v} for k, v in fields.items()]}
    with path.open("wb") as file:
        fastavro.writer(file, schema, rows, codec=codec)


def read(path: Path, kind: Any, *values: Any) -> tuple[pa.DataType, list[Any]]:
    """The type and the values of a column of this Avro type."""
    avro(path / "a.avro", {"v": kind}, [{"v": value} for value in values])
    table = pa.concat_tables(tables_of(plan_of(path, "avro")))
    return table["v"].type, table["v"].to_pylist()


def logical(kind: str, of: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": of, **more}


RECORD = {"type": "record", "name": "S", "fields": [{"name": "x", "type": ["null", "int"]}]}
STRUCT = pa.struct([("x", pa.int32())])
TIMESTAMPTZ = pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("boolean", True, pa.bool_()),
        ("int", -(2**31), pa.int32()),
        ("long", 2**63 - 1, pa.int64()),
        ("float", 1.5, pa.float32()),
        ("double", 0.1, pa.float64()),
        ("string", "Zoë", pa.string()),
        ("bytes", b"\0\xff", pa.binary()),
        ({"type": "fixed", "name": "F", "size": 3}, b"abc", pa.binary(3)),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B", pa.string()),
        (logical("bytes", "decimal", precision=38, scale=9), Decimal("-12.345678901"), pa.decimal128(38, 9)),
        (
            logical("fixed", "decimal", precision=9, scale=2, name="D", size=5),
            Decimal("1.25"),
            pa.decimal128(9, 2),
        ),
        (logical("int", "date"), AT.date(), pa.date32()),
        (logical("int", "time-millis"), dt.time(1, 2, 3, 4000), pa.time64("us")),
        (logical("long", "time-micros"), dt.time(1, 2, 3, 4), pa.time64("us")),
        (logical("long", "timestamp-millis"), AT.replace(microsecond=1000), TIMESTAMPTZ),
        (logical("long", "timestamp-micros"), AT, TIMESTAMPTZ),
        (logical("long", "local-timestamp-micros"), LOCAL, pa.timestamp("us")),
        (logical("long", "local-timestamp-millis"), LOCAL.replace(microsecond=0), pa.timestamp("us")),
        (logical("string", "uuid"), U, pa.uuid()),
        (["null", logical("string", "uuid")], U, pa.uuid()),
        (logical("string", "unknown"), "x", pa.string()),
        (["null", "long"], 7, pa.int64()),
        (["long", "int", "null"], 7, pa.int64()),
        (["null", "float", "double"], 0.5, pa.float64()),
        ({"type": "array", "items": ["null", "int"]}, [1, None], pa.list_(pa.int32())),
        (RECORD, {"x": None}, STRUCT),
        ({"type": "array", "items": RECORD}, [{"x": 1}], pa.list_(STRUCT)),
    ],
    ids=str,
)
def test_each_type_has_one_in_arrow(tmp_path: Path, kind: Any, value: Any, expected: pa.DataType) -> None:
    assert (expected, [value, value]) == read(tmp_path, kind, value, value)


def test_nulls_are_kept(tmp_path: Path) -> None:
    assert (pa.int64(), [1, None, 2]) == read(tmp_path, ["null", "long"], 1, None, 2)
    assert (pa.null(), [None]) == read(tmp_path, "null", None)


def test_maps_have_their_keys(tmp_path: Path) -> None:
    expected = pa.map_(pa.string(), pa.int64())
    assert (expected, [[("a", 1), ("b", 2)], []]) == read(
        tmp_path, {"type": "map", "values": "long"}, {"a": 1, "b": 2}, {}
    )


def test_uuids_in_lists_and_structs_are_texts(tmp_path: Path) -> None:
    kind = {"type": "array", "items": logical("string", "uuid")}
    assert (pa.list_(pa.string()), [[str(U)]]) == read(tmp_path, kind, [U])


def test_nanoseconds_are_microseconds_or_refused(tmp_path: Path) -> None:
    nanos = logical("long", "timestamp-nanos")
    assert (TIMESTAMPTZ, [dt.datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=dt.UTC)]) == read(
        tmp_path, nanos, 1_000_001_000
    )
    avro(tmp_path / "a.avro", {"v": nanos}, [{"v": 0}, {"v": 1}])
    fault = failure_of(plan_of(tmp_path, "avro"))
    assert f"{tmp_path}/a.avro, record 2, column v: a time has parts of a microsecond" in fault.cause


def test_types_are_used_again_by_their_names(tmp_path: Path) -> None:
    inner = {
        "type": "record",
        "name": "b.S",
        "fields": [{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A"]}}],
    }
    avro(
        tmp_path / "a.avro",
        {"v": inner, "w": ["null", "b.S"], "e": "b.E"},
        [{"v": {"e": "A"}, "w": None, "e": "A"}],
    )
    (table,) = tables_of(plan_of(tmp_path, "avro"))
    struct = pa.struct([("e", pa.string())])
    assert [struct, struct, pa.string()] == table.schema.types


def test_a_type_that_has_itself_as_a_part_is_json(tmp_path: Path) -> None:
    node = {
        "type": "record",
        "name": "N",
        "fields": [{"name": "n", "type": "int"}, {"name": "next", "type": ["null", "N"]}],
    }
    _, values = read(tmp_path, node, {"n": 1, "next": {"n": 2, "next": None}})
    assert [{"n": 1, "next": '{"n": 2, "next": null}'}] == values


class TestUnions:
    def test_of_types_with_nothing_in_common_have_a_column_for_each(self, tmp_path: Path) -> None:
        kinds = ["null", "long", "string", logical("long", "timestamp-micros"), RECORD]
        values = [1, "a", AT, {"x": 2}, None]
        avro(tmp_path / "a.avro", {"v": kinds}, [{"v": value} for value in values])
        (table,) = tables_of(plan_of(tmp_path, "avro"))
        assert {
            "v": pa.int64(),
            "v__v_text": pa.string(),
            "v__v_timestamp": TIMESTAMPTZ,
            "v__v_json": STRUCT,
        } == dict(zip(table.column_names, table.schema.types, strict=True))
        assert values[:4] == [next(v for v in row.values() if v is not None) for row in table.to_pylist()[:4]]
        assert 5 == table.num_rows

    def test_of_long_and_double_keep_large_numbers(self, tmp_path: Path) -> None:
        avro(tmp_path / "a.avro", {"v": ["long", "double"]}, [{"v": 2**53 + 1}, {"v": 0.5}])
        assert [{"v": 2**53 + 1, "v__v_double": None}, {"v": None, "v__v_double": 0.5}] == rows_of(
            plan_of(tmp_path, "avro")
        )

    def test_in_lists_are_json(self, tmp_path: Path) -> None:
        kind = {"type": "array", "items": ["int", "string"]}
        assert (pa.list_(pa.string()), [["1", '"a"']]) == read(tmp_path, kind, [1, "a"])


class TestFiles:
    @pytest.mark.parametrize("codec", ["deflate", "snappy", "zstandard", "bzip2", "xz", "lz4"])
    def test_may_be_packed(self, tmp_path: Path, codec: str) -> None:
        avro(tmp_path / "a.avro", {"id": "int"}, [{"id": n} for n in range(20_001)], codec)
        assert [{"id": n} for n in range(20_001)] == rows_of(plan_of(tmp_path, "avro"))

    def test_without_records_have_columns(self, tmp_path: Path) -> None:
        avro(tmp_path / "a.avro", {"id": "int", "v": RECORD}, [])
        (table,) = tables_of(plan_of(tmp_path, "avro"))
        assert (0, [pa.int32(), STRUCT]) == (table.num_rows, table.schema.types)

    def test_some_columns_are_read(self, tmp_path: Path) -> None:
        avro(
            tmp_path / "a.avro",
            {"id": "int", "v": ["int", "string"], "w": "int"},
            [{"id": 1, "v": "x", "w": 3}],
        )
        assert [{"v": None, "v__v_text": "x"}] == rows_of(
            plan_of(tmp_path, "avro", reader_options={"columns": ["v"]})
        )
        fault = failure_of(plan_of(tmp_path, "avro", reader_options={"columns": ["no"]}))
        assert (f"{tmp_path}/a.avro has no column no; it has id, v, w", Category.CONFIGURATION) == (
            fault.cause,
            fault.category,
        )

    def test_that_are_none_or_damaged_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "a.avro"
        avro(path, {"id": "int", "t": "string"}, [{"id": n, "t": "x" * 99} for n in range(1000)], "deflate")
        content = path.read_bytes()
        for damaged in (
            b"id\n1\n",
            b"Obj\1",
            content[:-1],
            content[: len(content) // 2],
            content[:-40] + b"\0" * 40,
        ):
            path.write_bytes(damaged)
            assert f"{path} is not an Avro file, or is damaged" in failure_of(plan_of(tmp_path, "avro")).cause

    def test_of_other_things_than_records_are_refused(self, tmp_path: Path) -> None:
        file = io.BytesIO()
        fastavro.writer(file, "string", ["a"])
        (tmp_path / "a.avro").write_bytes(file.getvalue())
        assert f"{tmp_path}/a.avro has no records" == failure_of(plan_of(tmp_path, "avro")).cause

    def test_that_become_too_large_are_refused(self, tmp_path: Path) -> None:
        avro(tmp_path / "a.avro", {"t": "string"}, [{"t": "x" * (70 << 20)}], "deflate")
        assert "max_expansion is 250" in failure_of(plan_of(tmp_path, "avro")).cause


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    expected = MissingPackage("fastavro", "format: avro", "pip install 'fastavro[lz4,snappy,zstandard]'")
    assert expected == probe(plan_of(tmp_path, "avro").source, 5).failure()
