"""Spark reads every value that the plugin writes."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, UUIDType

from tests.platforms import TABLE
from tests.spark.engine import Spark, SparkError
from tests.spark.lake import Lake

POINT: Final = pa.struct([("x", pa.int64()), ("name", pa.string())])
MOMENTS: Final = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999), datetime(1582, 10, 10)]  # noqa: DTZ001 - a type of its own
NINES: Final = 10**38 - 1

KINDS: Final[Mapping[str, tuple[pa.DataType, list[Any]]]] = {
    "boolean": (pa.bool_(), [True, False]),
    **{
        f"int{n}": (kind, [-(2 ** (n - 1)), 2 ** (n - 1) - 1, 0])
        for n, kind in ((8, pa.int8()), (16, pa.int16()), (32, pa.int32()), (64, pa.int64()))
    },
    **{
        f"uint{n}": (kind, [0, 2**n - 1])
        for n, kind in ((8, pa.uint8()), (16, pa.uint16()), (32, pa.uint32()))
    },
    "uint64": (pa.uint64(), [0, 2**63 - 1]),
    "float16": (pa.float16(), [65504.0, -0.0]),
    "float32": (pa.float32(), [3.4028234663852886e38, 1.401298464324817e-45, -0.0, math.nan, -math.inf]),
    "float64": (pa.float64(), [1.7976931348623157e308, 5e-324, -0.0, math.nan, math.inf]),
    "decimal_9": (pa.decimal128(9, 2), [Decimal("9999999.99"), Decimal("-0.01")]),
    "decimal_18": (pa.decimal128(18, 0), [Decimal(10**18 - 1), Decimal(0)]),
    "decimal_38": (pa.decimal128(38, 0), [Decimal(NINES), Decimal(-NINES)]),
    "decimal_places": (pa.decimal128(38, 38), [Decimal((0, (9,) * 38, -38)), Decimal((1, (1,), -38))]),
    "date": (pa.date32(), [date(1, 1, 1), date(9999, 12, 31), date(1582, 10, 10), date(1969, 12, 31)]),
    "timestamp": (pa.timestamp("us"), MOMENTS),
    "timestamp_ms": (pa.timestamp("ms"), [datetime(1969, 12, 31, 23, 59, 59, 999_000)]),  # noqa: DTZ001
    "timestamptz": (pa.timestamp("us", "UTC"), [moment.replace(tzinfo=UTC) for moment in MOMENTS]),
    "zoned": (
        pa.timestamp("us", "Europe/Oslo"),
        [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)],
    ),
    "string": (pa.string(), ["", "\0", "a\0b", "\U0001f409", "'\"\\\n", "é", "x" * 100_000]),
    "large_string": (pa.large_string(), ["", "ß"]),
    "string_view": (pa.string_view(), ["", "longer than twelve bytes"]),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a"]),
    "binary": (pa.binary(), [b"", b"\0", bytes(range(256))]),
    "large_binary": (pa.large_binary(), [b"", b"\xff"]),
    "binary_view": (pa.binary_view(), [b"", b"longer than twelve bytes"]),
    "fixed": (pa.binary(3), [b"\0\0\0", b"\xff\xff\xff"]),
    "list": (pa.list_(pa.int64()), [[], [None], [1, None, 2**63 - 1]]),
    "list_of_decimals": (pa.list_(pa.decimal128(38, 2)), [[Decimal("1.25"), None]]),
    "list_of_lists": (pa.list_(pa.list_(pa.string())), [[], [None], [[]], [[None]], [["a"], None]]),
    "list_of_structs": (
        pa.list_(POINT),
        [[], [None], [{"x": None, "name": None}], [{"x": 1, "name": ""}, None]],
    ),
    "fixed_list": (pa.list_(pa.int64(), 2), [[1, None]]),
    "struct": (POINT, [{"x": None, "name": None}, {"x": -(2**63), "name": "\0"}]),
    "struct_of_all": (
        pa.struct(
            [
                ("list", pa.list_(POINT)),
                ("map", pa.map_(pa.string(), POINT)),
                ("at", pa.timestamp("us", "UTC")),
                ("in", pa.struct([("f", pa.binary(2))])),
            ]
        ),
        [
            {"list": None, "map": None, "at": None, "in": None},
            {"list": [], "map": [], "at": None, "in": {"f": None}},
            {
                "list": [None],
                "map": [("k", None)],
                "at": MOMENTS[0].replace(tzinfo=UTC),
                "in": {"f": b"\0\xff"},
            },
        ],
    ),
    "map": (pa.map_(pa.string(), pa.int64()), [[], [("", None)], [("a", 1), ("b", -1)]]),
    "map_of_numbers": (pa.map_(pa.int64(), pa.float64()), [[(-(2**63), math.nan), (0, -0.0)]]),
    "map_of_structs": (pa.map_(pa.string(), POINT), [[], [("k", None)], [("k", {"x": None, "name": None})]]),
    "map_of_lists": (
        pa.map_(pa.date32(), pa.list_(pa.binary())),
        [[(date(1, 1, 1), [b"", None]), (date(2026, 1, 1), None)]],
    ),
}
ROWS: Final = 1 + max(len(values) for _, values in KINDS.values())
MERGE: Final = {"write_mode": "merge", "source_config": {"primary_key": "place", "merge_strategy": "upsert"}}
TABLES: Final = {"appended": "bronze.appended", "rewritten": "bronze.rewritten"}


def rows(first: int = 0) -> pa.Table:
    """A row with null in every column, and rows that have the values of each; *first* is the first row's place."""
    columns = {
        name: pa.array([None, *values, *[None] * (ROWS - 1 - len(values))], kind)
        for name, (kind, values) in KINDS.items()
    }
    return pa.table({"place": range(first, first + ROWS)} | columns)


@pytest.fixture(scope="module")
def read(spark: Spark, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, pa.Table]]:
    """What Spark reads of a table that was appended to, and of one whose file a merge has written anew."""
    lake = Lake(spark, tmp_path_factory.mktemp("types"))
    lake.load_table(rows(), TABLES["appended"])
    lake.load_table(rows(), TABLES["rewritten"], **MERGE)
    lake.load_table(rows().slice(ROWS - 1), TABLES["rewritten"], **MERGE)
    yield {how: lake.query(f"SELECT * FROM floe.{table} ORDER BY place") for how, table in TABLES.items()}
    lake.platform.plugin.shutdown()


@pytest.mark.parametrize("how", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_spark_reads_what_was_sent(read: dict[str, pa.Table], kind: str, how: str) -> None:
    assert comparable(rows()[kind].to_pylist()) == comparable(read[how][kind].to_pylist())


def test_spark_reads_what_a_column_of_arrows_uuids_becomes(lake: Lake) -> None:
    values = [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
    lake.load_table(pa.table({"value": pa.array(values, pa.uuid())}))
    found = lake.query(f"SELECT value FROM floe.{TABLE} ORDER BY value")["value"].to_pylist()
    assert comparable(values) == found


def test_spark_reads_uuids_as_text(lake: Lake) -> None:
    values = [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
    lake.platform.catalog.create_namespace("bronze")
    lake.platform.catalog.create_table(TABLE, Schema(NestedField(1, "value", UUIDType())))
    lake.load_table(pa.table({"value": [str(value) for value in values]}))
    lake.load_table(pa.table({"value": [None, *(value.bytes for value in values)]}))
    found = lake.query(f"SELECT value FROM floe.{TABLE} ORDER BY value")["value"].to_pylist()
    assert comparable([None, values[0], values[0], values[1], values[1]]) == found


def comparable(value: Any) -> Any:
    """The value so that nan equals itself, zero is not minus zero, a moment has no place, and a uuid is text."""
    match value:
        case float() | uuid.UUID():
            return str(value)
        case datetime() if value.tzinfo:
            return value.astimezone(UTC)
        case list() | tuple():
            return [comparable(inner) for inner in value]
        case dict():
            return {name: comparable(inner) for name, inner in value.items()}
        case _:
            return value


def test_spark_reads_what_rows_of_python_values_become(lake: Lake) -> None:
    lake.load(
        [
            {"id": 1, "n": 2**63 - 1, "f": 0.1, "d": Decimal("-12345678901234567890.123456789"), "b": True},
            {"id": 2, "at": datetime(2026, 1, 1, 12, tzinfo=UTC), "day": date(1, 1, 1), "raw": b"\0"},
            {"id": 3, "u": uuid.UUID(int=7), "who": {"name": "é", "age": None}, "tags": ["a", "b"]},
        ]
    )
    first, second, third = (
        {name: value for name, value in row.items() if value is not None and not name.startswith("_dlt")}
        for row in lake.query(f"SELECT * FROM floe.{TABLE} ORDER BY id").to_pylist()
    )
    assert {
        "id": 1,
        "n": 2**63 - 1,
        "f": 0.1,
        "d": Decimal("-12345678901234567890.123456789"),
        "b": True,
    } == first
    assert {"id": 2, "at": datetime(2026, 1, 1, 12, tzinfo=UTC), "day": date(1, 1, 1), "raw": b"\0"} == second
    assert {"id": 3, "u": str(uuid.UUID(int=7)), "who__name": "é"} == third
    assert ["a", "b"] == lake.query(f"SELECT value FROM floe.{TABLE}__tags ORDER BY value")[
        "value"
    ].to_pylist()


def test_spark_reads_no_column_of_a_table_that_has_a_time(lake: Lake) -> None:
    """Spark 3.5 has no such type; docs/types.md says so."""
    lake.load_table(pa.table({"id": [1], "at": pa.array([time(1, 2, 3)], pa.time64("us"))}))
    with pytest.raises(SparkError, match="Spark does not support time fields"):
        lake.query(f"SELECT id FROM floe.{TABLE}")
