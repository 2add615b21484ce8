from __future__ import annotations

from decimal import Context, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.exact_decimals import digits, digits_in_length, exact_type, holds
from floe_ingestion_dlt.domain.schema import Decimal as DecimalType

USUAL = DecimalType(38, 9)
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


@given(st.lists(numbers, min_size=1, max_size=5))
def test_every_value_is_exact_in_the_type(values: list[Decimal]) -> None:
    kind = exact_type(values, [USUAL])
    if kind is None:
        return
    column = pa.array([Context(prec=60).plus(v) for v in values], pa.decimal128(kind.precision, kind.scale))
    assert values == column.to_pylist()


@given(st.lists(numbers, max_size=5))
def test_there_is_a_type_if_38_digits_are_enough(values: list[Decimal]) -> None:
    texts = [format(value.copy_abs(), "f").partition(".") for value in values]
    whole = max((len(before.lstrip("0")) for before, _, _ in texts), default=0)
    places = max((len(after.rstrip("0")) for _, _, after in texts), default=0)
    assert (exact_type(values, []) is not None) == (whole + places <= 38)


@pytest.mark.parametrize(
    ("values", "preferred", "expected"),
    [
        (["1.5"], [USUAL], USUAL),
        (["0.123456789012"], [USUAL], DecimalType(38, 12)),
        (["0.123456789012"], [DecimalType(38, 14), USUAL], DecimalType(38, 14)),
        (["1.500000000000"], [USUAL], USUAL),
        (["1E+30"], [USUAL], DecimalType(38, 0)),
        (["9" * 39], [USUAL], None),
        (["NaN"], [USUAL], None),
        (["Infinity"], [USUAL], None),
        (["1" * 20, "0.1234567890123456789"], [USUAL], None),
        ([], [USUAL], USUAL),
    ],
)
def test_the_preferred_type_is_taken_if_it_holds_the_values(
    values: list[str], preferred: list[DecimalType], expected: DecimalType | None
) -> None:
    assert expected == exact_type(map(Decimal, values), preferred)


@given(st.integers(1, 65).flatmap(lambda digits: st.tuples(st.just(digits), st.integers(0, digits))))
def test_the_digits_are_those_of_the_longest_text(kind: tuple[int, int]) -> None:
    digits, scale = kind
    length = digits + (1 if scale else 0)
    assert digits == digits_in_length(length, scale, is_unsigned=True)
    assert digits == digits_in_length(length + 1, scale, is_unsigned=False)


@given(
    st.one_of(numbers, st.floats(), st.integers(), numbers.map(str)), st.integers(1, 38), st.integers(0, 38)
)
def test_a_type_holds_a_number_that_rounding_to_its_places_does_not_change(
    value: Decimal | float | str, precision: int, scale: int
) -> None:
    scale = min(scale, precision)
    number = Decimal(repr(value) if isinstance(value, float) else value)
    wide = Context(prec=999)
    expected = number.is_finite() and (
        wide.quantize(number, Decimal((0, (1,), -scale))) == number
        and wide.abs(number) < Decimal(10) ** (precision - scale)
    )
    assert expected == holds(DecimalType(precision, scale), value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0E-20", (0, 0)),
        ("0012.500", (2, 1)),
        ("1E+30", (31, 0)),
        ("1e-400", (0, 400)),
        ("1e999999999", (1_000_000_000, 0)),
        (0.1, (0, 1)),
        (float("nan"), None),
        ("-Infinity", None),
        ("ten", None),
        (10**40, (41, 0)),
    ],
)
def test_the_digits_are_those_that_the_number_needs(
    value: float | str, expected: tuple[int, int] | None
) -> None:
    assert expected == digits(value)
