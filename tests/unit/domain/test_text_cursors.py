"""Texts as cursors: times in their order, and a refusal where texts have no order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.text_cursors import latest, lowest, may_pass_over

moments = st.integers(-(2**31), 2**32).map(lambda n: datetime.fromtimestamp(n / 1000 + 10**9, UTC))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.lists(st.tuples(moments, offsets), min_size=1, max_size=5))
def test_the_latest_time_is_the_latest_whatever_its_zone_and_fraction(
    found: list[tuple[datetime, timezone]],
) -> None:
    texts = [at.astimezone(zone).isoformat() for at, zone in found]
    assert max(at for at, _ in found) == datetime.fromisoformat(latest(texts))


@given(st.lists(st.integers() | st.floats(allow_nan=False), min_size=1))
def test_other_values_are_compared_as_they_are(values: list[float]) -> None:
    assert max(values) == latest(values)


@given(st.lists(st.text(st.characters(exclude_categories=["Nd", "Cs"])), min_size=1))
def test_texts_without_digits_are_compared_by_code_point(texts: list[str]) -> None:
    assert max(texts) == latest(texts)


def test_the_first_of_equal_times_wins_so_that_its_row_is_not_left_out() -> None:
    assert "2024-01-01T02:00:00+02:00" == latest(("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("texts", "highest"),
    [
        (("2024-01-31", "2024-01-31T00:00:01Z"), "2024-01-31T00:00:01Z"),
        (("2024-01-31T23:00:00-01:00", "2024-01-31"), "2024-01-31T23:00:00-01:00"),
        (("2024-02-01", "2024-01-31T23:59:59Z", "2024-01-01"), "2024-02-01"),
        (("2024-01-09", "2024-01-10"), "2024-01-10"),
    ],
)
def test_a_day_beside_times_is_its_midnight(texts: tuple[str, ...], highest: str) -> None:
    assert highest == latest(texts)


@pytest.mark.parametrize("other", ["2024-02-30", "2024-99-99", "9999999999"])
def test_a_text_of_ten_characters_that_is_no_day_has_no_order_beside_times(other: str) -> None:
    with pytest.raises(ValueError, match=r"no order|must be in|out of range"):
        latest(("2024-01-01T00:00:00Z", other))
    assert max("1000-99-99", other) == latest(("1000-99-99", other))


def test_times_and_other_texts_have_no_order() -> None:
    with pytest.raises(ValueError, match="no order"):
        latest(("2024-01-01T00:00:00Z", "n/a"))


@pytest.mark.parametrize("last", ["9", "10", "123456"])
def test_a_database_is_not_asked_for_later_numbers_that_are_texts(last: str) -> None:
    refused = may_pass_over("u", last)
    assert refused is not None
    assert "u" in refused.message


@pytest.mark.parametrize("last", ["20240131", "202401", "20240131120000", "0009", "a9", "2024-01-31", ""])
def test_a_database_is_asked_for_later_days_and_codes(last: str) -> None:
    assert may_pass_over("u", last) is None


@given(moments)
def test_a_database_is_asked_from_before_all_forms_of_a_time(at: datetime) -> None:
    whole = at.replace(microsecond=0).isoformat().replace("+00:00", "")
    for text in (f"{whole}Z", f"{whole}.5Z", f"{whole}+00:00"):
        assert lowest(text) <= min(whole, f"{whole}Z", f"{whole}.000Z", f"{whole}+00:00")
