from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain import exact_values as exact
from floe_ingestion_dlt.domain.exact_values import Kind, NewType, kind_of, kinds_of, type_of_new_column

VALUES = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("0123456789.-+exT:Z ", max_size=12)
    | st.sampled_from(["2024-01-01T00:00:00Z", "2024-01-01"])
)


class TestTypes:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ([10, 10.5, 3], NewType.DOUBLE),
            ([2**53 + 1, 10.5], NewType.LONG),
            ([12345, "01234"], NewType.LONG),
            ([True, 5], NewType.LONG),
            ([True, "no"], NewType.BOOLEAN),
            (["2024-01-01T00:00:00Z", "2024-01-02T00:00:00+01:00"], NewType.TIMESTAMP),
            (["2024-01-01T00:00:00Z", "soon"], NewType.TEXT),
            (["2024-01-01T00:00:00.123456789Z"], NewType.TEXT),
            ([{"a": 1}, "x"], NewType.JSON),
            ([Decimal(1), 1], None),
            ([], None),
        ],
    )
    def test_a_column_gets_one_type_in_any_order(self, values: list[object], kind: NewType | None) -> None:
        for order in permutations(values):
            assert kind is type_of_new_column(map(kind_of, order))

    @given(st.lists(VALUES, min_size=1))
    def test_doubles_hold_each_whole_number_of_their_column(self, values: list[object]) -> None:
        if type_of_new_column(map(kind_of, values)) is NewType.DOUBLE:
            numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
            assert numbers == [int(float(number)) for number in numbers]

    @given(
        st.lists(VALUES | st.none() | st.just("2024-01-01T00:00:00Z") | st.just([1]) | st.just(Decimal(1)))
    )
    def test_the_kinds_of_values_are_those_of_each_of_them(self, values: list[object]) -> None:
        each = {kind_of(value) for value in values if value is not None}
        is_text = Kind.TEXT in each
        assert kinds_of(values) == (each - {Kind.MOMENT} if is_text else each)

    def test_a_moment_needs_a_time_of_day(self) -> None:
        assert Kind.TEXT is kind_of("2024-01-01")


class TestFits:
    @given(st.text() | st.from_regex(r"\A[-+ 0]*\d+(\.\d+)?\Z", fullmatch=True))
    def test_a_text_that_fits_a_number_is_that_number_again(self, text: str) -> None:
        if exact.text_fits_whole(text):
            assert text == str(int(text))
        if exact.text_fits_double(text):
            assert text in {repr(float(text)), str(int(float(text)))}

    @pytest.mark.parametrize(
        "text", ["01234", "0x10", " 5", "+5", "1_000", "-0", "٣", "1.0", "", "9" * 19, "9" * 5000]
    )
    def test_texts_that_are_more_than_a_whole_number_do_not_fit(self, text: str) -> None:
        assert not exact.text_fits_whole(text)

    @pytest.mark.parametrize("text", ["1.10", "nan", "inf", "0x10", "1e400", "1.", str(2**53 + 1), "1_0.5"])
    def test_texts_that_a_double_changes_do_not_fit(self, text: str) -> None:
        assert not exact.text_fits_double(text)

    @given(st.integers())
    def test_a_whole_number_fits_a_double_only_if_it_comes_back(self, number: int) -> None:
        assert exact.whole_fits_double(number) == (abs(number) <= 2**53 or int(float(number)) == number)

    @pytest.mark.parametrize(
        ("value", "fits"), [(10.0, True), (10.5, False), (1e300, False), (float("inf"), False)]
    )
    def test_a_double_fits_a_whole_number_without_a_fraction(self, value: float, *, fits: bool) -> None:
        assert fits is exact.double_fits_whole(value)

    @pytest.mark.parametrize(
        ("text", "fits"),
        [
            ("2024-01-01T00:00:00Z", True),
            ("2024-01-01 00:00", True),
            ("2024-01-01T00:00:00.123456000+01:00", True),
            ("2024-01-01T00:00:00.123456789Z", False),
            ("2024-01-01", True),
            ("5", False),
            ("2024", False),
        ],
    )
    def test_a_timestamp_holds_microseconds(self, text: str, *, fits: bool) -> None:
        assert fits is exact.text_fits_timestamp(text)

    def test_dates_and_times_hold_nothing_more(self) -> None:
        assert not exact.text_fits_date("2024-01-01T10:00:00Z")
        assert not exact.text_fits_time("10:00:00.123456789")
        assert exact.text_fits_time("10:00:00.123456")
        assert (exact.seconds_fit_date(86_400), exact.seconds_fit_date(86_401)) == (True, False)

    @pytest.mark.parametrize(
        ("value", "double", "whole"),
        [
            ("1.5", True, False),
            ("2", True, True),
            ("0.1000000000000000055", False, False),
            ("NaN", False, False),
        ],
    )
    def test_decimals(self, value: str, *, double: bool, whole: bool) -> None:
        number = Decimal(value)
        assert (double, whole) == (exact.decimal_fits_double(number), exact.decimal_fits_whole(number))

    def test_booleans_and_json(self) -> None:
        assert [True, False, False] == [exact.text_fits_boolean(text) for text in ("true", "no", "True")]
        assert [True, False] == [exact.is_json_of_several(text) for text in (' {"a": 1}', "5")]
        assert exact.text_fits_decimal("10.50")
        assert not exact.text_fits_decimal("010.50")
