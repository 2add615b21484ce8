"""A window of one value has the rows with this value, and no other ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.schema import Scalar
from floe_ingestion_dlt.domain.windows import Window
from tests.unit.domain.test_windows import NAIVE, dates, whole


@given(st.text(), st.text() | st.just("\0"))
def test_the_window_of_a_text_has_no_other_text(text: str, other: str) -> None:
    window = Window.of_value("t", text)
    limits = window.in_type(Scalar.STRING).unwrap()
    values = [text, other, text + other, text[:-1], text.swapcase()]
    assert [value == text for value in values] == [*map(limits.hold, values)]
    assert (text, f"t = {text!r}") == (window.text, str(window))


@given(whole, whole, dates, dates)
def test_the_window_of_a_number_or_day_has_no_other_one(n: int, m: int, day: date, other: date) -> None:
    number, of_day = Window.of_value("n", n), Window.of_value("d", day)
    limits = number.in_type(Scalar.LONG).unwrap()
    assert (True, m == n, False) == (limits.hold(n), limits.hold(m), limits.hold(n + 1))
    limits = of_day.in_type(Scalar.DATE).unwrap()
    assert (True, other == day, False) == (
        limits.hold(day),
        limits.hold(other),
        limits.hold(day + timedelta(1)),
    )
    assert (None, None) == (number.text, of_day.text)


@pytest.mark.parametrize("value", [True, 1.5, None, NAIVE, date.max, 10**38])
def test_a_value_that_no_window_can_have_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="window"):
        Window.of_value("at", value)
