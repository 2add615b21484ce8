"""A cursor is moved back to a value of its type, and never on."""

from __future__ import annotations

import math
import string
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.cursor_moves import are_in_order, moved_back

NUMBERS = st.integers(-(10**12), 10**12)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
DATES = st.dates()
NAIVE = st.datetimes()
AWARE = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)).map(  # noqa: DTZ001 - bounds
    lambda moment: moment.replace(tzinfo=UTC)
)
TIMES = NAIVE.map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")
WORDS = st.text(string.ascii_lowercase, min_size=1)
PAIRS = st.one_of(
    *(st.tuples(kind, kind) for kind in (NUMBERS, DECIMALS, DATES, NAIVE, AWARE, TIMES, WORDS)),
    st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**50), 2**50)),
)


@given(PAIRS)
def test_it_goes_to_values_that_are_not_after_the_last_one(pair: tuple[Any, Any]) -> None:
    last, wanted = pair
    moved = moved_back("u", last, wanted)
    assert (wanted <= last) is isinstance(moved, Success)
    if isinstance(moved, Success):
        assert (wanted, type(last)) == (moved.unwrap(), type(moved.unwrap()))


@given(st.sampled_from([5, 5.0, Decimal(5), date.max, datetime.max.replace(tzinfo=UTC), "b"]))
def test_it_stays_where_it_is(last: object) -> None:
    assert Success(last) == moved_back("u", last, last)


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        (5, 4.0),
        (5, Decimal(4)),
        (5, True),
        (True, False),
        (5.0, math.nan),
        (5.0, -math.inf),
        (5.0, Decimal("nan")),
        (Decimal(5), 4.5),
        (Decimal(5), Decimal("nan")),
        (5, "4"),
        ("5", 4),
        ("5", "4.5"),
        ("10", "9"),
        ("b", "A"),
        ("a-b", "a b"),
        ("é", "a"),
        (date(2026, 1, 2), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the case
        (datetime(2026, 1, 2), datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001 - that is the case
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00.5Z"),
        ("2026-01-02T00:00:00+02:00", "2026-01-01T00:00:00+01:00"),
        ("2026-01-02T00:00:00Z", "2026-01-00T00:00:00Z"),
        (b"b", b"a"),
        (5, None),
        (None, 5),
        (5.0, 10**400),
        (5.0, Decimal("snan")),
    ],
)
def test_a_value_that_is_of_another_type_is_refused(last: object, wanted: object) -> None:
    refused = moved_back("u", last, wanted)
    assert isinstance(refused, Failure)
    assert "as the values of u are" in refused.failure().next_step


def test_a_later_value_is_refused_without_the_last_one() -> None:
    refused = moved_back("u", 41, 77)
    assert isinstance(refused, Failure)
    assert "not after the last one of u" in refused.failure().next_step
    assert "41" not in refused.failure().next_step


@given(AWARE, st.integers(-12, 12))
def test_a_moment_is_the_same_in_every_zone(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert Success(moment) == moved_back("u", moment, elsewhere)


@given(WORDS, WORDS)
def test_words_without_digits_are_in_order_in_both_directions(one: str, other: str) -> None:
    assert are_in_order(one, other)
    assert are_in_order(other, one)


@given(st.text("aB0é-"), st.text("aB0é-"))
def test_the_order_of_two_texts_is_known_whichever_comes_first(one: str, other: str) -> None:
    assert are_in_order(one, other) is are_in_order(other, one)


class Stamp(datetime):
    """A moment of another library."""


def test_a_moment_of_another_library_is_kept_as_a_plain_one() -> None:
    moved = moved_back("u", datetime(2026, 1, 2, tzinfo=UTC), Stamp(2026, 1, 1, tzinfo=UTC)).unwrap()
    assert (datetime, datetime(2026, 1, 1, tzinfo=UTC)) == (type(moved), moved)
