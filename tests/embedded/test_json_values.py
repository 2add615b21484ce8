"""JSON lines meet the types of the table, value by value; what does not fit goes the way of the contract."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from tests.platforms import TABLE, Platform

TYPED = pa.table(
    {
        "id": [0],
        "m": pa.array([None], pa.decimal128(20, 2)),
        "n": pa.array([None], pa.int64()),
        "d": pa.array([None], pa.date32()),
        "t": pa.array([None], pa.time64("us")),
        "z": pa.array([None], pa.timestamp("us", "UTC")),
        "u": pa.array([None], pa.uuid()),
        "l": pa.array([None], pa.list_(pa.int64())),
        "s": pa.array([None], pa.struct([("a", pa.int64()), ("b", pa.string())])),
        "b": pa.array([None], pa.bool_()),
        "x": pa.array([None], pa.float64()),
    }
)
FITTING = """{"id": 1, "m": 123456789012345678.90, "n": 2.0, "d": "2026-01-31", "t": "10:00", "z": "2026-01-31T10:00:00+02:00",
 "u": "00000000-0000-0000-0000-000000000001", "l": [1, null], "s": {"b": "y"}, "b": true, "x": 3}"""


def write(platform: Platform, *lines: str, name: str = "a") -> None:
    (platform.data / f"{name}.jsonl").write_text("".join(line.replace("\n", "") + "\n" for line in lines))


def load(platform: Platform, **options: Any) -> None:
    result = platform.load(source_config={"format": "jsonl"}, **options)
    assert result.success, result.errors


def table_of(platform: Platform, columns: pa.Table) -> None:
    platform.catalog.create_namespace_if_not_exists("bronze")
    platform.catalog.create_table(TABLE, columns.schema).append(columns)


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_values_are_read_in_the_types_of_the_table(platform: Platform, contract: str) -> None:
    table_of(platform, TYPED)
    write(platform, FITTING)
    load(platform, schema_contract=contract)
    (row,) = [row for row in platform.rows() if row["id"] == 1]
    assert {
        "id": 1,
        "m": Decimal("123456789012345678.90"),
        "n": 2,
        "d": date(2026, 1, 31),
        "t": time(10),
        "z": datetime(2026, 1, 31, 8, tzinfo=UTC),
        "u": UUID(int=1),
        "l": [1, None],
        "s": {"a": None, "b": "y"},
        "b": True,
        "x": 3.0,
    } == row


MISFITS = [
    {"id": 1, "n": "x", "d": "31.1.2026", "b": 0, "m": 1.505, "x": 2**53 + 1, "l": ["y"]},
    {"id": 2, "n": 7, "d": "2026-01-31", "b": False, "m": 1.5, "x": 0.5, "l": [1]},
]
KEPT = {"n": 7, "d": date(2026, 1, 31), "b": False, "m": Decimal("1.50"), "x": 0.5, "l": [1]}


def test_only_what_does_not_fit_goes_beside_the_column(platform: Platform) -> None:
    table_of(platform, TYPED)
    write(platform, *map(json.dumps, MISFITS))
    load(platform)
    rows = {row["id"]: row for row in platform.rows()}
    assert {name: rows[2][name] for name in KEPT} == KEPT
    assert {name: rows[1][name] for name in KEPT} == dict.fromkeys(KEPT)
    beside = {name: value for name, value in rows[1].items() if "__v_" in name}
    assert {
        "n__v_text": "x",
        "d__v_text": "31.1.2026",
        "b__v_bigint": 0,
        "m__v_double": 1.505,
        "x__v_bigint": 2**53 + 1,
        "l__v_text": '["y"]',
    } == beside


def test_only_what_does_not_fit_is_discarded_and_counted(platform: Platform) -> None:
    table_of(platform, TYPED)
    write(platform, *map(json.dumps, MISFITS))
    pipeline = platform.pipeline(
        source_config={"format": "jsonl", "path": str(platform.data)}, schema_contract="discard_value"
    )
    report = platform.plugin.load(pipeline)
    assert report.error is None
    rows = {row["id"]: row for row in platform.rows()}
    assert {name: rows[2][name] for name in KEPT} == KEPT
    discarded = {each.column: each.rows for receipt in report.receipts for each in receipt.discarded}
    assert (
        dict.fromkeys(["n__v_text", "d__v_text", "b__v_bigint", "m__v_double", "x__v_bigint", "l__v_text"], 1)
        == discarded
    )


def test_a_frozen_table_refuses_what_does_not_fit(platform: Platform) -> None:
    table_of(platform, TYPED)
    write(platform, *map(json.dumps, MISFITS))
    (error,) = platform.load(source_config={"format": "jsonl"}, schema_contract="freeze").errors
    assert "new column n__v_text (string) for values that n cannot hold" in error


@pytest.mark.parametrize("is_reversed", [False, True], ids=["as given", "reversed"])
@pytest.mark.parametrize("files", [1, 3], ids=["one file", "three files"])
def test_the_first_load_does_not_depend_on_which_line_comes_first(
    platform: Platform, files: int, *, is_reversed: bool
) -> None:
    lines = [json.dumps({"id": 1, "v": 1, "p": 10}), json.dumps({"id": 2, "v": "x", "p": 10.5})]
    lines.append(json.dumps({"id": 3, "v": True, "p": 3}))
    lines = lines[::-1] if is_reversed else lines
    for number in range(files):
        write(platform, *(lines if files == 1 else [lines[number]]), name=str(number))
    load(platform)
    assert [
        {"id": 1, "v": 1, "v__v_text": None, "v__v_bool": None, "p": 10.0},
        {"id": 2, "v": None, "v__v_text": "x", "v__v_bool": None, "p": 10.5},
        {"id": 3, "v": None, "v__v_text": None, "v__v_bool": True, "p": 3.0},
    ] == platform.rows("id", "v", "v__v_text", "v__v_bool", "p")


@pytest.mark.parametrize("nested", ["json", "struct", "tables"])
def test_a_number_that_no_double_holds_is_refused_with_its_line(platform: Platform, nested: str) -> None:
    (platform.data / "a.jsonl").write_text('{"id": 1, "v": 1.5}\n{"id": 2, "v": 1e400}\n')
    source = {"format": "jsonl", "reader_options": {"nested": nested}}
    (error,) = platform.load(source_config=source).errors
    assert "a.jsonl, line 2" in error
    assert "too large for double" in error
    assert not platform.catalog.table_exists(TABLE)
