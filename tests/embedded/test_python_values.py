"""Rows that come as Python values: what arrives in which type, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import dlt
import pyarrow as pa
import pytest

from tests.platforms import TABLE, Platform


@pytest.mark.parametrize(
    ("value", "kind", "arrives"),
    [
        (2**63 - 1, "long", 2**63 - 1),
        (-(2**63), "long", -(2**63)),
        (-0.0, "double", -0.0),
        (Decimal("12345.678900001"), "decimal(38, 9)", Decimal("12345.678900001")),
        (date(1, 1, 1), "date", date(1, 1, 1)),
        (date(9999, 12, 31), "date", date(9999, 12, 31)),
        (datetime(1, 1, 1, tzinfo=UTC), "timestamptz", datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1), "timestamptz", datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001 - dlt takes it for UTC
        (time.max, "time", time.max),
        ("a\0b", "string", "a\0b"),
        (b"\0\xff", "binary", b"\0\xff"),
        (UUID(int=7), "string", str(UUID(int=7))),
    ],
    ids=str,
)
def test_a_value_arrives_in_its_type(platform: Platform, value: object, kind: str, arrives: object) -> None:
    assert platform.load([{"id": 1, "value": value}]).success
    assert kind == str(platform.catalog.load_table(TABLE).schema().find_type("value"))
    (row,) = platform.rows("id", "value")
    assert repr(arrives) == repr(
        row["value"].astimezone(UTC) if isinstance(arrives, datetime) else row["value"]
    )


@pytest.mark.parametrize(
    "value", [2**63, 2**64, Decimal("0.1234567890123456789")], ids=["2**63", "2**64", "19 decimals"]
)
def test_a_value_beyond_its_type_is_refused_and_nothing_is_written(platform: Platform, value: object) -> None:
    result = platform.load([{"id": 1, "value": value}])
    assert not result.success
    assert not platform.catalog.table_exists(TABLE) or not platform.rows()


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"big": 2**63}, "column big of orders", "64 bits"),
        ({"lines": [{"sku": 1}, {"sku": 2**63}]}, "column sku of orders__lines", "64 bits"),
        (
            {"price": Decimal("0.1234567890123456789")},
            "column price of orders is decimal(38, 9)",
            "0 digits before the point and 19 after",
        ),
        (
            {"price": Decimal(10) ** 30},
            "column price of orders is decimal(38, 9)",
            "31 digits before the point and 0 after",
        ),
    ],
    ids=["whole number", "nested", "places", "digits"],
)
def test_a_value_beyond_its_type_is_named_by_its_column(
    platform: Platform, row: dict[str, object], column: str, words: str
) -> None:
    (error,) = platform.load([{"id": 1}, {"id": 2, **row}]).errors
    assert error.startswith("[PERMANENT] SourceFailed")
    assert (True, True) == (column in error, words in error)


@pytest.mark.parametrize(
    ("value", "column"),
    [
        (0.1, None),
        (2.5e8, None),
        (0.1 + 0.2, "amount__v_double"),
        (1e35, "amount__v_double"),
        ("1.5", None),
        ("0.0123456789", "amount__v_text"),
        ("1e400", "amount__v_text"),
    ],
    ids=str,
)
def test_a_number_that_a_decimal_column_does_not_hold_gets_a_column_of_its_own(
    platform: Platform, value: float | str, column: str | None
) -> None:
    assert platform.load([{"id": 1, "amount": Decimal("1.5")}]).success
    assert platform.load([{"id": 2, "amount": value}]).success
    _, row = platform.rows()
    assert {
        "id": 2,
        "amount": None,
        **({column: value} if column else {"amount": Decimal(str(value))}),
    } == row


@pytest.mark.parametrize("first", [3.5, 3, True], ids=str)
@pytest.mark.parametrize(
    "value", [Decimal("0.12345678901234567890"), Decimal("NaN"), Decimal("-Infinity")], ids=str
)
def test_a_decimal_that_fits_neither_its_column_nor_the_one_beside_it_is_named(
    platform: Platform, first: object, value: Decimal
) -> None:
    (error,) = platform.load([{"id": 1, "m": first}, {"id": 2, "m": value}]).errors
    assert "column m__v_decimal of orders is decimal(38, 9), but one of its" in error


@pytest.mark.parametrize("value", [1.234, "1.234", Decimal("1.234"), 12345678901, Decimal("NaN")], ids=str)
def test_a_number_beyond_the_digits_of_a_declared_decimal_is_named_by_its_column(
    platform: Platform, value: object
) -> None:
    columns: dict[str, Any] = {"amount": {"data_type": "decimal", "precision": 12, "scale": 2}}
    rows = [{"id": 1, "amount": Decimal("1.5")}, {"id": 2, "amount": value}]
    result = platform.plugin.run(
        platform.pipeline(), source=dlt.resource(rows, name="orders", columns=columns)
    )
    (error,) = result.errors
    assert error.startswith("[PERMANENT] SourceFailed")
    assert "the column amount of orders is decimal(12, 2), but one of its " in error
    assert str(value) not in error


@pytest.mark.parametrize("other", ["n/a", 1e35, 0.1 + 0.2], ids=str)
def test_a_value_with_a_column_of_its_own_is_not_taken_for_the_one_that_is_refused(
    platform: Platform, other: object
) -> None:
    assert platform.load([{"id": 1, "amount": Decimal("1.5")}]).success
    (error,) = platform.load([{"id": 2, "amount": other, "big": 1}, {"id": 3, "big": 2**63}]).errors
    assert "the column big of orders has a whole number" in error


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_cannot_say_arrives_as_null(platform: Platform, value: float) -> None:
    platform.load([{"id": 1, "value": 1.5}])
    assert platform.load([{"id": 2, "value": value}]).success
    assert [1.5, None] == [row["value"] for row in platform.rows("id", "value")]


@pytest.mark.parametrize("keys", [("id", "ID"), ("a b", "a.b"), ("OrderId", "order_id")], ids=str)
def test_two_keys_of_a_row_that_would_be_one_column_are_refused(
    platform: Platform, keys: tuple[str, str]
) -> None:
    result = platform.load([{"n": 1}, {"n": 2} | dict.fromkeys(keys, 2)])
    assert not result.success
    assert all(repr(key) in result.errors[0] for key in keys)
    assert "Rename all but one" in result.errors[0]
    assert not platform.catalog.table_exists(TABLE)


def test_keys_that_come_in_different_rows_may_be_one_column(platform: Platform) -> None:
    assert platform.load([{"OrderId": 1}, {"order_id": 2}]).success
    assert [{"order_id": 1}, {"order_id": 2}] == platform.rows()


def test_a_resource_that_is_loaded_again_is_as_it_was(platform: Platform) -> None:
    resource = dlt.resource([{"n": 1}], name="orders")
    steps = len(resource._pipe)
    for _ in range(2):
        assert platform.plugin.run(platform.pipeline(), source=resource).success
    assert steps == len(resource._pipe)


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("select", "select"),
        ("x" * 255, "x" * 255),
        ("Straße", "straße"),
        ("a.b", "a_b"),
        ("1st", "_1st"),
        ("OrderId", "order_id"),
        ("_dlt_note", "_dlt_note"),
    ],
    ids=lambda name: name[:12],
)
@pytest.mark.parametrize("columnar", [True, False], ids=["table", "rows"])
def test_odd_names_become_columns(platform: Platform, key: str, column: str, columnar: bool) -> None:  # noqa: FBT001 - a case
    row = {"n": 1, key: "x"}
    resource = dlt.resource([pa.Table.from_pylist([row]) if columnar else row], name="orders")
    for _ in range(2):
        assert platform.plugin.run(platform.pipeline(), source=resource).success
    found = platform.catalog.load_table(TABLE).scan().to_arrow()
    assert ["x", "x"] == found[column].to_pylist()


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [nested(300), object()], ids=["deep", "an object"])
def test_a_row_that_json_cannot_hold_is_refused_by_what_is_wrong_with_it(
    platform: Platform, value: object
) -> None:
    result = platform.load([{"id": 1, "value": value}])
    assert not result.success
    (error,) = result.errors
    assert "a row cannot be stored as JSON" in str(error)
