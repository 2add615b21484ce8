"""CSV values meet the types of the table, value by value; a new column has one type for all files of the load."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from tests.embedded.test_json_values import table_of
from tests.platforms import Platform

MANY = 200_000  # numbers in more than the first megabyte
COLUMNS = {
    "id": pa.int64(),
    "n": pa.int64(),
    "m": pa.decimal128(10, 2),
    "x": pa.float64(),
    "b": pa.bool_(),
    "d": pa.date32(),
    "t": pa.time64("us"),
    "at": pa.timestamp("us"),
    "z": pa.timestamp("us", "UTC"),
    "u": pa.uuid(),
}
TYPED = pa.table({name: pa.array([None], kind) for name, kind in COLUMNS.items()})
FITTING = "1,2,1.50,3,true,2026-01-31,10:00:00,2026-01-31 10:00:00,2026-01-31 10:00:00," + str(UUID(int=1))
VALUES = {
    "id": 1,
    "n": 2,
    "m": Decimal("1.50"),
    "x": 3.0,
    "b": True,
    "d": date(2026, 1, 31),
    "t": time(10),
    "at": datetime(2026, 1, 31, 10),  # noqa: DTZ001 - without a zone
    "z": datetime(2026, 1, 31, 10, tzinfo=UTC),
    "u": UUID(int=1),
}
MISFITS = "2,01,1.505,9007199254740993,1,31.1.2026,24:00,?,2026-02-30 10:00:00,u"
BESIDE = {
    "n__v_text": "01",
    "m__v_double": 1.505,
    "x__v_bigint": 2**53 + 1,
    "b__v_bigint": 1,
    "d__v_text": "31.1.2026",
    "t__v_text": "24:00",
    "at__v_text": "?",
    "z__v_text": "2026-02-30 10:00:00",
    "u__v_text": "u",
}


def write(platform: Platform, *texts: str) -> None:
    for old in platform.data.iterdir():
        old.unlink()
    for number, text in enumerate(texts):
        (platform.data / f"{number}.csv").write_text(text)


def load(platform: Platform, **options: Any) -> None:
    result = platform.load(**options)
    assert result.success, result.errors


def rows(platform: Platform) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in platform.rows() if row["id"] is not None}


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_values_are_read_in_the_types_of_the_table(platform: Platform, contract: str) -> None:
    table_of(platform, TYPED)
    write(platform, f"{','.join(COLUMNS)}\n{FITTING}\n")
    load(platform, schema_contract=contract)
    assert {1: VALUES} == rows(platform)


@pytest.mark.parametrize("order", [1, -1])
def test_only_what_does_not_fit_goes_beside_the_column(platform: Platform, order: int) -> None:
    table_of(platform, TYPED)
    write(platform, "\n".join([",".join(COLUMNS), *[FITTING, MISFITS][::order]]))
    load(platform)
    found = rows(platform)
    assert found[1] == VALUES | dict.fromkeys(BESIDE)
    assert found[2] == dict.fromkeys(VALUES) | BESIDE | {"id": 2}


def test_only_what_does_not_fit_is_discarded(platform: Platform) -> None:
    table_of(platform, TYPED)
    write(platform, "\n".join([",".join(COLUMNS), FITTING, MISFITS]))
    load(platform, schema_contract="discard_value")
    assert {1: VALUES, 2: dict.fromkeys(VALUES) | {"id": 2}} == rows(platform)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "x"], ["1", "x"]),
        (["01", "17"], ["01", "17"]),
        (["1", "2.5"], [1.0, 2.5]),
        (["1", "18446744073709551616"], [Decimal(1), Decimal(2**64)]),
        (["2026-01-31", "2026-01-31 10:00:00"], [datetime(2026, 1, 31), datetime(2026, 1, 31, 10)]),  # noqa: DTZ001
        (["true", "1"], ["true", "1"]),
        (["", "5"], [None, 5]),
    ],
    ids=str,
)
def test_a_new_column_has_the_type_that_holds_the_values_of_all_files(
    platform: Platform, texts: list[str], expected: list[Any], order: int
) -> None:
    write(platform, *(f"id,v\n{number},{text}\n" for number, text in list(enumerate(texts))[::order]))
    load(platform)
    assert expected == [row["v"] for _, row in sorted(rows(platform).items())]


@pytest.mark.parametrize(
    ("late", "column", "value"),
    [
        ("x", "v__v_text", "x"),
        ("2.5", "v", 2.5),
        ("99999999999999999999", "v", Decimal(99999999999999999999)),
    ],
)
def test_a_value_that_comes_late_in_a_file_is_kept(
    platform: Platform, late: str, column: str, value: object
) -> None:
    write(platform, "id,v\n" + "".join(f"{n},{n}\n" for n in range(1, MANY)) + f"0,{late}\n{MANY},7\n")
    load(platform)
    found = rows(platform)
    assert (MANY + 1, value) == (len(found), found[0][column])
    assert [1, MANY - 1, 7] == [found[n]["v"] for n in (1, MANY - 1, MANY)]


def test_a_type_that_is_set_holds_for_a_column_of_floats_too(platform: Platform) -> None:
    table_of(platform, TYPED)
    write(platform, "id,x\n1,007\n2,abc\n")
    load(platform, source_config={"reader_options": {"column_types": {"x": "string"}}})
    assert [(None, "007"), (None, "abc")] == [(row["x"], row["x__v_text"]) for row in rows(platform).values()]


@pytest.mark.parametrize(
    "types", [{}, {"x": "float64"}, {"x": "float32"}], ids=["inferred", "float64", "float32"]
)
@pytest.mark.parametrize("before", [1, 200_000])
def test_a_number_that_is_too_large_for_a_float_is_refused_by_its_row(
    platform: Platform, types: dict[str, str], before: int
) -> None:
    platform.csv("a.csv", "x,y\n" + "1.5,a\n" * before + ",\ninf,b\n-1e400,c\n")
    result = platform.load(source_config={"format": "csv", "reader_options": {"column_types": types}})
    assert f"a.csv, row {before + 4}, column x: a number is too large for" in result.errors[0]


def test_numbers_that_are_written_as_infinite_are_loaded(platform: Platform) -> None:
    platform.csv("a.csv", "x\n1.5\ninf\n-Infinity\nINF\n")
    assert platform.load(source_config={"format": "csv"}).success
    assert [float("-inf"), 1.5, float("inf"), float("inf")] == sorted(row["x"] for row in platform.rows())
