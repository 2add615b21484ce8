"""Values come into the types of columns as they are, however they are nested, or not at all."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.arrow.types import cast, nulls


def required(kind: pa.DataType) -> pa.Field[Any]:
    return pa.field("a", kind, nullable=False)


def map_to(value: pa.Field[Any]) -> pa.DataType:
    made: pa.DataType = pa.map_(pa.string(), value)  # type: ignore[call-overload]  # the stubs know no fields here
    return made


# Values whose "a" is asked for wherever the object around it is there.
OPTIONAL_WITH_REQUIRED: dict[str, tuple[pa.DataType, pa.DataType, list[Any]]] = {
    "struct": (
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
        pa.struct([required(pa.int64()), ("b", pa.string())]),
        [{"a": 1, "b": None}, None],
    ),
    "struct in a struct": (
        pa.struct([("a", pa.struct([("a", pa.string())]))]),
        pa.struct([required(pa.struct([required(pa.large_string())]))]),
        [None, {"a": {"a": "x"}}],
    ),
    "list of structs": (
        pa.list_(pa.struct([("a", pa.bool_())])),
        pa.large_list(pa.struct([required(pa.bool_())])),
        [[None, {"a": True}], None, []],
    ),
    "list in a struct": (
        pa.struct([("a", pa.list_(pa.int64()))]),
        pa.struct([required(pa.large_list(required(pa.int64())))]),
        [{"a": [1]}, None, {"a": []}],
    ),
    "map in a struct": (
        pa.struct([("a", pa.map_(pa.string(), pa.binary(2)))]),
        pa.struct([required(map_to(required(pa.binary(2))))]),
        [None, {"a": [("k", b"xy")]}],
    ),
    "map of structs": (
        pa.map_(pa.string(), pa.struct([("a", pa.float64())])),
        pa.map_(pa.string(), pa.struct([required(pa.float64())])),
        [[("k", None), ("l", {"a": -0.0})], None, []],
    ),
    "decimals of 38 digits": (
        pa.struct([("a", pa.decimal128(9, 2))]),
        pa.struct([required(pa.decimal128(38, 2))]),
        [None, None],
    ),
}


@pytest.mark.parametrize("shape", OPTIONAL_WITH_REQUIRED)
def test_what_is_required_is_not_asked_of_the_children_of_null(shape: str) -> None:
    has, kind, values = OPTIONAL_WITH_REQUIRED[shape]
    target = pa.schema([pa.field("v", kind)])
    fitted = cast(pa.table({"v": pa.array(values, has)}), target)
    assert values == fitted["v"].to_pylist() == stored(fitted)["v"].to_pylist()
    assert values[1:] == cast(pa.table({"v": pa.array(values, has).slice(1)}), target)["v"].to_pylist()


@pytest.mark.parametrize("shape", OPTIONAL_WITH_REQUIRED)
def test_columns_that_are_not_there_are_null_and_can_be_written(shape: str) -> None:
    _, kind, _ = OPTIONAL_WITH_REQUIRED[shape]
    assert [None] * 3 == stored(nulls(3, pa.schema([pa.field("v", kind)])))["v"].to_pylist()


@pytest.mark.parametrize(
    ("has", "kind", "value"),
    [
        (pa.int64(), pa.int64(), None),
        (pa.struct([("a", pa.int64())]), pa.struct([required(pa.int64())]), {"a": None}),
        (pa.list_(pa.int64()), pa.list_(required(pa.int64())), [1, None]),
        (pa.map_(pa.string(), pa.int64()), map_to(required(pa.int64())), [("k", None)]),
    ],
)
def test_a_null_where_a_value_is_required_is_refused(has: pa.DataType, kind: pa.DataType, value: Any) -> None:
    target = pa.schema([pa.field("v", kind, nullable=not pa.types.is_int64(kind))])
    with pytest.raises(pa.ArrowInvalid, match=r"column v .* is required, and is null 1 times"):
        cast(pa.table({"v": pa.array([value], has)}), target)


@pytest.mark.parametrize(
    ("has", "kind", "value"),
    [
        (pa.float64(), pa.float32(), 0.1),
        (pa.int64(), pa.int32(), 2**40),
        (pa.decimal128(9, 2), pa.decimal128(4, 2), 10**6),
        (pa.timestamp("ns"), pa.timestamp("us"), 1),
        (pa.struct([("a", pa.int64()), ("b", pa.int64())]), pa.struct([("a", pa.int64())]), {"b": 1}),
        (pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), [1]),
    ],
)
def test_a_value_that_would_not_survive_is_refused(has: pa.DataType, kind: pa.DataType, value: Any) -> None:
    with pytest.raises(pa.ArrowInvalid, match="column v"):
        cast(pa.table({"v": pa.array([value], has)}), pa.schema([("v", kind)]))


def test_lists_of_a_fixed_length_and_dictionaries_become_plain_ones() -> None:
    rows = pa.table(
        {
            "v": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
            "w": pa.array(["x", None]).dictionary_encode(),
        }
    )
    target = pa.schema([("v", pa.large_list(pa.int64())), ("w", pa.large_string())])
    assert rows.to_pylist() == cast(rows, target).to_pylist()


def stored(rows: pa.Table) -> pa.Table:
    """What Parquet gives back."""
    file = io.BytesIO()
    pq.write_table(rows, file)
    return pq.read_table(pa.BufferReader(file.getvalue()))
