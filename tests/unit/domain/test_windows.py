from __future__ import annotations

import math
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain import schema
from floe_ingestion_dlt.domain.schema import ColumnType, ListOf, Scalar
from floe_ingestion_dlt.domain.windows import Window

BERLIN = ZoneInfo("Europe/Berlin")
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - it has no zone
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - see above
zones = st.none() | st.sampled_from([UTC, BERLIN, timezone(timedelta(hours=-9, minutes=-30))])
dates = st.dates(date(1900, 1, 1), date(2200, 1, 1))
whole = st.integers(-(2**40), 2**40)
decimals = st.decimals(-(2**40), 2**40, allow_nan=False, places=4)


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Letter(str, Enum):  # noqa: UP042 - as people still write it
    A = "a"
    B = "b"


class NotATime(datetime):
    """Like the missing value of pandas, which calls itself a datetime."""

    year = math.nan  # type: ignore[assignment]


def in_utc(value: date) -> datetime:
    """A date or moment as a moment in UTC, in which one without a zone is."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - see above
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class TestWindow:
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (1, 2),
            (-(10**37), 10**37),
            (Decimal("0.1"), Decimal("0.10000001")),
            (date(1, 1, 1), date(9999, 12, 31)),
            (NAIVE, NAIVE + timedelta(microseconds=1)),
            (datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2026, 1, 1, tzinfo=UTC)),
            # the hour that comes twice
            (datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)),
            ("", "a"),
            ("Z", "a"),
            (Level.LOW, Level.HIGH),
            (Letter.A, Letter.B),
            (pendulum.datetime(2026, 1, 1, tz="UTC"), pendulum.datetime(2026, 1, 2, tz="UTC")),
        ],
        ids=str,
    )  # fmt: skip
    def test_is_made_of_bounds_of_one_kind(self, start: Any, end: Any) -> None:
        window = Window.of("at", start, end).unwrap()
        assert (window, window) == (Window("at", start, end), pickle.loads(pickle.dumps(window)))  # noqa: S301
        assert {type(window.start), type(window.end)} < {int, Decimal, date, datetime, str}

    @pytest.mark.parametrize(
        ("column", "start", "end", "wanted"),
        [
            ("", 1, 2, "Set window.column to a column's name"),
            (" ", 1, 2, "Set window.column to a column's name"),
            (None, 1, 2, "'NoneType' cannot be used"),
            ("at", 1, 1, "'1 to 1' cannot be used. Set window to a start that is before the end"),
            ("at", 2, 1, "a start that is before the end"),
            ("at", "b", "a", "a start that is before the end"),
            ("at", NAIVE, NAIVE, "a start that is before the end"),
            ("at", datetime(2026, 1, 1, 1, tzinfo=BERLIN), datetime(2026, 1, 1, tzinfo=UTC), "before the end"),
            ("at", True, 2, "'bool to int' cannot be used"),
            ("at", 1.5, 2.5, "'float to float' cannot be used"),
            ("at", math.nan, 2, "float to int"),
            ("at", None, 2, "NoneType to int"),
            ("at", 1, Decimal(2), "int to Decimal"),
            ("at", date(2026, 1, 1), NAIVE + timedelta(1), "date to datetime"),
            ("at", NAIVE, datetime(2027, 1, 1, tzinfo=UTC), "both with a zone, or both without"),
            ("at", "2026-01-01", date(2026, 1, 2), "str to date"),
            ("at", b"a", b"b", "bytes to bytes"),
            ("at", Decimal("nan"), Decimal(1), "numbers of at most 38 digits"),
            ("at", Decimal("-inf"), Decimal(1), "numbers of at most 38 digits"),
            ("at", 0, 10**400, "numbers of at most 38 digits"),
            ("at", Decimal(0), Decimal("1e1000000"), "numbers of at most 38 digits"),
            ("at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))), datetime(2, 1, 1, tzinfo=UTC), "years"),
            ("at", "a", "\ud800", "text in Unicode"),
            ("at", NotATime(2026, 1, 1), NAIVE, "years from 1 to 9999"),
        ],
        ids=repr,
    )  # fmt: skip
    def test_is_refused_with_other_bounds(self, column: Any, start: Any, end: Any, wanted: str) -> None:
        refused = Window.of(column, start, end).failure()
        assert wanted in f"{refused.message}. {refused.next_step}"
        with pytest.raises(ValueError, match="window") as error:
            Window(column, start, end)
        assert wanted in str(error.value)

    def test_shows_its_range(self) -> None:
        assert "2026-01-01 <= day < 2026-02-01" == str(Window("day", date(2026, 1, 1), date(2026, 2, 1)))


class TestInType:
    @given(
        st.one_of(dates, st.builds(lambda m, z: m.replace(tzinfo=z), moments, zones)),
        st.integers(1, 10**15),
        moments,
    )
    def test_a_moment_is_inside_as_in_utc(self, start: Any, length: int, value: datetime) -> None:
        end = start + timedelta(microseconds=length) if isinstance(start, datetime) else date(2200, 1, 2)
        window = Window("at", start, end)
        expected = in_utc(start) <= value.replace(tzinfo=UTC) < in_utc(end)
        for kind, of_kind in (
            (Scalar.TIMESTAMP, value),
            (Scalar.TIMESTAMPTZ, value.replace(tzinfo=UTC)),
        ):
            assert expected is window.in_type(kind).unwrap().hold(of_kind)
        if isinstance(window.start, datetime):
            text = Window("at", window.start.isoformat(), window.end.isoformat())  # type: ignore[union-attr]
            assert text.in_type(Scalar.TIMESTAMPTZ) == window.in_type(Scalar.TIMESTAMPTZ)

    @given(st.one_of(dates, moments), dates)
    def test_a_date_is_inside_as_its_midnight(self, start: Any, value: date) -> None:
        end = start + timedelta(days=40)
        limits = Window("day", start, end).in_type(Scalar.DATE).unwrap()
        assert limits.hold(value) is (in_utc(start) <= in_utc(value) < in_utc(end))

    @given(st.one_of(whole, decimals), st.integers(1, 10**6), whole, decimals)
    def test_numbers_are_inside_exactly(
        self, start: Any, length: int, number: int, fraction: Decimal
    ) -> None:
        window = Window("n", start, start + length)
        is_inside = window.start <= number < window.end  # type: ignore[operator]  # they are numbers
        assert is_inside is window.in_type(Scalar.LONG).unwrap().hold(number)
        coarse = fraction.quantize(Decimal("0.01"))
        limits = window.in_type(schema.Decimal(38, 2)).unwrap()
        assert limits.hold(coarse) is (window.start <= coarse < window.end)  # type: ignore[operator]
        double = float(fraction)
        limits = window.in_type(Scalar.DOUBLE).unwrap()
        assert limits.hold(double) is (window.start <= Decimal(double) < window.end)  # type: ignore[operator]

    @given(st.text(), st.text(), st.text())
    def test_texts_are_inside_by_their_letters(self, one: str, other: str, value: str) -> None:
        start, end = sorted([one, other + "x"])
        if start < end:
            assert Window("t", start, end).in_type(Scalar.STRING).unwrap().hold(value) is (
                start <= value < end
            )

    @pytest.mark.parametrize("value", [None, math.nan])
    def test_null_and_nan_are_not_inside(self, value: float | None) -> None:
        assert not Window("n", -(10**6), 10**6).in_type(Scalar.DOUBLE).unwrap().hold(value)

    @pytest.mark.parametrize(
        ("start", "end", "kind"),
        [
            (1, 2, Scalar.STRING),
            (1, 2, Scalar.TIMESTAMP),
            (1, 2, Scalar.DATE),
            (1, 2, Scalar.BOOLEAN),
            ("a", "b", Scalar.LONG),
            ("a", "b", schema.Decimal(5, 2)),
            ("a", "b", Scalar.DOUBLE),
            ("a", "b", Scalar.TIMESTAMPTZ),
            ("2026-01-01", "2026-13-01", Scalar.DATE),
            ("0001-01-01T00:00:00+09:00", "2026-01-01", Scalar.TIMESTAMP),
            ("a", "b", Scalar.UUID),
            (date(2026, 1, 1), date(2026, 1, 2), Scalar.STRING),
            (date(2026, 1, 1), date(2026, 1, 2), Scalar.LONG),
            (date(2026, 1, 1), date(2026, 1, 2), Scalar.TIME),
            (1, 2, ListOf(Scalar.LONG)),
        ],
        ids=str,
    )
    def test_what_cannot_be_compared_is_refused(self, start: Any, end: Any, kind: ColumnType) -> None:
        refused = Window("at", start, end).in_type(kind).failure()
        assert f"{start} <= at < {end}" in refused.message
        assert (
            f"Set window to bounds that can be compared with at, which is of type {kind}" in refused.next_step
        )

    @pytest.mark.parametrize(
        ("start", "end", "kind", "inside", "outside"),
        [
            (2**62, 2**63, Scalar.LONG, [2**62, 2**63 - 1], [2**62 - 1]),
            (-(2**70), 0, Scalar.LONG, [-(2**63), -1], [0]),
            (2**63, 2**64, Scalar.LONG, [], [2**63 - 1, -(2**63)]),
            (2**31, 2**40, Scalar.INT, [], [2**31 - 1]),
            (0, 10**3, schema.Decimal(5, 2), [Decimal("999.99")], [Decimal("-0.01")]),
            (-(10**9), 0, schema.Decimal(5, 2), [Decimal("-999.99")], [Decimal("0.00")]),
            (NAIVE, datetime(9999, 12, 31, 1), Scalar.DATE, [date.max], [date(2025, 12, 31)]),  # noqa: DTZ001 - see above
            (Decimal(0), Decimal(10) ** 37, Scalar.DOUBLE, [math.ulp(0.0), 9e36], [1.1e37, math.inf]),
        ],
        ids=str,
    )  # fmt: skip
    def test_bounds_beyond_a_type_are_beyond_its_values(
        self, start: Any, end: Any, kind: ColumnType, inside: list[Any], outside: list[Any]
    ) -> None:
        limits = Window("at", start, end).in_type(kind).unwrap()
        assert (inside, outside) == (
            [*filter(limits.hold, inside)],
            [v for v in outside if not limits.hold(v)],
        )

    def test_a_date_is_compared_with_the_calendar_day_of_a_bound(self) -> None:
        west = timezone(timedelta(hours=-5))
        window = Window("day", datetime(2026, 1, 1, tzinfo=west), datetime(2026, 1, 2, tzinfo=west))
        limits = window.in_type(Scalar.DATE).unwrap()
        assert (date(2026, 1, 1), date(2026, 1, 2)) == (limits.start, limits.end)


class TestOverlap:
    @given(*[st.integers(0, 9)] * 2, *[st.integers(1, 5)] * 2)
    def test_windows_overlap_if_some_value_is_in_both(
        self, one: int, other: int, length: int, others: int
    ) -> None:
        first, second = (
            Window("n", start, start + long).in_type(Scalar.LONG).unwrap()
            for start, long in ((one, length), (other, others))
        )
        shared = any(first.hold(value) and second.hold(value) for value in range(20))
        assert (shared, shared) == (first.overlap(second), second.overlap(first))

    def test_a_window_beyond_the_type_overlaps_none(self) -> None:
        beyond, all_ = (
            Window("n", start, 2**70).in_type(Scalar.LONG).unwrap() for start in (2**65, -(2**70))
        )
        assert (False, False, True) == (beyond.overlap(all_), all_.overlap(beyond), all_.overlap(all_))


class TestEndsBy:
    @pytest.mark.parametrize(
        ("end", "position", "kind", "expected"),
        [
            (9, 9, Scalar.LONG, True),
            (9, 8, Scalar.LONG, False),
            (9, 8.5, Scalar.DOUBLE, False),
            (9, 9.0, Scalar.DOUBLE, True),
            (9, "9", Scalar.LONG, False),
            (9, None, Scalar.LONG, False),
            (9, math.nan, Scalar.DOUBLE, False),
            (2**70, 9, Scalar.LONG, False),
            (NAIVE, NAIVE.replace(tzinfo=UTC), Scalar.TIMESTAMPTZ, True),
            (NAIVE, "2026-01-01T00:00:00Z", Scalar.TIMESTAMPTZ, True),
            (NAIVE, "2026-01-01T00:00:00+01:00", Scalar.TIMESTAMPTZ, False),
            (NAIVE, date(2025, 12, 31), Scalar.DATE, False),
        ],
        ids=str,
    )
    def test_only_a_window_that_is_surely_before_a_position_ends_by_it(
        self,
        end: Any,
        position: object,
        kind: ColumnType,
        expected: bool,  # noqa: FBT001 - an expected value
    ) -> None:
        start = 0 if isinstance(end, int) else NAIVE - timedelta(days=1)
        assert expected is Window("at", start, end).ends_by(position, kind)
