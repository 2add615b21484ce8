"""Fields at any depth: counted by rows, and left out by themselves."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.field_values import rows_with, without_fields
from floe_ingestion_dlt.adapters.arrow.types import cast

AB = pa.struct([("a", pa.int64()), ("b", pa.string())])
A = pa.struct([("a", pa.int64())])

CASES: dict[str, tuple[pa.DataType, pa.DataType, tuple[str, ...], list[Any], list[Any], int]] = {
    "struct": (
        AB,
        A,
        ("b",),
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}, None, {"a": None, "b": "y"}],
        [{"a": 1}, {"a": 2}, None, {"a": None}],
        2,
    ),
    "list": (
        pa.list_(AB),
        pa.list_(A),
        ("element", "b"),
        [[], None, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], [None, {"a": 3, "b": None}]],
        [[], None, [{"a": 1}, {"a": 2}], [None, {"a": 3}]],
        1,
    ),
    "large list": (
        pa.large_list(AB),
        pa.list_(A),
        ("element", "b"),
        [None, [{"a": 1, "b": "x"}]],
        [None, [{"a": 1}]],
        1,
    ),
    "list of a fixed length": (
        pa.list_(AB, 1),
        pa.list_(A),
        ("element", "b"),
        [[{"a": 1, "b": "x"}], [{"a": 2, "b": None}]],
        [[{"a": 1}], [{"a": 2}]],
        1,
    ),
    "map": (
        pa.map_(pa.string(), AB),
        pa.map_(pa.string(), A),
        ("value", "b"),
        [[("k", {"a": 1, "b": "x"}), ("l", None)], None, []],
        [[("k", {"a": 1}), ("l", None)], None, []],
        1,
    ),
    "a field of another type": (
        pa.struct([("a", pa.string()), ("b", pa.string())]),
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
        ("a",),
        [{"a": "x", "b": "y"}],
        [{"a": None, "b": "y"}],
        1,
    ),
    "the only field": (
        pa.struct([("b", pa.string())]),
        A,
        ("b",),
        [{"b": "x"}, None],
        [{"a": None}, None],
        1,
    ),
    "a struct in a list in a struct": (
        pa.struct([("s", pa.list_(AB))]),
        pa.struct([("s", pa.list_(A))]),
        ("s", "element", "b"),
        [{"s": [{"a": 1, "b": "x"}]}, {"s": None}, None],
        [{"s": [{"a": 1}]}, {"s": None}, None],
        1,
    ),
}


@pytest.mark.parametrize("begin", [0, 1])
@pytest.mark.parametrize("case", CASES)
def test_a_field_is_left_out_by_itself_and_its_rows_are_counted(case: str, begin: int) -> None:
    has, kind, path, values, expected, count = CASES[case]
    rows = pa.table({"v": pa.array([values[0], *values], has).slice(1)[begin:]})
    kept = cast(without_fields(rows, [("v", *path)]), pa.schema([("v", kind)]))
    assert expected[begin:] == kept["v"].to_pylist()
    assert count - (begin if rows_with(pa.array(values[:1], has), path) else 0) == rows_with(rows["v"], path)


def test_a_required_field_that_is_left_out_is_refused() -> None:
    rows = pa.table({"v": pa.array([{"a": "x"}], pa.struct([("a", pa.string())]))})
    target = pa.schema([("v", pa.struct([pa.field("a", pa.int64(), nullable=False)]))])
    with pytest.raises(pa.ArrowInvalid, match="field a is required"):
        cast(without_fields(rows, [("v", "a")]), target)
