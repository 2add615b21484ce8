"""Texts of moments become the timestamps that dlt makes of them, however many there are at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import pytest
from dlt.common.time import ensure_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.arrow.moments import moments_of
from floe_ingestion_dlt.domain.exact_values import is_moment

NOT_READ: Final = (ValueError, OverflowError)
TEXTS: Final = st.from_regex(
    r"\A(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ][012]\d:[0-5]\d(:[0-5]\d(\.\d{1,6}0{0,3})?)?"
    r" ?(Z|z|[+-][01]\d(:?[0-5]\d)?)?\Z",
    fullmatch=True,
).filter(is_moment)


def by_dlt(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    moment = ensure_datetime(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def never(text: str) -> dt.datetime:
    raise AssertionError(text)


def outcome(read: Callable[[], list[dt.datetime | None]]) -> list[dt.datetime | None] | str:
    try:
        return read()
    except NOT_READ:
        return "refused"


@settings(deadline=None)
@given(st.lists(st.none() | TEXTS, max_size=4))
def test_all_at_once_are_what_each_is_by_itself(texts: list[str | None]) -> None:
    at_once = outcome(lambda: moments_of(texts, ensure_datetime).to_pylist())
    assert at_once == outcome(lambda: [*map(by_dlt, texts)])


@pytest.mark.parametrize(
    ("texts", "hours"),
    [
        (["2024-01-01T00:00:00Z", None, "2024-01-01T01:00:00+01:00"], [0, None, 0]),
        (["2024-01-01 05:00", "2024-01-01T06:00:00.5"], [5, 6]),
    ],
)
def test_moments_in_one_form_need_no_look_at_each(texts: list[str | None], hours: list[int | None]) -> None:
    found = moments_of(texts, never).to_pylist()
    assert hours == [None if moment is None else moment.hour for moment in found]


@pytest.mark.parametrize("text", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_moments_that_python_does_not_have_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        moments_of([text], never)
