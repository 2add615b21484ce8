"""Files of one load may differ in their types: each value is kept, whatever file comes first."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import TABLE, Platform

pytestmark = pytest.mark.some_of_them

LARGE = 2**53 + 1
INSTANT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
U = uuid.UUID(int=7)


def write(platform: Platform, *columns: pa.Array[Any]) -> None:
    """A file for each column, with the number of the file as `id`."""
    for old in platform.data.iterdir():
        old.unlink()
    for number, column in enumerate(columns):
        ids = pa.array([number] * len(column), pa.int64())
        table = pa.table({"id": ids, "v": column})
        pq.write_table(table, platform.data / f"{number}.parquet")


def load(platform: Platform, **options: Any) -> None:
    result = platform.load(source_config={"format": "parquet"}, **options)
    assert result.success, result.errors


def values(platform: Platform) -> list[dict[str, Any]]:
    found = sorted(platform.rows(), key=lambda row: int(row["id"]))
    return [{key: value for key, value in row.items() if key != "id"} for row in found]


def kind_of(platform: Platform, column: str = "v") -> str:
    return str(platform.catalog.load_table(TABLE).schema().find_field(column).field_type)


@pytest.mark.parametrize("is_reversed", [False, True], ids=["as given", "reversed"])
@pytest.mark.parametrize(
    ("columns", "kind", "expected"),
    [
        ([pa.array([1], pa.int8()), pa.array([2**40])], "long", [1, 2**40]),
        ([pa.array([1], pa.uint32()), pa.array([-1], pa.int16())], "long", [1, -1]),
        ([pa.array([1.5], pa.float32()), pa.array([0.1])], "double", [1.5, 0.1]),
        ([pa.array([3]), pa.array([0.5])], "double", [3.0, 0.5]),
        (
            [
                pa.array([Decimal("1.5")], pa.decimal128(5, 1)),
                pa.array([Decimal("12.345")], pa.decimal128(5, 3)),
            ],
            "decimal(7, 3)",
            [Decimal("1.500"), Decimal("12.345")],
        ),
        (
            [pa.array([7]), pa.array([Decimal("12.34")], pa.decimal128(9, 2))],
            "decimal(21, 2)",
            [Decimal("7.00"), Decimal("12.34")],
        ),
        (
            [pa.array([date(2026, 1, 2)]), pa.array([datetime(2026, 1, 2, 3)], pa.timestamp("ms"))],  # noqa: DTZ001 - without a zone
            "timestamp",
            [datetime(2026, 1, 2), datetime(2026, 1, 2, 3)],  # noqa: DTZ001 - without a zone
        ),
        (
            [
                pa.array([INSTANT], pa.timestamp("ns", "UTC")),
                pa.array([INSTANT], pa.timestamp("us", "Europe/Berlin")),
            ],
            "timestamptz",
            [INSTANT, INSTANT],
        ),
        ([pa.array(["a"], pa.large_string()), pa.array(["b"]).dictionary_encode()], "string", ["a", "b"]),
        ([pa.array([b"a"]), pa.array([b"bc"], pa.binary(2))], "binary", [b"a", b"bc"]),
        ([pa.array([None], pa.null()), pa.array([5])], "long", [None, 5]),
        (
            [pa.array([{"a": 1}]), pa.array([{"b": "x", "a": 2**40}])],
            "struct",
            [{"a": 1, "b": None}, {"a": 2**40, "b": "x"}],
        ),
        (
            [pa.array([[]], pa.list_(pa.null())), pa.array([[1]], pa.large_list(pa.int32()))],
            "list<int>",
            [[], [1]],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_wider_type_is_taken(
    platform: Platform, columns: list[pa.Array[Any]], kind: str, expected: list[Any], *, is_reversed: bool
) -> None:
    order = -1 if is_reversed else 1
    write(platform, *columns[::order])
    load(platform)
    assert kind_of(platform).startswith(kind)
    assert expected[::order] == [row["v"] for row in values(platform)]


@pytest.mark.parametrize("is_reversed", [False, True], ids=["as given", "reversed"])
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([pa.array([1]), pa.array(["x"])], {"v": [1, None], "v__v_text": [None, "x"]}),
        ([pa.array([LARGE]), pa.array([0.5])], {"v": [None, 0.5], "v__v_bigint": [LARGE, None]}),
        ([pa.array([True]), pa.array([5])], {"v": [None, 5], "v__v_bool": [True, None]}),
        ([pa.array([{"a": 1}]), pa.array(["x"])], {"v": [{"a": 1}, None], "v__v_text": [None, "x"]}),
    ],
    ids=["text", "large numbers", "booleans", "structs"],
)
def test_types_without_a_wider_one_get_columns_of_their_own(
    platform: Platform, columns: list[pa.Array[Any]], expected: dict[str, list[Any]], *, is_reversed: bool
) -> None:
    order = -1 if is_reversed else 1
    write(platform, *columns[::order])
    load(platform)
    found = values(platform)[::order]
    assert expected == {name: [row[name] for row in found] for name in sorted(found[0])}


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        (pa.array([0.5]), pa.array([3]), [0.5, 3.0]),
        (pa.array([Decimal("1.25")]), pa.array([Decimal("2.5")]), [Decimal("1.25"), Decimal("2.50")]),
        (pa.array([{"a": 1, "b": 2}]), pa.array([{"b": 3}]), [{"a": 1, "b": 2}, {"a": None, "b": 3}]),
        (pa.array([[1]]), pa.array([None], pa.list_(pa.null())), [[1], None]),
        (pa.array([[1]]), pa.array([[]], pa.list_(pa.null())), [[1], []]),
        (pa.array([{"a": 1}]), pa.array([{"z": None, "a": 2}]), [{"a": 1}, {"a": 2}]),
    ],
    ids=["whole numbers", "decimals", "fewer fields", "null lists", "empty lists", "fields of nulls"],
)
def test_a_frozen_column_takes_what_it_can_hold(
    platform: Platform, first: pa.Array[Any], later: pa.Array[Any], expected: list[Any]
) -> None:
    write(platform, first)
    load(platform)
    write(platform, later)
    load(platform, schema_contract="freeze")
    assert expected == sorted((row["v"] for row in platform.rows()), key=expected.index)


def test_structs_and_lists_grow_with_the_source(platform: Platform) -> None:
    write(
        platform, pa.array([{"a": 1, "l": [1]}], pa.struct([("a", pa.int64()), ("l", pa.list_(pa.int32()))]))
    )
    load(platform)
    later = pa.array([{"l": [2**40], "b": {"c": "x"}, "a": 2}])
    write(platform, later)
    frozen = platform.load(source_config={"format": "parquet"}, schema_contract="freeze")
    assert not frozen.success
    assert "column v" in frozen.errors[0]
    load(platform)
    assert [
        {"a": 1, "l": [1], "b": None},
        {"a": 2, "l": [2**40], "b": {"c": "x"}},
    ] == sorted((row["v"] for row in platform.rows()), key=lambda v: v["a"])


def test_a_list_of_nulls_waits_for_its_first_value(platform: Platform) -> None:
    write(platform, pa.array([[None], []], pa.list_(pa.null())))
    load(platform)
    assert [{}, {}] == values(platform)
    write(platform, pa.array([[1]]))
    load(platform)
    assert [[1], None, None] == sorted((row["v"] for row in platform.rows()), key=lambda v: v is None)


@pytest.mark.parametrize("is_nested", [False, True])
def test_uuids_stay_uuids(platform: Platform, *, is_nested: bool) -> None:
    plain = pa.array([U.bytes, None], pa.uuid())
    for _ in range(2):
        write(platform, pa.StructArray.from_arrays([plain], ["u"]) if is_nested else plain)
        load(platform)
    expected = [{"u": U}, {"u": None}] if is_nested else [U, None]
    assert Counter(map(str, expected * 2)) == Counter(str(row["v"]) for row in platform.rows())
    assert "uuid" in kind_of(platform)


def test_values_of_other_extension_types_are_loaded_as_they_are_stored(platform: Platform) -> None:
    column = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}']))
    write(platform, column)
    load(platform)
    assert [{"v": '{"a": 1}'}] == values(platform)


def test_a_column_that_was_required_in_older_files_may_be_missing(platform: Platform) -> None:
    columns = [("id", pa.int64()), ("v", pa.string())]
    required = pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])
    pq.write_table(pa.table({"id": [1], "v": ["a"]}, schema=required), platform.data / "0.parquet")
    load(platform)
    pq.write_table(pa.table({"id": [2]}), platform.data / "0.parquet")
    load(platform)
    assert [{"id": 1, "v": "a"}, {"id": 2, "v": None}] == platform.rows("id", "v")


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1704067200000000001], pa.timestamp("ns")),
        pa.array([1704067200000000001], pa.timestamp("ns", "UTC")),
        pa.array([1], pa.time64("ns")),
    ],
    ids=lambda column: str(column.type),
)
def test_parts_of_a_microsecond_are_refused_with_file_and_column(
    platform: Platform, column: pa.Array[Any]
) -> None:
    write(platform, column)
    (error,) = platform.load(source_config={"format": "parquet"}).errors
    assert "0.parquet, column v: a time has parts of a microsecond" in error
    assert "170406" not in error


def test_times_in_the_old_type_of_spark_can_be_in_any_year(platform: Platform) -> None:
    times = [datetime(1, 1, 1), datetime(1970, 1, 1), datetime(9999, 12, 31, 23)]  # noqa: DTZ001 - without a zone
    table = pa.table({"id": [1, 2, 3], "v": pa.array(times, pa.timestamp("us"))})
    pq.write_table(table, platform.data / "0.parquet", use_deprecated_int96_timestamps=True)
    load(platform)
    assert times == [row["v"] for row in values(platform)]


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ({"a": 1, "A": 2}, "the fields a, A, whose names differ in case only"),
        ([{"x": {"a": 1, "A": 2}}], "the fields a, A, whose names differ in case only"),
        ({"": 1}, "a field that has no name"),
    ],
)
def test_fields_that_engines_cannot_name_are_refused(platform: Platform, value: Any, cause: str) -> None:
    write(platform, pa.array([value]))
    (error,) = platform.load(source_config={"format": "parquet"}).errors
    assert f"column v is a struct with {cause}" in error


def test_a_struct_may_be_null_although_a_field_in_it_is_required(platform: Platform) -> None:
    required = pa.struct([pa.field("a", pa.int64(), nullable=False)])
    write(platform, pa.array([{"a": 1}, None], required))
    load(platform)
    assert [{"a": 1}, None] == [row["v"] for row in platform.rows()]


TYPES: list[tuple[Any, pa.DataType]] = [
    (True, pa.bool_()),
    (1, pa.int8()),
    (1.5, pa.float32()),
    (Decimal("1.25"), pa.decimal128(10, 2)),
    (Decimal("1.25"), pa.decimal128(38, 20)),
    (date(2026, 1, 2), pa.date32()),
    (datetime(2026, 1, 2), pa.timestamp("ms")),  # noqa: DTZ001 - a time without a zone
    (INSTANT, pa.timestamp("us", "UTC")),
    ("x", pa.large_string()),
    (b"x" * 16, pa.binary(16)),
    (U.bytes, pa.uuid()),
    ([1], pa.list_(pa.int32())),
    ({"a": 1, "b": 1.5}, pa.struct([("a", pa.int8()), ("b", pa.float32())])),
    ([("k", 1.5)], pa.map_(pa.string(), pa.float32())),
    ("x", pa.dictionary(pa.int8(), pa.string())),
]


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize(("value", "kind"), TYPES, ids=str)
def test_a_file_that_lacks_a_column_leaves_its_type_alone(
    platform: Platform, value: object, kind: pa.DataType, order: str
) -> None:
    full = pa.table({"id": [1], "v": pa.array([value], kind)})
    pq.write_table(full, platform.data / "a.parquet")
    assert platform.load(table="bronze.alone", source_config={"format": "parquet"}).success
    (platform.data / "a.parquet").unlink()
    for contract in ("evolve", "freeze"):
        pq.write_table(full, platform.data / f"{order[0]}.parquet")
        pq.write_table(pa.table({"id": [2]}), platform.data / f"{order[1]}.parquet")
        load(platform, schema_contract=contract)
    alone = platform.catalog.load_table("bronze.alone").schema()
    assert alone.as_arrow().types == platform.catalog.load_table(TABLE).schema().as_arrow().types
    assert 4 == len(platform.rows())


@pytest.mark.parametrize("kind", [pa.string(), pa.float64(), pa.binary(16), pa.timestamp("us")], ids=str)
def test_a_column_without_values_fits_into_the_one_that_is_there(
    platform: Platform, kind: pa.DataType
) -> None:
    write(platform, pa.array([1]))
    load(platform)
    write(platform, pa.array([None, None], kind))
    load(platform, schema_contract="freeze")
    assert {"id", "v"} == platform.columns()
    assert [1, None, None] == sorted((row["v"] for row in platform.rows()), key=str)[:3]
