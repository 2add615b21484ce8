"""Decimals in Arrow: each number is exact, or refused, also where Arrow's own conversion makes another number of it."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.arrow.exact_casts import array_of, cast_exactly

KINDS = st.integers(1, 38).flatmap(
    lambda precision: st.builds(pa.decimal128, st.just(precision), st.integers(0, precision))
)
DIGITS = st.text("0123456789", max_size=45)
NUMBERS = st.builds(
    lambda sign, whole, places, exponent: f"{sign}{whole or '0'}{places and '.'}{places}{exponent}",
    st.sampled_from(["", "-"]),
    DIGITS,
    DIGITS | st.just("0" * 60),
    st.just("") | st.integers(-60, 60).map(lambda power: f"e{power}"),
)


def holds(kind: pa.Decimal128Type, text: str) -> bool:
    unscaled = Fraction(text) * Fraction(10) ** kind.scale
    return unscaled.denominator == 1 and bool(abs(unscaled) < 10**kind.precision)


@given(st.lists(NUMBERS, min_size=1, max_size=3), KINDS)
@example(["-3.5"], pa.decimal128(38, 38))
@example(["0." + 48 * "1"], pa.decimal128(38, 9))
@example([f"1.5{'0' * 47}"], pa.decimal128(38, 9))
@example(["5667529203501e23"], pa.decimal128(38, 18))
@example(["85070591730234615865843651857942052864"], pa.decimal128(12, 2))
def test_a_number_is_exact_or_refused(texts: list[str], kind: pa.Decimal128Type) -> None:
    numbers = [Decimal(text) for text in texts]
    if all(holds(kind, text) for text in texts):
        expected = [*numbers, None]
        assert expected == cast_exactly(pa.array([*texts, None]), kind).to_pylist()
        assert expected == cast_exactly(pa.chunked_array([texts, [None]], pa.string()), kind).to_pylist()
        assert expected == array_of([*numbers, None], kind).to_pylist()
    else:
        with pytest.raises(pa.ArrowInvalid):
            cast_exactly(pa.array(texts), kind)
        with pytest.raises(pa.ArrowInvalid):
            array_of(numbers, kind)


@given(st.integers(-(10**38) + 1, 10**38 - 1), KINDS, KINDS)
@example(35, pa.decimal128(38, 1), pa.decimal128(38, 38))
def test_a_decimal_is_the_same_in_another_type_or_refused(
    unscaled: int, has: pa.Decimal128Type, kind: pa.Decimal128Type
) -> None:
    number = Decimal(unscaled % 10**has.precision).scaleb(-has.scale, Context(prec=40))
    column = pa.array([number, None], has)
    if holds(kind, str(number)):
        assert [number, None] == cast_exactly(column, kind).to_pylist()
    else:
        with pytest.raises(pa.ArrowInvalid):
            cast_exactly(column, kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1_0",
        "\uff11",
        "NaN",
        "Infinity",
        "0x1",
        "1,5",
        "e5",
        "-",
        ".",
        "1.2.3",
        "1e99999999999999999999",
    ],
)
@pytest.mark.parametrize("beside", ["1", "1e1"])
def test_a_text_that_is_no_number_is_refused(text: str, beside: str) -> None:
    with pytest.raises(pa.ArrowInvalid):
        cast_exactly(pa.array([beside, text]), pa.decimal128(12, 2))


@pytest.mark.parametrize("number", [10**40, 10**30, -(10**29) - 1])
def test_a_whole_number_that_is_too_large_is_refused(number: int) -> None:
    with pytest.raises(pa.ArrowInvalid):
        array_of([1, number], pa.decimal128(38, 9))


@pytest.mark.parametrize("text", ["+1.5", "1.50", "0001.5", "15e-1", "+1.5E0"])
def test_forms_of_a_number_are_read(text: str) -> None:
    assert [Decimal("1.50")] == cast_exactly(pa.array([text]), pa.decimal128(12, 2)).to_pylist()


def test_columns_without_a_number_are_read() -> None:
    assert [None] == cast_exactly(pa.array([None], pa.string()), pa.decimal128(12, 2)).to_pylist()
    assert [] == array_of([], pa.decimal128(12, 2)).to_pylist()
    assert [Decimal(5), None] == array_of([5, None], pa.decimal128(12, 2)).to_pylist()


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (0.1, pa.decimal128(38, 38), Decimal("0.1")),
        (3.14159, pa.decimal128(12, 2), None),
        (1e22, pa.decimal128(38, 0), Decimal(10**22)),
        (float("nan"), pa.decimal128(12, 2), None),
        (float("-inf"), pa.decimal128(12, 2), None),
        (b"3.5", pa.decimal128(12, 2), Decimal("3.50")),
        (b"3.5", pa.decimal128(38, 38), None),
        (b"\xff", pa.decimal128(12, 2), None),
        (2, pa.bool_(), None),
        (0.5, pa.bool_(), None),
        (1, pa.bool_(), True),
        (12, pa.decimal128(4, 2), Decimal(12)),
        (123, pa.decimal128(4, 2), None),
        (2**63 - 1, pa.decimal128(38, 19), Decimal(2**63 - 1)),
        (2**63 - 1, pa.decimal128(38, 20), None),
        (0.0, pa.bool_(), False),
    ],
)
@pytest.mark.parametrize("is_encoded", [True, False])
def test_a_value_is_the_same_in_another_type_or_refused(
    number: object, kind: pa.DataType, expected: object, *, is_encoded: bool
) -> None:
    values: list[Any] = [number, None]
    column: Any = pa.array(values)
    if is_encoded:
        column = column.dictionary_encode()
    if expected is None:
        with pytest.raises(pa.ArrowInvalid):
            cast_exactly(column, kind)
    else:
        assert [expected, None] == cast_exactly(column, kind).to_pylist()


def test_a_column_of_nulls_is_one_of_any_type() -> None:
    for kind in (pa.decimal128(12, 2), pa.bool_()):
        assert [None] == cast_exactly(pa.nulls(1), kind).to_pylist()
        assert [None] == cast_exactly(pa.array([None], pa.int64()), kind).to_pylist()
