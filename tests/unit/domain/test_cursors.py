"""Options of a cursor: what may be given, and how values are compared with them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.cursor_values import before, beyond, in_json, is_at_least
from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, Cursor, CursorOptions, Lag, OnNull
from floe_ingestion_dlt.domain.text_cursors import latest, moment_in

durations = st.timedeltas(timedelta(seconds=1), timedelta(days=2000))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - zones are added
times = st.builds(
    lambda moment, sign, zone, digits: (
        f"{moment.date()}{sign}{moment:%H:%M:%S}{f'.{moment:%f}'[: digits + 1] if digits else ''}{zone}"
    ),
    moments,
    st.sampled_from(["T", " "]),
    st.sampled_from(["", "Z", "+02:00", "-0330"]),
    st.integers(0, 6),
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


class TestParse:
    def test_the_short_form_a_name_and_a_mapping_are_the_same(self) -> None:
        assert Success(Cursor("at")) == Cursor.parse("at") == Cursor.parse(None, "at")
        assert Success(Cursor("at")) == Cursor.parse({"column": "at"})
        assert Success(Cursor()) == Cursor.parse(None)

    def test_all_options(self) -> None:
        given = {
            "column": "at",
            "initial_value": date(2024, 1, 1),
            "lag": "2h",
            "on_null": "include",
            "end_value": "2025-01-01",
        }
        options = CursorOptions(date(2024, 1, 1), Lag(timedelta(hours=2)), OnNull.INCLUDE, "2025-01-01")
        assert Success(Cursor("at", options)) == Cursor.parse(given)

    @pytest.mark.parametrize(
        ("cursor", "text"),
        [
            ("", "cursor: \"''\" cannot be used. Set cursor to the name of a column"),
            (5, "cursor: '5' cannot be used"),
            ([], "cursor: 'a value of type list' cannot be used"),
            ({}, "cursor.column is missing. Set cursor.column to the name of a column"),
            ({"column": "at", "lags": 1}, "Remove cursor.lags: it is no option; did you mean lag?"),
            ({"column": "at", "lag": "2 weeks"}, "cursor.lag: '2 weeks' cannot be used"),
            ({"column": "at", "lag": 0}, "cursor.lag: '0' cannot be used"),
            ({"column": "at", "lag": -1}, "cursor.lag: '-1' cannot be used"),
            ({"column": "at", "lag": "0h"}, "cursor.lag: '0h' cannot be used"),
            ({"column": "at", "lag": True}, "cursor.lag: 'True' cannot be used"),
            ({"column": "at", "on_null": "ignore"}, "Set cursor.on_null to one of error, include, exclude"),
            ({"column": "at", "initial_value": float("nan")}, "cursor.initial_value: 'nan' cannot be used"),
            ({"column": "at", "initial_value": ""}, "cursor.initial_value: \"''\" cannot be used"),
            ({"column": "at", "initial_value": 5, "end_value": 5}, "a value after initial_value (5)"),
            ({"column": "at", "initial_value": 5, "end_value": date(2024, 1, 1)}, "of its kind"),
            ({"column": "at", "initial_value": 5, "lag": "2h"}, "a lag that fits 5"),
            ({"column": "at", "end_value": date(2024, 1, 1), "lag": 5}, "a lag that fits 2024-01-01"),
        ],
    )
    def test_what_cannot_be_used_is_refused_with_what_can(self, cursor: object, text: str) -> None:
        refused = Cursor.parse(cursor).failure()
        assert text in f"{refused.message}. {refused.next_step}"

    def test_a_column_is_named_once(self) -> None:
        assert "cursor has the column already" in Cursor.parse({"column": "at"}, "at").failure().next_step

    @given(anything)
    def test_whatever_is_given_is_a_cursor_or_an_error_with_a_next_step(self, given: Any) -> None:
        for cursor in (given, {"column": "at", "initial_value": given}, {"column": "at", "lag": given}):
            found = Cursor.parse(cursor)
            assert not isinstance(found, Failure) or found.failure().next_step


class TestFirst:
    @given(st.integers(), st.integers())
    def test_an_initial_value_after_the_last_one_skips_nothing(self, first: int, last: int) -> None:
        assert CursorOptions(initial_value=first).first(last) in ({first, None} if last >= first else {None})

    def test_the_first_load_begins_at_it(self) -> None:
        assert CursorOptions(initial_value=5).first(None) == 5

    def test_a_load_of_all_rows_keeps_only_what_becomes_of_nulls(self) -> None:
        assert NO_OPTIONS == CursorOptions(5, Lag(Decimal(1)), OnNull.ERROR, 9).of_all_rows
        assert OnNull.EXCLUDE is CursorOptions(5, on_null=OnNull.EXCLUDE).of_all_rows.on_null


class TestBefore:
    @given(st.integers(), st.integers(1, 10**9))
    def test_of_whole_numbers_it_is_exact(self, value: int, amount: int) -> None:
        assert value - amount == before(value, Decimal(amount))

    @given(st.floats(-1e12, 1e12), st.decimals(Decimal("0.001"), 10**6, places=3))
    def test_of_fractions_it_is_at_most_a_rounding_lower(self, value: float, amount: Decimal) -> None:
        found = before(value, amount)
        assert isinstance(found, float)
        assert found <= value - float(amount)
        assert found == pytest.approx(value - float(amount))

    @given(moments, durations)
    def test_of_moments_it_is_exact(self, value: datetime, amount: timedelta) -> None:
        assert value - amount == before(value, amount)
        assert value.replace(tzinfo=UTC) - amount == before(value.replace(tzinfo=UTC), amount)

    @given(st.dates(), durations)
    def test_of_dates_it_is_a_whole_number_of_days(self, value: date, amount: timedelta) -> None:
        found = before(value, amount)
        assert isinstance(found, date)
        assert found == date.min or timedelta() <= (value - found) - amount < timedelta(days=1)

    @given(times, durations)
    def test_of_texts_it_has_their_form_and_is_not_later(self, text: str, amount: timedelta) -> None:
        found = before(text, amount)
        assert isinstance(found, str)
        assert re.sub(r"\d", "0", text) == re.sub(r"\d", "0", found)
        wanted = moment_in(text) - amount
        assert timedelta() <= wanted - moment_in(found) < timedelta(seconds=1)

    @pytest.mark.parametrize("value", [True, "ten", "20240131", "2024-13-45", b"x", None])
    def test_other_values_have_none(self, value: object) -> None:
        assert before(value, timedelta(hours=1)) is None

    @pytest.mark.parametrize("value", [True, "10", date(2024, 1, 1), None])
    def test_only_numbers_have_a_number_before_them(self, value: object) -> None:
        assert before(value, Decimal(1)) is None


class TestComparison:
    @given(st.integers(), st.integers())
    def test_numbers(self, value: int, bound: int) -> None:
        assert (value >= bound) is is_at_least(value, bound)
        assert (Decimal(value) >= bound) is is_at_least(Decimal(value), bound)

    @given(times, times)
    def test_texts_that_are_times_are_compared_as_times(self, value: str, bound: str) -> None:
        expected = moment_in(value) >= moment_in(bound)
        assert expected is is_at_least(value, bound) is is_at_least(value, moment_in(bound))
        assert expected is is_at_least(moment_in(value), bound)

    @given(st.dates(), st.dates())
    def test_dates(self, value: date, bound: date) -> None:
        assert (value >= bound) is is_at_least(value, bound) is is_at_least(value.isoformat(), bound)

    @pytest.mark.parametrize(
        ("value", "bound"),
        [(1, "1"), ("1", 1), (True, 1), (1.5, date(2024, 1, 1)), ("ten", date(2024, 1, 1)), ("ten", "2024-01-01"),
         ("2024-01-01", "ten"), (date(2024, 1, 1), 5), (b"x", "x"), (Decimal("nan"), 1), (Decimal("snan"), Decimal(1))],
    )  # fmt: skip
    def test_other_kinds_are_not_compared(self, value: object, bound: Any) -> None:
        assert is_at_least(value, bound) is None

    @given(
        times
        | st.dates().map(date.isoformat)
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
    )
    def test_nothing_of_its_kind_is_beyond_the_end_of_all(self, value: Any) -> None:
        assume(not isinstance(value, float) or abs(value) < 1e39)
        assert (
            beyond(value) == latest([value, beyond(value)])
            if isinstance(value, str)
            else beyond(value) > value
        )

    def test_a_value_in_json(self) -> None:
        assert [5, 0.5, "x", "2024-01-01"] == [
            in_json(each) for each in (5, Decimal("0.5"), "x", date(2024, 1, 1))
        ]
