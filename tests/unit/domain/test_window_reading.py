"""When a window is read, a row of it is never left out, however its value is written and whatever the table makes of it."""

from __future__ import annotations

import math
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain import schema
from floe_ingestion_dlt.domain.schema import Scalar
from floe_ingestion_dlt.domain.window_reading import may_hold, read_limits
from floe_ingestion_dlt.domain.windows import Window
from tests.unit.domain.test_windows import dates, decimals, in_utc, moments, whole, zones

big = st.integers(-(10**37), 10**37)
exact = st.builds(lambda n, s: Decimal(n).scaleb(-s, Context(prec=60)), big, st.integers(0, 30))


class TestMayHold:
    @given(st.one_of(dates, moments), st.integers(0, 40), moments, zones)
    def test_every_moment_of_the_window_may_be_in_it_whatever_it_is_written_as(
        self, start: Any, days: int, value: datetime, zone: Any
    ) -> None:
        window = Window("at", start, start + timedelta(days=days, seconds=1) + timedelta(days=1))
        value = value.replace(tzinfo=zone)
        if in_utc(window.start) <= in_utc(value) < in_utc(window.end):  # type: ignore[arg-type]  # they are moments
            for written in (value, value.isoformat(), value.isoformat(" "), in_utc(value).isoformat()):
                assert may_hold(window, written)

    @given(
        st.one_of(whole, decimals),
        st.integers(1, 10**6),
        st.one_of(whole, decimals, st.floats(allow_nan=False)),
    )
    def test_every_number_of_the_window_may_be_in_it(self, start: Any, length: int, value: Any) -> None:
        if start <= value < start + length:
            assert may_hold(Window("n", start, start + length), value)

    @pytest.mark.parametrize(
        ("start", "end", "value", "expected"),
        [
            (1, 9, 20, False),
            (1, 9, math.nan, False),
            (1, 9, None, False),
            (1, 9, "5", True),
            (1, 9, Decimal("nan"), True),
            (1, 9, Decimal("snan"), True),
            (1, 9, True, True),
            (10**37, 10**37 + 5, 10**37 + 2**80, True),
            (Decimal("1." + "0" * 30 + "1"), Decimal(2), Decimal("1." + "0" * 30 + "1"), True),
            (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 9), False),
            (date(2026, 1, 1), date(2026, 1, 2), "2026-01-09T00:00:00Z", False),
            (date(2026, 1, 1), date(2026, 1, 2), "0001-01-01T00:00:00+09:00", True),
            (date(2026, 1, 1), date(2026, 1, 2), "soon", True),
            (date(2026, 1, 1), date(2026, 1, 2), 1767225600, True),
            (date(2026, 1, 1), date(2026, 1, 2), None, False),
            ("a", "b", "c", True),
            ("a", "b", None, False),
        ],
        ids=str,
    )
    def test_only_what_is_surely_outside_is_not(
        self,
        start: Any,
        end: Any,
        value: object,
        expected: bool,  # noqa: FBT001 - an expected value
    ) -> None:
        assert expected is may_hold(Window("at", start, end), value)


class TestReadLimits:
    """What is read is what may become a row of the window: the same value, rounded, or with another type of the table."""

    def test_the_highest_number_is_read_by_a_window_that_ends_beyond_it(self) -> None:
        limits = read_limits(Window("n", 0, 2**63), Scalar.LONG)
        assert limits is not None
        assert limits.hold(2**63 - 1)

    @given(st.one_of(big, exact), st.integers(1, 10**20), st.one_of(big, exact))
    def test_numbers_that_are_rounded_into_the_window_are_read(
        self, start: Any, length: int, value: Any
    ) -> None:
        end = Context(prec=80).add(Decimal(start), Decimal(length))
        if abs(end) >= Decimal(10) ** 38:
            return
        window = Window("n", Decimal(start), end)
        single = struct.unpack("f", struct.pack("f", float(value)))[0]
        cents = Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_EVEN, Context(prec=80))
        for loaded in (Decimal(value), Decimal(float(value)), Decimal(single), cents):
            if window.start <= loaded < window.end:  # type: ignore[operator]  # they are numbers
                limits = read_limits(window, schema.Decimal(38, 4))
                assert limits is not None
                assert limits.hold(value)

    @given(whole, st.integers(1, 10**6), whole)
    def test_whole_numbers_of_the_window_are_read(self, start: int, length: int, value: int) -> None:
        limits = read_limits(Window("n", start, start + length), Scalar.LONG)
        assert limits is not None
        assert limits.hold(value) or not start <= value < start + length

    @given(
        st.one_of(dates, moments, st.builds(lambda m, z: m.replace(tzinfo=z), moments, zones)),
        st.integers(1, 10**7),
        moments,
    )
    def test_moments_of_the_window_are_read_also_where_fractions_or_an_hour_are_lost(
        self, start: Any, length: int, value: datetime
    ) -> None:
        window = Window("at", start, start + timedelta(days=1, seconds=length))
        inside = window.in_type(Scalar.TIMESTAMP).unwrap()
        limits = read_limits(window, Scalar.TIMESTAMP)
        zoned = read_limits(window, Scalar.TIMESTAMPTZ)
        assert limits is not None
        assert zoned is not None
        for near in (value, *(bound for bound in (inside.start, inside.end) if isinstance(bound, datetime))):
            for loaded in (near, near + timedelta(hours=1), near - timedelta(hours=1)):
                if inside.hold(loaded):
                    assert limits.hold(near.replace(microsecond=0))
                    assert zoned.hold(near.replace(tzinfo=UTC))

    @given(st.one_of(dates, st.builds(lambda m, z: m.replace(tzinfo=z), moments, zones)), st.integers(1, 40))
    def test_dates_of_the_window_are_read_as_a_day_or_as_a_midnight(self, start: Any, days: int) -> None:
        window = Window("day", start, start + timedelta(days=days))
        limits = read_limits(window, Scalar.DATE)
        assert limits is not None
        by_day = window.in_type(Scalar.DATE).unwrap()
        by_midnight = window.in_type(Scalar.TIMESTAMPTZ).unwrap()
        first = start.date() if isinstance(start, datetime) else start
        for value in (first + timedelta(days=n) for n in range(-3, days + 4)):
            if by_day.hold(value) or by_midnight.hold(in_utc(value)):
                assert limits.hold(value)

    @pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
    def test_the_first_and_last_moments_are_not_passed(self, zone: timezone) -> None:
        window = Window("at", datetime(1, 1, 2, tzinfo=zone), datetime(9999, 12, 31, tzinfo=zone))
        limits = read_limits(window, Scalar.TIMESTAMP)
        assert limits is not None
        assert limits.hold(datetime(1, 1, 2, 12))  # noqa: DTZ001 - it has no zone
        assert limits.hold(datetime(9999, 12, 30, 12))  # noqa: DTZ001 - see above

    @pytest.mark.parametrize(
        ("start", "end", "kind"),
        [
            (1, 2, Scalar.DOUBLE),
            (1, 2, Scalar.FLOAT),
            (1, 2, Scalar.STRING),
            ("a", "b", Scalar.STRING),
            ("2026-01-01", "2026-01-02", Scalar.TIMESTAMP),
            (date(2026, 1, 1), date(2026, 1, 2), Scalar.STRING),
        ],
        ids=str,
    )
    def test_everything_is_read_where_the_source_and_the_table_may_compare_in_other_ways(
        self, start: Any, end: Any, kind: Scalar
    ) -> None:
        assert read_limits(Window("at", start, end), kind) is None
