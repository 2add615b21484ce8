"""Decimals at the ends of their types, from every kind of source: a number arrives as it is, beside its column, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.embedded.rows_of_each_kind import pipeline
from tests.platforms import TABLE, Platform

ONES, ZEROS = 48 * "1", 47 * "0"
# Numbers that pyarrow makes other ones of, or nearly: the type of their column, and whether it holds them.
NUMBERS = [
    ("3.5", (38, 38), False),
    ("0.5", (38, 38), True),
    ("46908938539.72217", (38, 37), False),
    ("123456789012345678901.5", (38, 18), False),
    ("12345678901234567890.5", (38, 18), True),
    ("85070591730234615865843651857942052864", (12, 2), False),
    ("5667529203501E23", (38, 18), False),
    (f"0.{ONES}", (38, 9), False),
    (f"1.5{ZEROS}", (38, 9), True),
    (f"-1.5{ZEROS}00000000000", (38, 9), True),
]
Load = Callable[[Platform, str, tuple[int, int]], Any]


def as_csv(platform: Platform, number: str, _: tuple[int, int]) -> Any:
    return platform.plugin.run(pipeline(platform, "csv", [{"id": 1, "m": number}]))


def as_padded_csv(platform: Platform, number: str, kind: tuple[int, int]) -> Any:
    named = {"reader_options": {"column_types": {"m": "decimal128({}, {})".format(*kind)}}}
    rows = [{"id": 1, "m": f" {number}\t"}]
    return platform.plugin.run(pipeline(platform, "csv", rows, source_config=named))


def as_german_csv(platform: Platform, number: str, _: tuple[int, int]) -> Any:
    (platform.data / "a.csv").write_text(f"id;m\n1;{number.replace('.', ',')}\n")
    options = {"delimiter": ";", "decimal_point": ",", "thousands": "."}
    return platform.load(source_config={"format": "csv", "reader_options": options})


def as_json(platform: Platform, number: str, _: tuple[int, int]) -> Any:
    (platform.data / "a.jsonl").write_text(f'{{"id": 1, "m": {number}}}\n')
    return platform.load(source_config={"format": "jsonl"})


def as_sqlite(platform: Platform, number: str, kind: tuple[int, int]) -> Any:
    named = {"column_types": {"m": "decimal128({}, {})".format(*kind)}}
    return platform.plugin.run(pipeline(platform, "sqlite", [{"id": 1, "m": number}], source_config=named))


def as_cast(platform: Platform, number: str, kind: tuple[int, int]) -> Any:
    pq.write_table(pa.table({"id": [1], "m": [number]}), platform.data / "a.parquet")
    columns = {"m": "decimal({}, {})".format(*kind)}
    return platform.load(source_config={"format": "parquet", "columns": columns})


def as_cast_decimal(platform: Platform, number: str, kind: tuple[int, int]) -> Any:
    try:
        column = pa.array([Decimal(number)])
    except pa.ArrowInvalid:
        pytest.skip("pyarrow has no type for it")
    if not pa.types.is_decimal128(column.type):
        pytest.skip("Iceberg has no type for it")
    pq.write_table(pa.table({"id": [1], "m": column}), platform.data / "a.parquet")
    columns = {"m": "decimal({}, {})".format(*kind)}
    return platform.load(source_config={"format": "parquet", "columns": columns})


def as_python(platform: Platform, number: str, _: tuple[int, int]) -> Any:
    return platform.load([{"id": 1, "m": Decimal(number)}])


def as_text_of_python(platform: Platform, number: str, _: tuple[int, int]) -> Any:
    return platform.load([{"id": 1, "m": number}])


LOADS = [
    as_csv,
    as_padded_csv,
    as_german_csv,
    as_json,
    as_sqlite,
    as_cast,
    as_cast_decimal,
    as_python,
    as_text_of_python,
]


@pytest.mark.parametrize(("number", "kind", "is_held"), NUMBERS)
@pytest.mark.parametrize("load", LOADS)
def test_a_number_is_never_changed(
    platform: Platform, load: Load, number: str, kind: tuple[int, int], *, is_held: bool
) -> None:
    there = pa.table({"id": [0], "m": pa.array([None], pa.decimal128(*kind))})
    platform.catalog.create_namespace_if_not_exists("bronze")
    platform.catalog.create_table(TABLE, there.schema).append(there)
    result = load(platform, number, kind)
    rows = [row for row in platform.rows() if row["id"] == 1]
    if is_held:
        assert (True, Decimal(number)) == (result.success, rows[0]["m"])
        return
    assert result.success == bool(rows)
    beside = [value for row in rows for name, value in row.items() if name.startswith("m__v_") and value]
    # as text, as a double, or as a decimal of another type
    assert all(Decimal(str(value)) == Decimal(number) or float(value) == float(number) for value in beside)
    assert [None] * len(rows) == [row["m"] for row in rows]
    assert len(beside) == len(rows)
    if not result.success:
        assert "m" in result.errors[0]


@pytest.mark.parametrize("number", [f"0.{ONES}", "1E-48", "1E+30"])
@pytest.mark.parametrize("row", [{"l": [None]}, {"o": {"a": None}}, {"l": [{"a": None}]}], ids=str)
def test_a_nested_number_that_no_decimal_holds_is_refused_by_its_column(
    platform: Platform, number: str, row: dict[str, Any]
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else Decimal(number)

    result = platform.load([{"id": 1, **filled(row)}])
    column = "o__a of" if "o" in row else "orders__l is"
    assert not result.success
    assert column in result.errors[0]
    assert "digits before the point" in result.errors[0]


def test_a_zero_with_an_exponent_is_zero(platform: Platform) -> None:
    assert platform.load([{"id": 1, "m": Decimal("0E+40")}]).success
    assert [0] == [row["m"] for row in platform.rows()]
