"""What is sent of a cursor's value: never after its moment for a start, never before it for an end, and less than a unit from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.moments import Bound, moment_of
from floe_ingestion_dlt.domain.sent_times import SentTimes, TimeForm

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANO = Fraction(1, 10**9)
UNITS = {TimeForm.ISO: NANO, TimeForm.EPOCH_S: Fraction(1), TimeForm.EPOCH_MS: Fraction(1, 1000)}
moments = st.integers(-2_000_000_000 * 10**6, 4_000_000_000 * 10**6).map(lambda n: Fraction(n, 10**6))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
places = st.sampled_from(
    ["Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
)
zones = offsets | places.map(ZoneInfo)
forms = st.sampled_from([*UNITS])
local_times = moments.map(lambda moment: (EPOCH + timedelta(seconds=int(moment))).replace(tzinfo=None))


def text_of(moment: Fraction, zone: timezone, separator: str) -> str:
    at = EPOCH + timedelta(microseconds=int(moment * 10**6))
    return at.astimezone(zone).isoformat(separator)


def moment_sent(sent: object, form: TimeForm) -> Fraction:
    if isinstance(sent, int):
        return Fraction(sent, 1000 if form is TimeForm.EPOCH_MS else 1)
    found = moment_of(sent, UTC, Bound.START)
    assert found is not None
    return found


@given(moments, offsets, zones, forms, st.sampled_from(["T", " "]))
def test_a_text_is_sent_within_one_unit(
    moment: Fraction, own: timezone, zone: timezone, form: TimeForm, separator: str
) -> None:
    text = text_of(moment, own, separator)
    times = SentTimes(form, zone)
    start, end = (moment_sent(times.sent(text, bound), form) for bound in Bound)
    assert start <= moment < start + UNITS[form]
    assert end - UNITS[form] < moment <= end


@given(moments, forms, st.sampled_from([1, 1000]))
def test_a_number_is_sent_within_one_unit(moment: Fraction, form: TimeForm, per_second: int) -> None:
    value = float(moment * per_second)
    exact = Fraction(repr(value)) / (1 if abs(value) < 10**10 else 1000)
    start, end = (moment_sent(SentTimes(form).sent(value, bound), form) for bound in Bound)
    assert start <= exact < start + UNITS[form]
    assert end - UNITS[form] < exact <= end


@given(moments, zones)
def test_a_day_is_that_of_the_moment_and_an_end_is_not_before_it(moment: Fraction, zone: timezone) -> None:
    times, text = SentTimes(TimeForm.DATE, zone), text_of(moment, UTC, "T")
    start, end = (date.fromisoformat(str(times.sent(text, bound))) for bound in Bound)
    first = moment_of(start, zone, Bound.START)
    following = moment_of(start + timedelta(days=1), zone, Bound.END)
    assert first is not None
    assert following is not None
    assert first <= moment < following
    assert end == (start if moment == first else start + timedelta(days=1))


@given(local_times, places.map(ZoneInfo), forms)
def test_a_text_without_a_zone_is_never_sent_too_late(at: datetime, zone: ZoneInfo, form: TimeForm) -> None:
    times = SentTimes(form, zone)
    start, end = (moment_sent(times.sent(at.isoformat(), bound), form) for bound in Bound)
    for fold in (0, 1):
        moment = moment_of(at.replace(tzinfo=zone, fold=fold), UTC, Bound.START)
        assert moment is not None
        assert start <= moment <= end


@given(moments, offsets, st.sampled_from(["T", " "]), st.sampled_from(Bound))
def test_iso_without_a_zone_is_sent_as_it_came(
    moment: Fraction, own: timezone, separator: str, bound: Bound
) -> None:
    text = text_of(moment, own, separator)
    assert text == SentTimes(TimeForm.ISO).sent(text, bound)


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers()))
def test_every_value_has_an_answer(value: object) -> None:
    for form in TimeForm:
        for bound in Bound:
            sent = SentTimes(form, ZoneInfo("Asia/Tokyo")).sent(value, bound)
            assert sent is None or isinstance(sent, str | int)


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-31T09:45:00Z",
        "2024-01-31t09:45:00z",
        "2024-01-31 10:45:00 +01:00",
        "2024-01-31T10:45+0100",
        "20240131T104500+01",
        "2024-W05-3T09:45:00",
        "2024-01-31T09:45:00.000000000Z",
        "2024-01-31T09:45:00,0",
        1706694300,
        1706694300.0,
        1706694300000,
        "1706694300",
        "1706694300000",
        datetime.fromisoformat("2024-01-31T09:45"),
        datetime(2024, 1, 31, 9, 45, tzinfo=UTC),
    ],
)
def test_one_moment_in_many_forms_is_sent_alike(value: object) -> None:
    for bound in Bound:
        assert 1706694300 == SentTimes(TimeForm.EPOCH_S).sent(value, bound)
        assert "2024-01-31T09:45:00Z" == SentTimes(TimeForm.ISO, UTC).sent(value, bound)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "n/a",
        "2024-02-30",
        "2024-01-31T25:00:00Z",
        "2024-01-31T10:00:00Z[UTC]",
        "10:00:00",
        "a-1",
        "\u0662024-01-31",
        "2024-01-31T10:15.5",
        "0000-01-01",
        20240131,
        20240131.0,
        202401311015,
        20240131101500,
        10**13,
        True,
        [],
    ],
)
def test_a_value_that_is_no_time_is_not_sent(value: object) -> None:
    for form in TimeForm:
        assert SentTimes(form).sent(value, Bound.START) is None


@pytest.mark.parametrize(
    ("zone", "day"), [("+14:00", "2024-02-01"), ("-10:00", "2024-01-31"), ("UTC", "2024-01-31")]
)
def test_a_zone_is_a_name_or_an_offset(zone: str, day: str) -> None:
    times = SentTimes.parse("date", zone, "x").unwrap()
    assert day == times.sent("2024-01-31T23:00:00Z", Bound.START)


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "Europe", "../UTC", "/UTC", "+2", "+24:00", "+02:60", 600, -630, []]
)
def test_another_zone_is_refused_by_its_name(zone: object) -> None:
    fault = SentTimes.parse("iso", zone, "x").failure()
    assert ("x.timezone", str(zone)) == (fault.field, fault.given)
