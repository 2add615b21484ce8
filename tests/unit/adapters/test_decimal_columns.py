"""Numbers of databases as decimals: exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.columns import DECIMAL, column_of
from floe_ingestion_dlt.adapters.sources.sql_database.conversions import converted, decimals_of

NUMBERS = (
    st.none()
    | st.integers(-(10**15), 10**15)
    | st.floats()
    | st.decimals(-999, 999, places=2).map(float)
    | st.sampled_from([0.1, -0.0, 1e16, 1e22, 1e300, 5e-324, 2**62, float("nan"), float("inf")])
)


@given(st.lists(NUMBERS, max_size=4), st.sampled_from([pa.decimal128(12, 2), DECIMAL, pa.decimal128(38, 0)]))
def test_a_column_of_numbers_is_that_of_each_of_them(values: list[float | None], kind: pa.DataType) -> None:
    one_by_one = column_of(converted(values, kind), kind)
    at_once = decimals_of(values, kind)
    if set(values) == {None}:
        assert pa.array(values, kind) == at_once
    elif values:
        assert one_by_one.value_or(None) == at_once


@pytest.mark.parametrize("values", [[True], ["1"], [1.5, Decimal(1)], [b"1"]])
def test_only_numbers_are_read_at_once(values: list[object]) -> None:
    assert decimals_of(values, DECIMAL) is None


@given(st.integers(-(10**20), 10**20), st.integers(0, 60))
def test_zeros_at_the_end_of_a_decimal_need_no_digits(number: int, zeros: int) -> None:
    with_zeros = Decimal(f"{number}.5{'0' * zeros}")
    column = column_of([with_zeros, None], DECIMAL).unwrap()
    assert pa.array([Decimal(f"{number}.5"), None], DECIMAL) == column


@pytest.mark.parametrize(
    "value", [Decimal("1.0000000001"), Decimal(10**29), Decimal("NaN"), Decimal("Infinity")]
)
def test_a_decimal_that_needs_more_digits_is_refused(value: Decimal) -> None:
    misfit = column_of([Decimal(1), value], DECIMAL).failure()
    assert (True, 1) == ("decimal128(38, 9)" in misfit.reason, misfit.position)
